"""Up to where somebody has read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from reader.models import ReadMark, User
from reader.policy import Viewer

EVER = datetime(1970, 1, 1, tzinfo=UTC)

Written = tuple[int, datetime]  # an annotation's id, and when it was written


@dataclass(frozen=True, slots=True)
class Seen:
    """Up to where somebody has read: what is older by either measure is no news.

    Args:
        number: the id of the newest annotation then. Ids are given as things are written, by no
            clock that could have been ahead.
        at: until when, for marks that were made before there were numbers, and for whoever has
            never marked anything: what was there when they came is not new to them.
    """

    number: int = 0
    at: datetime = EVER

    def is_before(self, written: Written) -> bool:
        """Whether this was written since."""
        number, at = written
        return number > self.number and at > self.at

    def before(self, prefix: str = "") -> Q:
        """Return the condition for annotations that were written since."""
        return Q(**{f"{prefix}pk__gt": self.number, f"{prefix}created_at__gt": self.at})


def farthest(marks: Iterable[Seen]) -> Seen | None:
    """Return up to where all of these reach together, None without any."""
    known = list(marks)
    if not known:
        return None
    return Seen(max(one.number for one in known), max(one.at for one in known))


def nearest(marks: Iterable[Seen]) -> Seen:
    """Return what has been read by each of these."""
    known = list(marks)
    return Seen(min(one.number for one in known), min(one.at for one in known))


def read_marks(viewer: Viewer, document_id: int) -> dict[str, Seen]:
    """Return up to where the viewer has read, by paragraph ref; ``""`` stands for all."""
    if not viewer.is_authenticated:
        return {}
    rows = ReadMark.objects.filter(user_id=viewer.pk, document_id=document_id)
    marks = {
        ref: Seen(until) if until else Seen(at=seen_at)
        for ref, until, seen_at in rows.values_list("ref", "until", "seen_at")
    }
    if isinstance(viewer, User):
        marks.setdefault("", Seen(at=viewer.date_joined))
    return marks


def is_news(viewer: Viewer, seen: Seen) -> Q:
    """Return the condition for roots with something that others have written since.

    They have the columns that :func:`reader.queries.threads.roots` adds.
    """
    fresh = seen.before() & Q(readable=True) & ~Q(author_id=viewer.pk)
    return fresh | Q(answered_pk__gt=seen.number, answered_at__gt=seen.at)


def has_news(seen: Seen | None, *written: Written | None) -> bool:
    """Whether any of these (None: by nobody else) was written after the viewer's last reading."""
    return seen is not None and any(seen.is_before(one) for one in written if one is not None)


def seen_until(marks: dict[str, Seen], ref: str) -> Seen | None:
    """Return up to where the paragraph was read; None for somebody who is not signed in."""
    return farthest(marks[key] for key in {"", ref} if key in marks)
