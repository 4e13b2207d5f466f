"""What became of a passage, by the edits alone: survives, vanished, or something in between."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tests.bench.revisions.lines import FRESH
from tests.bench.revisions.scenarios import Revision

SURVIVES_FROM = 0.5
VANISHED_BELOW = 0.2
NEAR = 100
"""Survivors belong together when at most so many characters came between two of them."""
FAR = 1_000
"""Up to so many make it a matter of taste: the whole is right, and so is the heavier part."""
STEP = 20
"""Survivors stand in one run while at most so many characters came between two of them."""
SLACK = 40
"""What replaced an edge may be so much longer than twice what it replaced."""
CONTEXT_SEEN = 120
"""How much of its surroundings tells a passage from its twins."""
CONTEXT_TELLING = 24
"""A twin of a passage that vanished is one when so much on both sides together is the same."""


class Fate(StrEnum):
    """What became of a passage."""

    SURVIVES = "survives"
    EITHER = "either"
    VANISHED = "vanished"
    UNCLEAR = "unclear"
    """It moved or vanished, and other words in the new text are as like it, context included."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the new text that is right; its edges may also stand a little further out."""

    start: int
    end: int
    earliest: int
    latest: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The fate of a passage, the places that are right, and the characters that survive."""

    fate: Fate
    spans: tuple[Span, ...] = ()
    survivors: tuple[int, ...] = ()
    """Places in the new text, in old order."""


@dataclass(slots=True)
class _Run:
    """Old characters in a row that still stand in a row."""

    begin: int
    end: int
    place: int
    last: int
    weight: int


@lru_cache(maxsize=4096)
def weighs(char: str) -> bool:
    """Whether a character counts: neither white nor a mark nor invisible."""
    return not (
        char.isspace() or unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"}
        or "\u1160" <= char <= "\u11ff"
    )  # fmt: skip


def truth_of(revision: Revision, start: int, end: int) -> Truth:
    """What became of the old text's characters ``start`` to ``end``."""
    counted = [place for place in range(start, end) if weighs(revision.old[place])]
    runs = _runs(revision, counted)
    survivors = tuple(revision.first[place] for place in counted if revision.first[place] >= 0)
    near, far = _best_chain(runs, NEAR), _best_chain(runs, FAR)
    total = max(1, len(counted))
    if len(survivors) < VANISHED_BELOW * total:
        fate = Fate.UNCLEAR if _has_twin(revision, start, end, None) else Fate.VANISHED
        return Truth(fate, survivors=survivors)
    if sum(run.weight for run in near) < SURVIVES_FROM * total:
        return Truth(Fate.EITHER, survivors=survivors)
    chains = [near, far, *([run] for run in runs if run.weight >= SURVIVES_FROM * total)]
    spans = tuple(dict.fromkeys(_span(revision, chain, counted) for chain in chains))
    twin = _has_twin(revision, near[0].begin, near[-1].end + 1, spans[0])
    return Truth(Fate.UNCLEAR if twin else Fate.SURVIVES, spans, survivors)


def _runs(revision: Revision, counted: list[int]) -> list[_Run]:
    runs = list[_Run]()
    for old in counted:
        place = revision.first[old]
        if place < 0:
            continue
        last = revision.last[old]
        run = runs[-1] if runs else None
        if run and run.last < place <= run.last + (old - run.end) + STEP:
            run.end, run.last, run.weight = old, last, run.weight + 1
        else:
            runs.append(_Run(old, old, place, last, 1))
    return runs


def _best_chain(runs: list[_Run], reach: int) -> list[_Run]:
    """The heaviest runs that still stand in order, each near the one before."""
    best: list[tuple[int, int]] = []
    for index, run in enumerate(runs):
        weight, before = run.weight, -1
        for other in range(index):
            gap = run.place - runs[other].last
            near = 0 < gap <= run.begin - runs[other].end + reach
            if near and best[other][0] + run.weight > weight:
                weight, before = best[other][0] + run.weight, other
        best.append((weight, before))
    chain = list[_Run]()
    at = max(range(len(runs)), key=lambda index: best[index][0], default=-1)
    while at >= 0:
        chain.append(runs[at])
        at = best[at][1]
    return chain[::-1]


def _span(revision: Revision, chain: list[_Run], counted: list[int]) -> Span:
    """From the first survivor to the last; what replaced an edge may be in it or not."""
    start, end = chain[0].place, chain[-1].last + 1
    lost_before = chain[0].begin - counted[0]
    lost_behind = counted[-1] - chain[-1].end
    earliest, latest = start, end
    while earliest > 0 and _may_join(revision, earliest - 1, start - earliest, lost_before):
        earliest -= 1
    while latest < len(revision.new) and _may_join(revision, latest, latest - end, lost_behind):
        latest += 1
    return Span(start, end, earliest, latest)


def _may_join(revision: Revision, place: int, taken: int, lost: int) -> bool:
    """Whether an edge may take in this character: invisible, or in place of what was lost."""
    if not weighs(revision.new[place]):
        return True
    return revision.origins[place] == FRESH and lost > 0 and taken < 2 * lost + SLACK


def _has_twin(revision: Revision, start: int, end: int, span: Span | None) -> bool:
    """Whether nothing tells the passage from other words: only asked where passages move."""
    if not revision.scenario.moves:
        return False
    old, new = revision.old, revision.new
    words = new[span.start : span.end] if span else old[start:end]
    before = old[max(0, start - CONTEXT_SEEN) : start]
    behind = old[end : end + CONTEXT_SEEN]
    likeness = CONTEXT_TELLING
    if span:
        likeness = _likeness(new, span.start, span.end, before, behind)
    at = new.find(words)
    while at >= 0:
        apart = span is None or at >= span.end or at + len(words) <= span.start
        if apart and _likeness(new, at, at + len(words), before, behind) >= likeness:
            return True
        at = new.find(words, at + 1)
    return False


def _likeness(text: str, start: int, end: int, before: str, behind: str) -> int:
    """How many characters next to a span are those of the context."""
    left = text[max(0, start - len(before)) : start]
    return _common(left[::-1], before[::-1]) + _common(text[end : end + len(behind)], behind)


def _common(one: str, other: str) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))
