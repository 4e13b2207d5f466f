"""Judging answers: one outcome for each quote, and sums of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from tests.bench.revisions.truth import Fate, Span, Truth

BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
HALF = 0.5
OFF_BY = 0.05
TELLING = 30
"""A bin with fewer anchors than this says nothing about calibration."""


class Outcome(StrEnum):
    """How an answer fares."""

    RIGHT = "right"
    WRONG = "wrong words"
    LOST = "lost"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Answer:
    """Where an algorithm puts a passage; ``start`` and ``end`` are None for an orphan."""

    start: int | None
    end: int | None
    score: float


def judge(truth: Truth, answer: Answer) -> tuple[Outcome, bool]:
    """The outcome, and whether the edges are exactly right too."""
    if answer.start is None or answer.end is None:
        return (Outcome.LOST, False) if truth.fate is Fate.SURVIVES else (Outcome.RIGHT, True)
    if truth.fate is Fate.VANISHED:
        return Outcome.PINNED, False
    given = answer.start, answer.end
    if truth.fate is Fate.EITHER:
        hit = any(given[0] <= place < given[1] for place in truth.survivors)
        return (Outcome.RIGHT if hit else Outcome.WRONG), hit
    if any(_is_exact(given, span) for span in truth.spans):
        return Outcome.RIGHT, True
    close = any(_overlap(given, span) >= HALF for span in truth.spans)
    return (Outcome.RIGHT if close else Outcome.WRONG), False


def _is_exact(given: tuple[int, int], span: Span) -> bool:
    return span.earliest <= given[0] <= span.start and span.end <= given[1] <= span.latest


def _overlap(given: tuple[int, int], span: Span) -> float:
    """How much of the longer one is common; what may be in the span counts where it is given."""
    start = min(max(given[0], span.earliest), span.start)
    end = max(min(given[1], span.latest), span.end)
    common = min(given[1], end) - max(given[0], start)
    return max(0, common) / max(given[1] - given[0], end - start, 1)


@dataclass
class Bin:
    """Anchors whose scores are alike."""

    low: float
    high: float
    count: int = 0
    scores: float = 0.0
    right: int = 0

    @property
    def mean(self) -> float:
        """The mean score."""
        return self.scores / max(1, self.count)

    @property
    def share(self) -> float:
        """The share that is right."""
        return self.right / max(1, self.count)

    @property
    def is_off(self) -> bool:
        """Whether the scores promise something else than is kept."""
        return self.count >= TELLING and abs(self.mean - self.share) > OFF_BY


@dataclass
class Tally:
    """Sums over quotes."""

    quotes: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    fates: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    exact: int = 0
    anchored_right: int = 0
    bins: list[Bin] = field(
        default_factory=lambda: [Bin(low, high) for low, high in pairwise(BINS)]
    )

    def add(self, truth: Truth, answer: Answer) -> tuple[Outcome | None, bool]:
        """Count one answer, and say how it was judged; None when the truth is unclear."""
        self.fates[truth.fate] += 1
        if truth.fate is Fate.UNCLEAR:
            return None, False
        outcome, exact = judge(truth, answer)
        self.quotes += 1
        self.outcomes[outcome] += 1
        if answer.start is not None:
            found = next((each for each in self.bins if answer.score < each.high), self.bins[-1])
            found.count += 1
            found.scores += answer.score
            found.right += outcome is Outcome.RIGHT
            if outcome is Outcome.RIGHT and truth.fate is Fate.SURVIVES:
                self.anchored_right += 1
                self.exact += exact
        return outcome, exact

    def merge(self, other: "Tally") -> None:
        """Add another tally's sums to these."""
        self.quotes += other.quotes
        self.exact += other.exact
        self.anchored_right += other.anchored_right
        for outcome in Outcome:
            self.outcomes[outcome] += other.outcomes[outcome]
        for fate in Fate:
            self.fates[fate] += other.fates[fate]
        for mine, theirs in zip(self.bins, other.bins, strict=True):
            mine.count += theirs.count
            mine.scores += theirs.scores
            mine.right += theirs.right

    @property
    def right(self) -> float:
        """The share of all quotes that are right: on their words, or rightly orphaned."""
        return self.outcomes[Outcome.RIGHT] / max(1, self.quotes)

    @property
    def wrong(self) -> float:
        """The share of surviving quotes that stand on wrong words."""
        return self.outcomes[Outcome.WRONG] / max(1, self.fates[Fate.SURVIVES])

    @property
    def lost(self) -> float:
        """The share of surviving quotes without an anchor."""
        return self.outcomes[Outcome.LOST] / max(1, self.fates[Fate.SURVIVES])

    @property
    def orphaned(self) -> float:
        """The share of vanished quotes that are orphaned; 1 where none vanished."""
        vanished = self.fates[Fate.VANISHED]
        return 1 - self.outcomes[Outcome.PINNED] / vanished if vanished else 1.0

    @property
    def edges(self) -> float:
        """The share of right anchors whose edges are exactly right."""
        return self.exact / self.anchored_right if self.anchored_right else 1.0


def total_of(tallies: Iterable[Tally]) -> Tally:
    """One tally of many."""
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total
