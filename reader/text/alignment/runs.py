"""Runs: stretches of characters that two texts share, and what can be asked of all of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple


class Run(NamedTuple):
    """``length`` characters from ``old`` on in the older text stand from ``new`` on in the newer.

    Character for character, though not always the same ones: a straight quotation mark may
    stand where a curly one was.
    """

    old: int
    new: int
    length: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """All runs of two texts, sorted by their place in the older; no two overlap in either text."""

    old_text: str
    new_text: str
    runs: Sequence[Run]
    in_order: Sequence[bool]
    """Whether each run stands in the order that most of the text kept: the others were moved."""
    _starts: Sequence[int]
    _new_starts: Sequence[int]
    _new_ends: Sequence[int]
    _matched_before: Sequence[int]

    @classmethod
    def of(cls, old_text: str, new_text: str, runs: Iterable[Run]) -> "Alignment":
        """Return the alignment that consists of the runs."""
        ordered = sorted(runs)
        by_new = sorted((run.new, run.length) for run in ordered)
        return cls(
            old_text,
            new_text,
            ordered,
            kept_order(ordered),
            [run.old for run in ordered],
            [new for new, _length in by_new],
            [new + length for new, length in by_new],
            list(accumulate((length for _new, length in by_new), initial=0)),
        )

    def run_at(self, start: int) -> int:
        """Return the index of the last run that begins at or before ``start``, -1 for none."""
        return bisect_right(self._starts, start) - 1

    def pieces(self, start: int, end: int) -> list[tuple[Run, bool]]:
        """Return the parts of runs inside the older text's span, and whether each kept order."""
        found: list[tuple[Run, bool]] = []
        index = max(self.run_at(start), 0)
        while index < len(self.runs) and self.runs[index].old < end:
            run = self.runs[index]
            cut = max(start - run.old, 0)
            length = min(run.length, end - run.old) - cut
            if length > 0:
                piece = Run(run.old + cut, run.new + cut, length)
                found.append((piece, self.in_order[index]))
            index += 1
        return found

    def gap_around(self, at: int) -> tuple[int, int]:
        """Return the older text's stretch without a counterpart that holds the character ``at``.

        Empty (``at``, ``at``) when the character has a counterpart.
        """
        index = self.run_at(at)
        begins = 0
        if index >= 0:
            begins = self.runs[index].old + self.runs[index].length
            if at < begins:
                return at, at
        after = index + 1
        ends = self.runs[after].old if after < len(self.runs) else len(self.old_text)
        return begins, ends

    def new_gap_before(self, at: int) -> int:
        """Return where the newer text's stretch that ends at ``at`` without counterpart begins."""
        index = bisect_left(self._new_ends, at + 1) - 1
        if index >= 0 and bisect_right(self._new_starts, at - 1) - 1 > index:
            return at
        return self._new_ends[index] if index >= 0 else 0

    def new_gap_after(self, at: int) -> int:
        """Return where the newer text's stretch that begins at ``at`` without counterpart ends."""
        index = bisect_left(self._new_starts, at)
        if index and self._new_ends[index - 1] > at:
            return at
        return self._new_starts[index] if index < len(self._new_starts) else len(self.new_text)

    def matched_between(self, start: int, end: int) -> int:
        """Return how many characters of the newer text's span have a counterpart."""
        return self._matched_up_to(end) - self._matched_up_to(start) if end > start else 0

    def _matched_up_to(self, at: int) -> int:
        index = bisect_right(self._new_starts, at) - 1
        if index < 0:
            return 0
        inside = min(at, self._new_ends[index]) - self._new_starts[index]
        return self._matched_before[index] + inside

    def new_gaps(self) -> list[tuple[int, int]]:
        """Return the stretches of the newer text that have no counterpart."""
        begins = [0, *self._new_ends]
        ends = [*self._new_starts, len(self.new_text)]
        return [(a, b) for a, b in zip(begins, ends, strict=True) if a < b]


def kept_order(runs: Sequence[Run]) -> list[bool]:
    """Return which runs belong to the heaviest series that is in order in both texts.

    The heaviest increasing subsequence, by a Fenwick tree of maxima: O(n log n).
    """
    ranks = {run.new: rank for rank, run in enumerate(sorted(runs, key=lambda run: run.new), 1)}
    size = len(runs)
    best: list[tuple[int, int]] = [(0, -1)] * (size + 1)
    before: list[int] = []
    for index, run in enumerate(runs):
        rank = ranks[run.new]
        heaviest, at = (0, -1), rank - 1
        while at > 0:
            heaviest = max(heaviest, best[at])
            at -= at & -at
        before.append(heaviest[1])
        total, at = (heaviest[0] + run.length, index), rank
        while at <= size:
            best[at] = max(best[at], total)
            at += at & -at
    kept = [False] * size
    at = max(best)[1] if size else -1
    while at >= 0:
        kept[at] = True
        at = before[at]
    return kept
