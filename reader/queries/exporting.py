"""What an export holds: the text with the threads that the viewer may read, in batches.

Only the places of the threads are held all the time, a few numbers each; notes are read as they
are written out, with a constant number of queries for each batch. Every row is asked for anew
under the viewer's permissions. No cursor stays open between two batches: on SQLite it would hold
the connection to an old state, on which the progress could not be written down.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value, When

from reader import policy
from reader.models import Annotation, Block, Document, Edition, Motivation
from reader.policy import Viewer
from reader.queries import exported_notes
from reader.queries.threads import BARE
from reader.text import blocks as text_blocks
from reader.text.exporters import Format, Mark, Note, Section, Work

THREADS_AT_ONCE = 200
NOTES_AT_ONCE = 400
BLOCKS_AT_ONCE = 100
ROWS_AT_ONCE = 2_000
NOWHERE = -1
MOTIVATIONS = Motivation.values
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Layout:
    """The threads to be exported in the order of the text, one entry in each array for each.

    Places are positions of blocks and offsets in them; ``NOWHERE`` for what has none. ``number``
    is 0 for a bare highlight.
    """

    pk: "array[int]" = field(default_factory=lambda: array("q"))
    first: "array[int]" = field(default_factory=lambda: array("l"))
    start: "array[int]" = field(default_factory=lambda: array("l"))
    last: "array[int]" = field(default_factory=lambda: array("l"))
    end: "array[int]" = field(default_factory=lambda: array("l"))
    number: "array[int]" = field(default_factory=lambda: array("l"))
    motivation: "array[int]" = field(default_factory=lambda: array("b"))

    def __len__(self) -> int:
        return len(self.pk)


class Piece(NamedTuple):
    """A row of a thread as its order is found: ``at`` its depth, ``withheld`` or readable."""

    pk: int
    depth: int
    readable: bool


def work_of(document: Document, edition: Edition) -> Work:
    """Return what an export says about the document."""
    return Work(
        slug=document.slug,
        title=document.title,
        base_url=settings.SITE_URL,
        edition=edition.number,
        edition_name=str(edition),
        author=document.author,
        description=document.description,
        language=document.language,
        date=document.date,
        rights=document.rights,
        source_url=document.source_url,
    )


def layout(viewer: Viewer, edition: Edition, *, everything: bool = False) -> Layout:
    """Return which threads there are and where they stand in the edition.

    Args:
        viewer: who asks.
        edition: the text.
        everything: also threads that never had to do with this edition, at the end.
    """
    found = Layout()
    number = 0
    rows = _placed(viewer, edition, everything).iterator(chunk_size=ROWS_AT_ONCE)
    for pk, first, start, last, end, motivation, is_bare in rows:
        number += not is_bare
        found.pk.append(pk)
        found.first.append(NOWHERE if first is None else first)
        found.start.append(start or 0)
        found.last.append(NOWHERE if last is None else last)
        found.end.append(end or 0)
        found.number.append(0 if is_bare else number)
        found.motivation.append(MOTIVATIONS.index(motivation))
    return found


def stream(
    viewer: Viewer,
    edition: Edition,
    chosen: Format,
    placed: Layout,
    progress: Progress | None = None,
) -> Iterator[str]:
    """Yield the export in pieces.

    Args:
        viewer: who asks.
        edition: the text, with its document.
        chosen: the format.
        placed: the threads, from :func:`layout`.
        progress: told how many threads have been written, of how many.
    """
    work = work_of(edition.document, edition)
    yield from chosen.write(work, lambda: sections(viewer, edition, placed, progress))
    if progress:
        progress(len(placed), len(placed))


def _placed(viewer: Viewer, edition: Edition, everything: bool) -> "QuerySet[Any, Any]":
    visible = policy.annotations_visible_to(viewer)
    answers = Annotation.objects.filter(visible, root=OuterRef("pk"))
    rows = Annotation.objects.filter(
        policy.threads_visible_to(viewer), document_id=edition.document_id
    ).alias(here=FilteredRelation("anchors", condition=Q(anchors__edition=edition)))
    if not everything:
        rows = rows.filter(here__isnull=False)
    position = F("here__first_block__position")
    return (
        rows.annotate(
            is_bare=Case(When(BARE & visible & ~Exists(answers), Value(True)), default=False)
        )
        .order_by(position.asc(nulls_last=True), F("here__start").asc(), "created_at", "pk")
        .values_list(
            "pk",
            "here__first_block__position",
            "here__start",
            "here__last_block__position",
            "here__end",
            "motivation",
            "is_bare",
        )
    )


def sections(
    viewer: Viewer, edition: Edition, placed: Layout, progress: Progress | None = None
) -> Iterator[Section]:
    """Yield the edition's blocks with their threads, at the end those that stand nowhere in it.

    Args:
        viewer: who asks.
        edition: the text.
        placed: the threads, from :func:`layout`.
        progress: told how many threads have been read, of how many.
    """
    notes = _Notes(viewer, edition, placed, progress)
    at = 0
    begun: list[int] = []
    for block in _blocks(edition):
        first = at
        while at < len(placed) and placed.first[at] == block.position:
            at += 1
        begun = [index for index in begun if placed.last[index] >= block.position]
        begun.extend(range(first, at))
        marks = [_mark(placed, index, block) for index in begun]
        yield Section(_as_text(block), marks, notes.between(first, at))
    if at < len(placed):
        yield Section(None, (), notes.between(at, len(placed)))


def _blocks(edition: Edition) -> Iterator[Block]:
    position = -1
    while True:
        rows = Block.objects.filter(edition=edition, position__gt=position).order_by("position")
        batch = list(rows[:BLOCKS_AT_ONCE])
        yield from batch
        if len(batch) < BLOCKS_AT_ONCE:
            return
        position = batch[-1].position


def _mark(placed: Layout, index: int, block: Block) -> Mark:
    begins, ends = placed.first[index] == block.position, placed.last[index] == block.position
    return Mark(
        start=placed.start[index] if begins else 0,
        end=placed.end[index] if ends else len(block.text),
        number=placed.number[index],
        motivation=MOTIVATIONS[placed.motivation[index]],
        ends_here=ends,
    )


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


class _Notes:
    """Reads the threads' notes in batches that do not care where sections begin and end."""

    def __init__(
        self, viewer: Viewer, edition: Edition, placed: Layout, progress: Progress | None
    ) -> None:
        self._viewer, self._placed, self._progress = viewer, placed, progress
        self._loader = exported_notes.Loader(viewer)
        self._read = self._all()
        self._waiting: tuple[int, Note] | None = None

    def between(self, first: int, last: int) -> Iterator[Note]:
        """Yield the notes of the threads from one index up to another; what was skipped is lost."""
        while first < last:
            waiting = self._waiting or next(self._read, None)
            self._waiting = waiting
            if waiting is None or waiting[0] >= last:
                return
            self._waiting = None
            if waiting[0] >= first:
                yield waiting[1]

    def _all(self) -> Iterator[tuple[int, Note]]:
        placed = self._placed
        for first in range(0, len(placed), THREADS_AT_ONCE):
            if self._progress:
                self._progress(first, len(placed))
            pks = placed.pk[first : first + THREADS_AT_ONCE]
            indexes = {pk: first + offset for offset, pk in enumerate(pks)}
            ordered = [
                (indexes[root], piece)
                for root, pieces in _ordered(self._viewer, pks.tolist())
                for piece in pieces
            ]
            for begin in range(0, len(ordered), NOTES_AT_ONCE):
                chunk = ordered[begin : begin + NOTES_AT_ONCE]
                rows = self._loader.read([piece.pk for _index, piece in chunk])
                for index, piece in chunk:
                    if piece.pk in rows:
                        number = placed.number[index]
                        row = rows[piece.pk]
                        yield index, self._loader.note(row, piece.readable, piece.depth, number)


def _ordered(viewer: Viewer, roots: Sequence[int]) -> Iterator[tuple[int, list[Piece]]]:
    """Yield for each root itself and its replies depth first, oldest first on each level.

    A reply whose words are withheld keeps its place where a readable one hangs below it.
    """
    visible = policy.annotations_visible_to(viewer)
    rows = (
        Annotation.objects.filter(Q(pk__in=roots) | Q(root__in=roots))
        .annotate(readable=Case(When(visible, Value(True)), default=False))
        .order_by("created_at", "pk")
        .values_list("pk", "root_id", "parent_id", "readable")
    )
    threads: dict[int, list[tuple[int, int | None, bool]]] = defaultdict(list)
    for pk, root, parent, readable in rows:
        threads[root or pk].append((pk, parent, readable))
    for root in roots:
        yield root, _depth_first(root, threads[root])


def _depth_first(root: int, rows: Sequence[tuple[int, int | None, bool]]) -> list[Piece]:
    children: dict[int | None, list[int]] = defaultdict(list)
    parents = {pk: parent for pk, parent, _readable in rows}
    readable = {pk: is_readable for pk, _parent, is_readable in rows}
    needed: set[int] = set()
    for pk, parent, is_readable in rows:
        children[parent].append(pk)
        at: int | None = pk if is_readable else None
        while at is not None and at not in needed:
            needed.add(at)
            at = parents.get(at)
    pieces, stack = [], [(root, 0)] if root in needed else []
    while stack:
        pk, depth = stack.pop()
        pieces.append(Piece(pk, depth, readable[pk]))
        stack.extend((child, depth + 1) for child in reversed(children[pk]) if child in needed)
    return pieces
