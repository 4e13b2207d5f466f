"""Matching: which token of one text is which of the other, wherever it went.

Four passes, each over what the earlier ones left open:

1. *Seeds.* Sequences of a few tokens that stand once in each text, extended as far as both agree.
   A seed is believed when it is long, or when its neighbours in one text are its neighbours in the
   other. Order does not matter, so moved, split and merged paragraphs need no rule of their own.
2. *Gaps.* What lies between two neighbouring seeds is compared token by token, and dropped again
   when too little of it agrees: then other words were put there, and what they share is chance.
3. *Paragraphs* without any seed are paired by the words that they share.
4. *Edges.* A run that goes a word or two into the next sentence and no further ends with its own.

Time is linear in the texts but for the gaps, whose size is limited. The idea of unique common
sequences as fixed points is Bram Cohen's patience diff.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

SEED_LENGTHS = (6, 4)
"""How many tokens a seed has, in the order tried."""

BELIEVED_ALONE = 9
"""A run of so many tokens is believed wherever it stands."""

BELIEVED_TOGETHER = 10
"""Runs that are neighbours in both texts are believed when they have so many tokens together."""

NEIGHBOURS = 40
"""Runs are neighbours when at most so many tokens lie between them in each text."""

LARGEST_GAP = 4_000_000
"""Gaps are compared when the product of their two lengths is at most this."""

SMALL_GAP = 4
"""In gaps of at most so many tokens on each side, whatever agrees is believed."""

GAP_AGREEMENT = 0.45
"""In larger gaps, at least this share of the characters must agree."""

UNLIKELY = 0.02
"""Else only words are believed that chance would put into the gap less often than this."""

PARAGRAPH_AGREEMENT = 0.5
"""Paragraphs without a seed are the same when at least this share of characters agrees."""


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


class Matching:
    """The counterparts of all tokens of two texts, found pass by pass."""

    def __init__(self, old: Side, new: Side) -> None:
        """Match the two sides."""
        self.old = old
        self.new = new
        self._counts = Counter(old.ids)
        self._counts.update(new.ids)
        self._match_ends()
        for length in SEED_LENGTHS:
            self._match_seeds(length)
            self._fill_gaps()
        self._pair_paragraphs()
        self._fill_gaps()

    def common(self) -> list[Common]:
        """Return the runs of tokens that follow each other in both texts, in the older's order."""
        return list(self._runs())

    def _runs(self) -> Iterator[Common]:
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

    def _join(self, run: Common) -> None:
        for offset in range(run.length):
            self.old.match[run.old + offset] = run.new + offset
            self.new.match[run.new + offset] = run.old + offset

    # Seeds

    def _match_ends(self) -> None:
        """Join what both texts begin and end with, be it repeated as often as it may."""
        last = len(self.old.ids) - 1, len(self.new.ids) - 1
        for at, there in ((0, 0), last):
            if min(last) >= 0 and self.old.match[at] < 0 and self.new.match[there] < 0:
                run = self._extend(at, there)
                if run.length >= BELIEVED_ALONE:
                    self._join(run)

    def _match_seeds(self, length: int) -> None:
        runs = [self._extend(*seed) for seed in self._seeds(length)]
        chosen = list(dict.fromkeys(run for run in runs if run.length))
        for chain in _chains(chosen):
            weight = sum(run.length for run in chain)
            if (
                weight >= BELIEVED_TOGETHER
                or max(run.length for run in chain) >= BELIEVED_ALONE
                or self._fills_its_sentence(chain)
            ):
                for run in chain:
                    self._join(self._still_free(run))

    def _seeds(self, length: int) -> Iterator[tuple[int, int]]:
        """Yield where sequences begin that stand once in what is open of each text."""
        old, new = self._open_sequences(self.old, length), self._open_sequences(self.new, length)
        covered = Common(-1, -1, 0)
        for sequence, at in old.items():
            there = new.get(sequence, -1)
            if at < 0 or there < 0:
                continue
            inside = covered.old <= at < covered.old + covered.length
            if inside and there - at == covered.new - covered.old:
                continue
            covered = self._extend(at, there)
            yield at, there

    @staticmethod
    def _open_sequences(side: Side, length: int) -> dict[tuple[int, ...], int]:
        """Return where each sequence of open tokens begins, -1 when it stands more than once."""
        places: dict[tuple[int, ...], int] = {}
        ids, match = side.ids, side.match
        columns = [ids[offset:] for offset in range(length)]
        blocked = -1  # the last token that has a counterpart: sequences begin after it
        for at in range(min(length - 1, len(ids))):
            if match[at] >= 0:
                blocked = at
        for at, sequence in enumerate(zip(*columns, strict=False)):
            if match[at + length - 1] >= 0:
                blocked = at + length - 1
            if blocked < at:
                places[sequence] = -1 if sequence in places else at
        return places

    def _extend(self, at: int, there: int) -> Common:
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

    def _still_free(self, run: Common) -> Common:
        """Return the run's first stretch that no other run has taken meanwhile."""
        free = [
            self.old.match[run.old + offset] < 0 and self.new.match[run.new + offset] < 0
            for offset in range(run.length)
        ]
        if True not in free:
            return Common(run.old, run.new, 0)
        first = free.index(True)
        length = [*free, False].index(False, first) - first
        return Common(run.old + first, run.new + first, length)

    def _fills_its_sentence(self, chain: Sequence[Common]) -> bool:
        """Whether a chain of one run is a whole sentence in both texts, however short."""
        if len(chain) != 1:
            return False
        run = chain[0]
        return _is_sentence(self.old, run.old, run.old + run.length) and _is_sentence(
            self.new, run.new, run.new + run.length
        )

    # Gaps

    def _fill_gaps(self) -> None:
        """Compare what lies between runs, and what hangs on their ends."""
        before: Common | None = None
        for run in list(self._runs()):
            if before is None:
                self._fill(Span(0, run.old), Span(self._open_until(run.new), run.new), at_end=True)
            elif self._open_from(before.new + before.length) == run.new:
                gap = Span(before.old + before.length, run.old)
                self._fill(gap, Span(before.new + before.length, run.new))
            else:
                self._fill_tail(before, run.old)
                self._fill_head(run, before.old + before.length)
            before = run
        if before is not None:
            ends = before.new + before.length
            rest = Span(before.old + before.length, len(self.old.ids))
            self._fill(rest, Span(ends, self._open_from(ends)), at_end=True)

    def _open_from(self, at: int) -> int:
        """Return where the open tokens of the newer text that begin at ``at`` end."""
        while at < len(self.new.ids) and self.new.match[at] < 0:
            at += 1
        return at

    def _open_until(self, at: int) -> int:
        """Return where the open tokens of the newer text that end at ``at`` begin."""
        while at > 0 and self.new.match[at - 1] < 0:
            at -= 1
        return at

    def _fill_tail(self, run: Common, limit: int) -> None:
        """Compare the rest of the run's paragraph with what follows the run in the newer text."""
        start, there = run.old + run.length, run.new + run.length
        end = min(limit, self.old.paragraph_of(start - 1).end)
        reach = min(self._open_from(there), there + 2 * (end - start) + SMALL_GAP)
        self._fill(Span(start, end), Span(there, reach), at_end=True)

    def _fill_head(self, run: Common, limit: int) -> None:
        """Compare the beginning of the run's paragraph with what stands before the run."""
        start = max(limit, self.old.paragraph_of(run.old).start)
        while start < run.old and self.old.match[start] >= 0:
            start += 1
        reach = max(self._open_until(run.new), run.new - 2 * (run.old - start) - SMALL_GAP)
        self._fill(Span(start, run.old), Span(reach, run.new), at_end=True)

    def _fill(self, gap: Span, new_gap: Span, *, at_end: bool = False) -> None:
        """Join the tokens of two gaps that agree, unless it is too few of them."""
        size, new_size = gap.end - gap.start, new_gap.end - new_gap.start
        if not size or not new_size or size * new_size > LARGEST_GAP:
            return
        old_ids = self.old.ids[gap.start : gap.end]
        new_ids = self.new.ids[new_gap.start : new_gap.end]
        if size == 1 == new_size and old_ids != new_ids:
            return
        runs = _equal_runs(old_ids, new_ids)
        if not runs:
            return
        is_small = max(size, new_size) <= SMALL_GAP and not at_end
        if not is_small and self._agreement(gap, new_gap, runs) < GAP_AGREEMENT:
            runs = [run for run in runs if self._chance(old_ids, run) * new_size < UNLIKELY]
        for run in runs:
            self._join(Common(gap.start + run.old, new_gap.start + run.new, run.length))

    def _chance(self, ids: Sequence[int], run: Common) -> float:
        """Return how likely it is that random words are those of the run, in its order."""
        total = len(self.old.ids) + len(self.new.ids)
        likelihood = 1.0
        for token in ids[run.old : run.old + run.length]:
            likelihood *= self._counts[token] / total
        return likelihood

    def _agreement(self, gap: Span, new_gap: Span, runs: Sequence[Common]) -> float:
        """Return the share of the characters of both gaps that agree."""
        lengths = self.old.lengths[gap.start : gap.end]
        agreeing = sum(sum(lengths[run.old : run.old + run.length]) for run in runs)
        total = sum(lengths) + sum(self.new.lengths[new_gap.start : new_gap.end])
        return 2 * agreeing / total

    # Paragraphs

    def _pair_paragraphs(self) -> None:
        """Compare paragraphs that are open as a whole with those they share most words with."""
        new_open = _open_paragraphs(self.new)
        holders: dict[int, list[int]] = defaultdict(list)
        for index, span in enumerate(new_open):
            for token in set(self.new.ids[span.start : span.end]):
                holders[token].append(index)
        taken: set[int] = set()
        for span in _open_paragraphs(self.old):
            shared: dict[int, float] = defaultdict(float)
            for token in set(self.old.ids[span.start : span.end]):
                found = holders.get(token, [])
                for index in found[:RARE] if len(found) <= RARE else ():
                    shared[index] += 1 / len(found)
            for index in sorted(shared, key=lambda one: -shared[one])[:CANDIDATES]:
                if index not in taken and self._pair(span, new_open[index]):
                    taken.add(index)
                    break

    def _pair(self, span: Span, new_span: Span) -> bool:
        size, new_size = span.end - span.start, new_span.end - new_span.start
        if size * new_size > LARGEST_GAP:
            return False
        runs = _equal_runs(
            self.old.ids[span.start : span.end], self.new.ids[new_span.start : new_span.end]
        )
        if self._agreement(span, new_span, runs) < PARAGRAPH_AGREEMENT:
            return False
        for run in runs:
            self._join(Common(span.start + run.old, new_span.start + run.new, run.length))
        return True


RARE = 30
"""A word that stands in more paragraphs than this tells nothing about which is which."""

CANDIDATES = 3
"""So many paragraphs are compared with one, those that share most."""


def _equal_runs(old: Sequence[int], new: Sequence[int]) -> list[Common]:
    """Return the runs that a minimal number of changes leaves equal."""
    return [
        Common(block.a, block.b, block.size)
        for block in Levenshtein.editops(old, new).as_matching_blocks()
        if block.size
    ]


def _chains(runs: Sequence[Common]) -> Iterator[list[Common]]:
    """Yield the runs, in the older text's order, in groups that are neighbours in both texts."""
    chain: list[Common] = []
    for run in sorted(runs):
        if chain:
            gap = run.old - chain[-1].old - chain[-1].length
            new_gap = run.new - chain[-1].new - chain[-1].length
            if not (gap <= NEIGHBOURS and 0 <= new_gap <= NEIGHBOURS):
                yield chain
                chain = []
        chain.append(run)
    if chain:
        yield chain


def _is_sentence(side: Side, start: int, end: int) -> bool:
    """Whether the tokens are whole sentences of one paragraph."""
    begins = start == 0 or side.paragraphs[start - 1] != side.paragraphs[start]
    begins = begins or side.ends_sentence[start - 1]
    closes = end == len(side.ids) or side.paragraphs[end] != side.paragraphs[end - 1]
    return begins and (closes or side.ends_sentence[end - 1])


def _open_paragraphs(side: Side) -> list[Span]:
    """Return the paragraphs without any counterpart, as spans of tokens."""
    return [
        span
        for span in side.spans.values()
        if all(there < 0 for there in side.match[span.start : span.end])
    ]
