"""What anchoring says: a verdict, a span, and how likely it is right."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How an anchor came about. ``CONFIRMED`` is given by people, never by ``resolve``."""

    EXACT = "exact"
    MOVED = "moved"
    FUZZY = "fuzzy"
    ORPHANED = "orphaned"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Resolution:
    """A verdict, its span in code points (None when orphaned), and a score from 0 to 1.

    The score of an exact anchor is 1, of an orphan 0, of a moved one the share of the selector's
    characters, quote and context, that stand in place. It is no calibrated probability.
    """

    verdict: Verdict
    score: float
    start: int | None
    end: int | None


ORPHAN = Resolution(Verdict.ORPHANED, 0.0, None, None)
