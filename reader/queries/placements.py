"""Where a root stood in each edition: its words there, how sure that is, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest, Substr

from reader.models import Anchor, Annotation, Edition
from reader.text.anchoring import Verdict
from reader.text.blocks import SEPARATOR
from reader.text.diff import Words, compare_words

AROUND = 80
"""So many characters of context are shown on either side."""

MOST_WORDS = 4_000
"""So many characters of a passage are shown and compared; the link leads to the rest."""

SURE = 0.99
"""From this score on nobody needs to be told how sure it is."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a root stood in one edition.

    ``changed`` is the difference to its words in the edition before that had any, empty where they
    are the same, and where one of the two is cut (``is_cut``): too long to be shown whole. ``ref``
    is empty, and so are the words, where it has no place.
    """

    edition: Edition
    verdict: Verdict
    score: float
    is_decided: bool
    is_origin: bool
    ref: str = ""
    number: int | None = None
    before: str = ""
    words: str = ""
    after: str = ""
    is_cut: bool = False
    changed: Sequence[Words] = field(default_factory=tuple)

    @property
    def percent(self) -> int | None:
        """How sure the place is, where that is worth saying."""
        is_told = self.verdict in (Verdict.MOVED, Verdict.FUZZY) and self.score < SURE
        return int(self.score * 100) if is_told else None


def placements_of(annotation: Annotation) -> list[Placement]:
    """Return where the root stood in each published edition, oldest first, in one query.

    The caller has found the annotation by policy.
    """
    told: list[Placement] = []
    words = ""
    for row in _rows(annotation):
        placement = _placement(annotation, row, words)
        words = "" if placement.is_cut else placement.words or words
        told.append(placement)
    return told


def _rows(annotation: Annotation) -> "QuerySet[Any]":
    """Return the anchors with the text around them, cut out by the database."""
    starts = F("first_block__start") + F("start")
    ends = F("last_block__start") + F("end")
    return (
        Anchor.objects.filter(annotation=annotation, edition__published_at__isnull=False)
        .select_related("edition", "first_block")
        .defer("edition__text", "first_block__text", "first_block__inline")
        .annotate(
            at=starts,
            until=ends,
            # Counted from 1, and what begins before the text is shorter, not shifted.
            text_before=Substr("edition__text", Greatest(starts - AROUND, Value(0)) + 1, AROUND),
            text_here=Substr("edition__text", starts + 1, MOST_WORDS),
            text_after=Substr("edition__text", ends + 1, AROUND),
        )
        .order_by("edition__number")
    )


def _placement(annotation: Annotation, row: Any, earlier: str) -> Placement:
    common = {
        "edition": row.edition,
        "verdict": Verdict(row.verdict),
        "score": row.score,
        "is_decided": row.decided_at is not None,
        "is_origin": row.edition_id == annotation.edition_id,
    }
    if row.first_block is None:
        return Placement(**common)
    length = row.until - row.at
    words = row.text_here[:length]
    is_cut = length > MOST_WORDS
    is_told = earlier and earlier != words and not is_cut
    return Placement(
        **common,
        ref=row.first_block.ref,
        number=row.first_block.number,
        before=_near(row.text_before[: row.at], from_end=True),
        words=words,
        after="" if is_cut else _near(row.text_after, from_end=False),
        is_cut=is_cut,
        changed=compare_words(earlier, words) if is_told else (),
    )


def _near(text: str, *, from_end: bool) -> str:
    """Return the context in the passage's own paragraph, in whole words; "…" where it is cut."""
    if from_end:
        own = text.rpartition(SEPARATOR)[2]
        if len(own) < AROUND:
            return own
        return f"…{own.partition(' ')[2] or own}"
    own = text.partition(SEPARATOR)[0]
    if len(own) < AROUND:
        return own
    return f"{own.rpartition(' ')[0] or own}…"
