"""The difference between two editions, as people read it."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, groupby
from typing import NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from reader.text.alignment import Alignment, Run, align
from reader.text.alignment.runs import kept_order
from reader.text.blocks import SEPARATOR, Block, plain_text

WORD = re.compile(r"\s+|\w+|[^\w\s]")

SHARE = 0.3
"""Two blocks belong together when they share this much of the shorter one's characters."""

LETTERS = 4
"""At least so many characters must be shared."""

LONG = 3_000
"""From so many words on, their comparison may find a few changes too many, and saves memory."""

TOO_LONG = 20_000
"""More words than this are not compared: all of the older ones go, and all of the newer come."""


class Change(StrEnum):
    """What became of a block, or of a few, from one edition to the next."""

    SAME = "same"
    EDITED = "edited"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"
    INSERTED = "inserted"
    DELETED = "deleted"


class Op(StrEnum):
    """What became of some words."""

    SAME = "same"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Words:
    """Some words that stand in both texts, or only in the older or the newer one."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Blocks of the older edition beside what became of them.

    ``old`` and ``new`` are indexes of blocks, empty for what was inserted or deleted; several where
    a block was split or blocks were merged. ``words`` is the difference of their texts in reading
    order (blocks joined by a blank line). ``moved`` says that its place among the others changed,
    also where its words did; ``change`` is MOVED only where nothing else happened to it.
    """

    change: Change
    old: tuple[int, ...]
    new: tuple[int, ...]
    words: tuple[Words, ...]
    moved: bool = False


def compare_words(old: str, new: str) -> tuple[Words, ...]:
    """Return the word difference of two texts; joining its parts gives both back."""
    if old == new:
        return (Words(Op.SAME, old),) if old else ()
    before, after = WORD.findall(old), WORD.findall(new)
    if max(len(before), len(after)) > TOO_LONG:
        return tuple(_as_words([(Op.DELETED, old), (Op.INSERTED, new)]))
    distance = Indel if max(len(before), len(after)) <= LONG else Levenshtein
    steps: list[tuple[Op, str]] = []
    for step in distance.opcodes(before, after):
        gone = "".join(before[step.src_start : step.src_end])
        come = "".join(after[step.dest_start : step.dest_end])
        if step.tag == "equal":
            steps.append((Op.SAME, gone))
        else:
            steps += [(Op.DELETED, gone), (Op.INSERTED, come)]
    return _joined(_as_words(steps))


def _joined(parts: Iterable[Words]) -> tuple[Words, ...]:
    """Return the parts with neighbours of the same kind as one."""
    return tuple(
        Words(op, "".join(part.text for part in group))
        for op, group in groupby(parts, key=lambda part: part.op)
    )


def _as_words(steps: Sequence[tuple[Op, str]]) -> Iterator[Words]:
    """Yield the steps with changes that only a space parts taken as one, deleted words first."""
    gone, come = "", ""
    for index, (op, text) in enumerate(steps):
        if op is Op.DELETED:
            gone += text
        elif op is Op.INSERTED:
            come += text
        elif text.isspace() and (gone or come) and index + 1 < len(steps):
            gone, come = gone + text, come + text
        else:
            yield from _change(gone, come)
            gone, come = "", ""
            yield Words(Op.SAME, text)
    yield from _change(gone, come)


def _change(gone: str, come: str) -> Iterator[Words]:
    ends = len(gone.rstrip()), len(come.rstrip())
    after = gone[ends[0] :]
    if after and after == come[ends[1] :]:
        gone, come = gone[: ends[0]], come[: ends[1]]
    else:
        after = ""
    for op, text in ((Op.DELETED, gone), (Op.INSERTED, come), (Op.SAME, after)):
        if text:
            yield Words(op, text)


def compare_blocks(old: Sequence[Block], new: Sequence[Block]) -> list[Row]:
    """Return what became of each block, in the reading order of the newer edition.

    Deleted blocks stand after the block that they followed. Every index of both editions occurs
    exactly once. Linear in the texts but for the words of blocks that changed.
    """
    alignment = align(plain_text(old), plain_text(new))
    groups = _groups(old, new, _shared(old, new, alignment))
    in_order = _kept_order(old, groups)
    rows = [_row(old, new, group, group in in_order) for group in groups]
    return _in_reading_order(rows)


class _Group(NamedTuple):
    """Blocks, by index, that are one piece of the text in both editions."""

    old: tuple[int, ...]
    new: tuple[int, ...]


def _shared(
    old: Sequence[Block], new: Sequence[Block], alignment: Alignment
) -> dict[tuple[int, int], int]:
    """Return how many characters each old block shares with each new one, where any."""
    shared: dict[tuple[int, int], int] = defaultdict(int)
    starts, new_starts = _starts(old), _starts(new)
    for run in alignment.runs:
        at, there, left = run.old, run.new, run.length
        while left > 0:
            before = bisect_right(starts, at) - 1
            after = bisect_right(new_starts, there) - 1
            ends = starts[before + 1] if before + 1 < len(starts) else at + left
            new_ends = new_starts[after + 1] if after + 1 < len(new_starts) else there + left
            step = min(left, ends - at, new_ends - there)
            shared[before, after] += step
            at, there, left = at + step, there + step, left - step
    return shared


def _starts(blocks: Sequence[Block]) -> list[int]:
    lengths = (len(block.text) + len(SEPARATOR) for block in blocks)
    return list(accumulate(lengths, initial=0))[:-1]


def _groups(
    old: Sequence[Block], new: Sequence[Block], shared: dict[tuple[int, int], int]
) -> list[_Group]:
    """Return the groups that the blocks form: each block in one, alone if it shares nothing.

    Two blocks are linked when they share a good part of the shorter one, and at least one of them
    shares most with the other.
    """
    best: dict[int, int] = {}
    new_best: dict[int, int] = {}
    for (before, after), amount in sorted(shared.items(), key=lambda item: item[1]):
        if amount >= min(LETTERS, len(old[before].text)) and amount >= SHARE * min(
            len(old[before].text), len(new[after].text)
        ):
            best[before] = after
            new_best[after] = before
    links = {*best.items(), *((before, after) for after, before in new_best.items())}
    leader = list(range(len(old) + len(new)))

    def lead(one: int) -> int:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for before, after in sorted(links):
        leader[lead(before)] = lead(len(old) + after)
    members: dict[int, list[int]] = defaultdict(list)
    for one in range(len(leader)):
        members[lead(one)].append(one)
    return [
        _Group(
            tuple(one for one in group if one < len(old)),
            tuple(one - len(old) for one in group if one >= len(old)),
        )
        for group in members.values()
    ]


def _kept_order(old: Sequence[Block], groups: Sequence[_Group]) -> set[_Group]:
    """Return the groups whose place among the others did not change, as many as can be."""
    placed = [group for group in groups if group.old and group.new]
    runs = sorted(
        Run(group.old[0], group.new[0], sum(len(old[one].text) + 1 for one in group.old))
        for group in placed
    )
    kept = {run for run, is_kept in zip(runs, kept_order(runs), strict=True) if is_kept}
    firsts = {(run.old, run.new) for run in kept}
    return {group for group in placed if (group.old[0], group.new[0]) in firsts}


def _row(old: Sequence[Block], new: Sequence[Block], group: _Group, in_order: bool) -> Row:
    before = SEPARATOR.join(old[one].text for one in group.old)
    after = SEPARATOR.join(new[one].text for one in group.new)
    moved = bool(group.old and group.new) and not in_order
    if not group.old or not group.new:
        change = Change.DELETED if group.old else Change.INSERTED
    elif len(group.old) == len(group.new) == 1 and _same_block(
        old[group.old[0]], new[group.new[0]]
    ):
        change = Change.MOVED if moved else Change.SAME
    elif len(group.old) == 1 < len(group.new):
        change = Change.SPLIT
    elif len(group.new) == 1 < len(group.old):
        change = Change.MERGED
    else:
        change = Change.EDITED
    return Row(change, group.old, group.new, compare_words(before, after), moved)


def _same_block(before: Block, after: Block) -> bool:
    facts = (before.text, before.kind, before.level, before.inline)
    return facts == (after.text, after.kind, after.level, after.inline)


def _in_reading_order(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in the newer order, deleted blocks after the one they followed."""
    by_old = {one: row for row in rows for one in row.old}
    followers: dict[int, list[Row]] = defaultdict(list)
    before = -1  # the newer block that what is gone here followed
    for at in range(len(by_old)):
        row = by_old[at]
        if row.new:
            before = row.new[-1]
        else:
            followers[before].append(row)
    ordered = list(followers[-1])
    for row in sorted((row for row in rows if row.new), key=lambda row: row.new):
        ordered.append(row)
        for one in row.new:
            ordered += followers[one]
    return ordered
