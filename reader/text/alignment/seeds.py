"""Seeds: sequences of tokens that stand once in each text.

The idea of unique common sequences as fixed points is Bram Cohen's patience diff; here they need
not stand in the same order, so that what moved is found as well.
"""

from collections.abc import Iterator, Sequence

from reader.text.alignment.matches import Common, Matches, Side

BELIEVED_ALONE = 9
"""A run of so many tokens is believed wherever it stands."""

BELIEVED_TOGETHER = 10
"""Runs that are neighbours in both texts are believed when they have so many tokens together."""

NEIGHBOURS = 40
"""Runs are neighbours when at most so many tokens lie between them in each text."""


def match_ends(both: Matches) -> None:
    """Join what both texts begin and end with, be it repeated as often as it may."""
    last = len(both.old.ids) - 1, len(both.new.ids) - 1
    for at, there in ((0, 0), last):
        if min(last) >= 0 and both.old.match[at] < 0 and both.new.match[there] < 0:
            run = both.extend(at, there)
            if run.length >= BELIEVED_ALONE:
                both.join(run)


def match_seeds(both: Matches, length: int) -> None:
    """Join the runs through seeds of that many tokens, those that can be believed."""
    runs = [both.extend(*seed) for seed in _seeds(both, length)]
    chosen = list(dict.fromkeys(run for run in runs if run.length))
    for chain in _chains(chosen):
        weight = sum(run.length for run in chain)
        if (
            weight >= BELIEVED_TOGETHER
            or max(run.length for run in chain) >= BELIEVED_ALONE
            or _fills_its_sentence(both, chain)
        ):
            for run in chain:
                both.join(_still_free(both, run))


def _seeds(both: Matches, length: int) -> Iterator[tuple[int, int]]:
    """Yield where sequences begin that stand once in what is open of each text."""
    old, new = _open_sequences(both.old, length), _open_sequences(both.new, length)
    covered = Common(-1, -1, 0)
    for sequence, at in old.items():
        there = new.get(sequence, -1)
        if at < 0 or there < 0:
            continue
        inside = covered.old <= at < covered.old + covered.length
        if inside and there - at == covered.new - covered.old:
            continue
        covered = both.extend(at, there)
        yield at, there


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


def _still_free(both: Matches, run: Common) -> Common:
    """Return the run's first stretch that no other run has taken meanwhile."""
    free = [
        both.old.match[run.old + offset] < 0 and both.new.match[run.new + offset] < 0
        for offset in range(run.length)
    ]
    if True not in free:
        return Common(run.old, run.new, 0)
    first = free.index(True)
    length = [*free, False].index(False, first) - first
    return Common(run.old + first, run.new + first, length)


def _fills_its_sentence(both: Matches, chain: Sequence[Common]) -> bool:
    """Whether a chain of one run is a whole sentence in both texts, however short."""
    if len(chain) != 1:
        return False
    run = chain[0]
    return _is_sentence(both.old, run.old, run.old + run.length) and _is_sentence(
        both.new, run.new, run.new + run.length
    )


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
