"""Matches: the tokens of two texts, and which of the one is which of the other so far."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein


class Span(NamedTuple):
    """Tokens ``start`` to ``end`` of one text."""

    start: int
    end: int


class Common(NamedTuple):
    """``length`` tokens from ``old`` on are those from ``new`` on."""

    old: int
    new: int
    length: int


@dataclass(slots=True)
class Side:
    """The tokens of one text: their numbers, lengths and paragraphs, and their counterparts."""

    ids: list[int]
    lengths: list[int]
    paragraphs: list[int]
    ends_sentence: list[bool]
    match: list[int] = field(default_factory=list)
    spans: dict[int, Span] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start without any counterpart."""
        self.match = [-1] * len(self.ids)
        start = 0
        for number, tokens in groupby(self.paragraphs):
            end = start + sum(1 for _token in tokens)
            self.spans[number] = Span(start, end)
            start = end

    def paragraph_of(self, at: int) -> Span:
        """Return the tokens of the paragraph that the token stands in."""
        return self.spans[self.paragraphs[at]]


class Matches:
    """Two sides and the counterparts found so far. A token has at most one, and keeps it."""

    def __init__(self, old: Side, new: Side) -> None:
        """Start without any counterpart."""
        self.old = old
        self.new = new
        self._counts = Counter(old.ids)
        self._counts.update(new.ids)

    def runs(self) -> Iterator[Common]:
        """Yield the tokens that follow each other in both texts, in the older's order."""
        match, size, at = self.old.match, len(self.old.match), 0
        while at < size:
            if match[at] < 0:
                at += 1
                continue
            start, there = at, match[at]
            at += 1
            while at < size and match[at] == there + at - start:
                at += 1
            yield Common(start, there, at - start)

    def join(self, run: Common) -> None:
        """Take the tokens of the run for the same."""
        for offset in range(run.length):
            self.old.match[run.old + offset] = run.new + offset
            self.new.match[run.new + offset] = run.old + offset

    def extend(self, at: int, there: int) -> Common:
        """Return the longest run of equal open tokens through the two places."""
        old, new = self.old, self.new
        start, start_there = at, there
        while (
            start > 0
            and start_there > 0
            and old.ids[start - 1] == new.ids[start_there - 1]
            and old.match[start - 1] < 0
            and new.match[start_there - 1] < 0
        ):
            start, start_there = start - 1, start_there - 1
        while (
            at < len(old.ids)
            and there < len(new.ids)
            and old.ids[at] == new.ids[there]
            and old.match[at] < 0
            and new.match[there] < 0
        ):
            at, there = at + 1, there + 1
        return Common(start, start_there, at - start)

    def chance(self, ids: Sequence[int], run: Common) -> float:
        """Return how likely it is that random words are those of the run, in its order."""
        total = len(self.old.ids) + len(self.new.ids)
        likelihood = 1.0
        for token in ids[run.old : run.old + run.length]:
            likelihood *= self._counts[token] / total
        return likelihood

    def agreement(self, gap: Span, new_gap: Span, runs: Sequence[Common]) -> float:
        """Return the share of the characters of both gaps that agree."""
        lengths = self.old.lengths[gap.start : gap.end]
        agreeing = sum(sum(lengths[run.old : run.old + run.length]) for run in runs)
        total = sum(lengths) + sum(self.new.lengths[new_gap.start : new_gap.end])
        return 2 * agreeing / total


def equal_runs(old: Sequence[int], new: Sequence[int]) -> list[Common]:
    """Return the runs that a minimal number of changes leaves equal."""
    return [
        Common(block.a, block.b, block.size)
        for block in Levenshtein.editops(old, new).as_matching_blocks()
        if block.size
    ]
