"""Two editions beside each other, with the threads of what changed, as a viewer may see them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Window

from reader.models import Anchor, Block, Edition
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.documents import blocks_of
from reader.queries.threads import PlacedRoots, Thread
from reader.text import blocks as text_blocks
from reader.text.diff import Change, Row, compare_blocks

THREADS_SHOWN = 3  # of each block
CONTEXT = 1  # unchanged paragraphs shown on either side of a change
UNFOLDED = 200  # unchanged paragraphs shown at once when asked for


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """What became of a block, or of a few, with the threads on it.

    ``index`` numbers the rows of a comparison, ``place`` its changes from 1 on (0: no change).
    ``threads`` stand in the newer edition; ``left``
    stood on the older words and have no place in the newer edition. ``more`` and ``more_left``
    say how many there are beyond those.
    """

    index: int
    row: Row
    old: Sequence[Block]
    new: Sequence[Block]
    place: int = 0
    threads: Sequence[Thread] = field(default_factory=tuple)
    left: Sequence[Thread] = field(default_factory=tuple)
    more: int = 0
    more_left: int = 0

    @property
    def is_change(self) -> bool:
        """Whether anything happened here."""
        return self.place > 0


class How(StrEnum):
    """How rows are shown: changes and what is around them, folded, or unfolded on demand."""

    SHOWN = "shown"
    FOLDED = "folded"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of a comparison in a run that are shown in the same way."""

    rows: Sequence[ComparedRow]
    how: How

    @property
    def first(self) -> ComparedRow:
        """The first row; a stretch has at least one."""
        return self.rows[0]

    @property
    def last(self) -> ComparedRow:
        """The last row."""
        return self.rows[-1]


def rows_of(older: Edition, newer: Edition) -> list[ComparedRow]:
    """Return the rows of the comparison without threads, in the newer edition's order."""
    return compared(blocks_of(older), blocks_of(newer))


def compared(old: Sequence[Block], new: Sequence[Block]) -> list[ComparedRow]:
    """Return what became of the blocks of one edition in another."""
    rows = compare_blocks([_as_text(block) for block in old], [_as_text(block) for block in new])
    places = accumulate(int(row.change is not Change.SAME) for row in rows)
    return [
        ComparedRow(
            index,
            row,
            [old[i] for i in row.old],
            [new[i] for i in row.new],
            place if row.change is not Change.SAME else 0,
        )
        for index, (row, place) in enumerate(zip(rows, places, strict=True))
    ]


def _as_text(block: Block) -> text_blocks.Block:
    return text_blocks.Block(
        kind=text_blocks.BlockKind(block.kind),
        text=block.text,
        level=block.level,
        inline=tuple(text_blocks.InlineMark.from_json(mark) for mark in block.inline),
        ref=block.ref,
        number=block.number,
        start=block.start,
    )


def counts(rows: Iterable[ComparedRow]) -> dict[Change, int]:
    """Return how many rows there are of each kind of change, in the order in which it is told.

    A paragraph that moved and was changed too counts as changed.
    """
    counted = Counter(row.row.change for row in rows if row.is_change)
    return {change: counted[change] for change in Change if counted[change]}


def tallies(viewer: Viewer, editions: Sequence[Edition]) -> dict[int, dict[Change, int]]:
    """Return the counts of what changed from each edition to the one after it, by the later's id.

    One query. The caller has found the editions by policy and gives them in their order.
    """
    blocks: dict[int, list[Block]] = defaultdict(list)
    for block in Block.objects.filter(edition__in=editions).order_by("edition", "position"):
        blocks[block.edition_id].append(block)
    return {
        newer.pk: counts(compared(blocks[older.pk], blocks[newer.pk]))
        for older, newer in pairwise(editions)
    }


def with_threads(
    viewer: Viewer, older: Edition, newer: Edition, rows: Sequence[ComparedRow]
) -> list[ComparedRow]:
    """Return the rows with the first threads of the blocks that changed, in constant queries.

    The caller has found both editions by policy.
    """
    changed = [row for row in rows if row.is_change]
    standing = thread_queries.roots(viewer, newer)
    still = Anchor.objects.filter(
        edition=newer, annotation=OuterRef("pk"), first_block__isnull=False
    )
    left = thread_queries.roots(viewer, older).exclude(Exists(still))
    by_new = _first_threads(viewer, standing, [block for row in changed for block in row.new])
    by_old = _first_threads(viewer, left, [block for row in changed for block in row.old])
    return [_with_threads(row, by_new, by_old) if row.is_change else row for row in rows]


_Found = dict[int, tuple[list[Thread], int]]


def _with_threads(row: ComparedRow, by_new: _Found, by_old: _Found) -> ComparedRow:
    here = [by_new[block.pk] for block in row.new if block.pk in by_new]
    gone = [by_old[block.pk] for block in row.old if block.pk in by_old]
    return replace(
        row,
        threads=[thread for threads, _total in here for thread in threads],
        left=[thread for threads, _total in gone for thread in threads],
        more=sum(total - len(threads) for threads, total in here),
        more_left=sum(total - len(threads) for threads, total in gone),
    )


def _first_threads(viewer: Viewer, roots: PlacedRoots, blocks: Sequence[Block]) -> _Found:
    """Return the first threads that begin in each block, and how many there are, by its id."""
    if not blocks:
        return {}
    rows = thread_queries.discussed(roots).filter(place_block__in=[block.pk for block in blocks])
    rows = rows.annotate(in_block=Window(Count("pk"), partition_by=F("place_block")))
    ranked: list[Any] = list(thread_queries.first_per_block(rows, THREADS_SHOWN))
    found: _Found = {}
    for row, thread in zip(ranked, thread_queries.as_threads(viewer, ranked), strict=True):
        threads, _total = found.setdefault(row.place_block, ([], row.in_block))
        threads.append(thread)
    return found


def stretches(rows: Sequence[ComparedRow], opened: int | None = None) -> list[Stretch]:
    """Return the rows in runs: changes with a little context shown, all between them folded.

    The folded run that holds the row ``opened``, counted from 1, is shown: as much of it as a page
    can carry.
    """
    marked = zip(_how(rows, opened), rows, strict=True)
    return [
        Stretch([row for _how, row in run], how) for how, run in groupby(marked, key=itemgetter(0))
    ]


def rows_between(rows: Sequence[ComparedRow], changes: Sequence[int]) -> Sequence[ComparedRow]:
    """Return the rows that a page with some of the changes shows, given by their indexes.

    It begins after the change before, so that pages put together are the comparison.
    """
    if not changes:
        return rows
    before = [row.index for row in rows[: changes[0]] if row.is_change]
    is_last = not any(row.is_change for row in rows[changes[-1] + 1 :])
    return rows[before[-1] + 1 if before else 0 : len(rows) if is_last else changes[-1] + 1]


def _how(rows: Sequence[ComparedRow], opened: int | None) -> list[How]:
    """Say of each row how it is shown; a single row is never folded."""
    how = [How.FOLDED] * len(rows)
    for at, row in enumerate(rows):
        if row.is_change:
            for near in range(max(0, at - CONTEXT), min(len(rows), at + CONTEXT + 1)):
                how[near] = How.SHOWN
    for at in range(len(rows) if How.SHOWN in how else 0):
        sides = how[max(0, at - 1) : at] + how[at + 1 : at + 2]
        if How.FOLDED not in sides:
            how[at] = How.SHOWN
    at = next((at for at, row in enumerate(rows) if row.index + 1 == opened), len(rows))
    for near in range(at, min(at + UNFOLDED, len(rows))):
        if how[near] is not How.FOLDED:
            break
        how[near] = How.OPENED
    return how
