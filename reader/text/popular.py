"""Which words many people marked: markings that overlap mostly count as one passage."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

Span = tuple[int, int]


class Marking(NamedTuple):
    """That somebody marked the words from ``start`` to ``end``."""

    start: int
    end: int
    person: int


class Passage(NamedTuple):
    """Words that people marked, give or take a few at the ends."""

    people: int
    start: int
    end: int


def is_same(one: Span, other: Span) -> bool:
    """Whether two spans share at least half of the characters that either of them holds."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    held = max(one[1], other[1]) - min(one[0], other[0])
    return shared > 0 and 2 * shared >= held


def popular(markings: Iterable[Marking], *, least: int = 2) -> list[Passage]:
    """Return the passages that at least so many people marked, most people first.

    A passage is a span that somebody marked. It stands for all spans that are the same as it in the
    sense of :func:`is_same`, of which each is told once. Every one is held against the passage
    itself and never against its neighbour, so that a chain of spans which overlap a little does not
    grow into one. The span for which most people speak is chosen first, then the one that more
    people marked exactly so, then the longer one.
    """
    people: dict[Span, set[int]] = defaultdict(set)
    for start, end, person in markings:
        people[start, end].add(person)
    spans = sorted(people)
    starts = [start for start, _end in spans]
    near = {span: _near(span, spans, starts) for span in spans}
    free = set(spans)

    def support(span: Span) -> int:
        around = [people[one] for one in near[span] if one in free]
        return len(around[0].union(*around[1:])) if around else 0

    def rank(span: Span) -> tuple[int, int, int, Span]:
        return -support(span), -len(people[span]), span[0] - span[1], span

    # Who has too little support leads after all who have enough, and takes nothing from them.
    heap = [ranked for ranked in map(rank, spans) if -ranked[0] >= least]
    heapify(heap)
    found = []
    while heap:
        ranked = heappop(heap)
        span = ranked[-1]
        if span not in free:
            continue
        # Support only shrinks, as neighbours are taken: who still leads after a recount, leads.
        if (now := rank(span)) != ranked:
            heappush(heap, now)
            continue
        if -ranked[0] >= least:
            found.append(Passage(-ranked[0], *span))
            free.difference_update(near[span])
    return sorted(found, key=lambda one: (-one.people, one.start, one.end))


def _near(span: Span, spans: Sequence[Span], starts: Sequence[int]) -> list[Span]:
    """Return the spans that are the same as this one, itself included."""
    length = span[1] - span[0]
    first = bisect_left(starts, span[0] - length)
    last = bisect_right(starts, span[0] + length)
    return [one for one in spans[first:last] if is_same(span, one)]
