"""Up to where somebody has read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

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
