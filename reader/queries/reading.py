"""The reader's page: an edition's blocks with the marks and threads its viewer may see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, Subquery
from django.urls import reverse

from reader.models import Block, Document, Edition, Motivation
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.documents import Bar, Life, blocks_of, with_heights
from reader.queries.groups import Audience
from reader.queries.threads import PlacedRoots, Thread
from reader.text.segments import Span

THREADS_SHOWN = 3
BARE_MOTIVATIONS = (Motivation.HIGHLIGHTING, Motivation.BOOKMARKING)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the reader's page knows of one annotation when it draws the text."""

    motivation: str
    is_mine: bool


@dataclass(slots=True)
class BlockView:
    """A block with everything drawn on and beside it.

    ``spans`` hold offsets within the block; a span's key is the index of its mark in ``marks``.
    ``past`` is the edition the block is of, where that is not the document's current one: its
    links then stay in that edition. ``kept`` is what else its links say of how it is read.
    """

    block: Block
    document: Document
    past: Edition | None = None
    kept: dict[str, str] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    thread_count: int = 0
    reply_count: int = 0
    highlights: int = 0
    unread: int = 0

    @property
    def more(self) -> int:
        """How many threads of the block are not shown beside it."""
        return self.thread_count - len(self.threads)

    @property
    def url(self) -> str:
        """The address of the block's own page."""
        return self.path + self.query

    @property
    def path(self) -> str:
        """The address of the block's own page in the current edition."""
        return reverse("paragraph", args=[self.document.slug, self.block.ref])

    @property
    def query(self) -> str:
        """What an address needs to stay in the edition of the block, and among what is shown."""
        pairs = {"edition": str(self.past.number)} if self.past else {}
        return f"?{urlencode(pairs | self.kept)}" if self.past or self.kept else ""


def past(document: Document, edition: Edition) -> Edition | None:
    """Return the edition where it is not the document's current one: it is only read then."""
    return edition if edition.pk != document.current_edition_id else None


def reading_page(
    viewer: Viewer, document: Document, edition: Edition, among: Audience | None = None
) -> list[BlockView]:
    """Return the edition's blocks, drawn for the viewer, in a constant number of queries.

    Args:
        viewer: who reads.
        document: what.
        edition: which edition of it.
        among: for whom what is shown was written; everything that the viewer may read by default.
    """
    views = _views(blocks_of(edition), document, edition, among)
    if edition.is_draft:
        return views  # what becomes of the annotations is settled when it is published
    roots = placed_roots(viewer, edition).filter(_shown(among))
    seen = thread_queries.read_marks(viewer, document.pk)
    draw_marks(viewer, views, roots, seen)
    place_threads(viewer, views, roots, seen)
    return views


def _views(
    blocks: Iterable[Block], document: Document, edition: Edition, among: Audience | None
) -> list[BlockView]:
    kept = among.pair if among else {}
    return [BlockView(block, document, past(document, edition), kept) for block in blocks]


def _shown(among: Audience | None, besides: str = "") -> Q:
    condition = among.condition if among else Q()
    return condition | Q(uid=besides) if condition and besides else condition


def block_views(
    viewer: Viewer,
    document: Document,
    edition: Edition,
    refs: Sequence[str],
    among: Audience | None = None,
    besides: str = "",
) -> list[BlockView]:
    """Return the named blocks only, drawn as on the reader's page.

    ``besides`` is the uid of a root that is drawn whoever it was written for.
    """
    blocks = list(Block.objects.filter(edition=edition, ref__in=refs).order_by("position"))
    views = _views(blocks, document, edition, among)
    if views and not edition.is_draft:
        roots = _roots_across(viewer, edition, blocks).filter(_shown(among, besides))
        seen = thread_queries.read_marks(viewer, document.pk)
        draw_marks(viewer, views, roots, seen)
        place_threads(viewer, views, roots.filter(here__first_block__in=blocks), seen)
    return views


def neighbourhood(
    viewer: Viewer,
    document: Document,
    edition: Edition,
    ref: str,
    among: Audience | None = None,
) -> tuple[BlockView | None, BlockView, BlockView | None]:
    """Return the block with its marks, and the blocks before and after it without theirs.

    Raises:
        Block.DoesNotExist: the edition has no such block.
    """
    here = Block.objects.filter(edition=edition, ref=ref).values("position")
    around = Block.objects.filter(
        edition=edition,
        position__gte=Subquery(here) - 1,
        position__lte=Subquery(here) + 1,
    ).order_by("position")
    views = _views(around, document, edition, among)
    at = next((index for index, view in enumerate(views) if view.block.ref == ref), None)
    if at is None:
        raise Block.DoesNotExist
    if not edition.is_draft:
        roots = _roots_across(viewer, edition, [views[at].block]).filter(_shown(among))
        draw_marks(viewer, [views[at]], roots, {})
    before = views[at - 1] if at > 0 else None
    after = views[at + 1] if at + 1 < len(views) else None
    return before, views[at], after


def placed_roots(viewer: Viewer, edition: Edition) -> PlacedRoots:
    """Return the roots that stand somewhere in the edition."""
    return thread_queries.roots(viewer, edition).filter(place_block__isnull=False)


def _roots_across(viewer: Viewer, edition: Edition, blocks: Sequence[Block]) -> PlacedRoots:
    """Return the roots whose passage touches the blocks, which stand in reading order."""
    return thread_queries.roots(viewer, edition).filter(
        here__first_block__position__lte=blocks[-1].position,
        here__last_block__position__gte=blocks[0].position,
    )


def life_of(views: Sequence[BlockView]) -> Life:
    """Return the counts of the blocks drawn; how many people wrote, drawing does not tell."""
    roots = sum(view.thread_count + view.highlights for view in views)
    return Life(annotations=roots, replies=sum(view.reply_count for view in views))


def bars_of(views: Sequence[BlockView]) -> list[Bar]:
    """Return the density strip of the blocks."""
    return with_heights([Bar(v.block.ref, v.block.number, v.thread_count, 0.0) for v in views])


def draw_marks(
    viewer: Viewer,
    views: Sequence[BlockView],
    roots: PlacedRoots,
    seen: dict[str, datetime],
) -> None:
    """Give each block its spans and counts. One query, whatever the number of annotations."""
    order = {view.block.pk: index for index, view in enumerate(views)}
    by_ref = {view.block.ref: index for index, view in enumerate(views)}
    first_position = views[0].block.position if views else 0
    rows = roots.prefetch_related(None).order_by("place_position", "place_start", "pk")
    for row in rows.values_list(
        "place_block",
        "place_start",
        "place_last",
        "place_end",
        "motivation",
        "author_id",
        "body",
        "reply_count",
        "readable",
        "place_position",
        "created_at",
        "answered_at",
    ):
        block, start, last_ref, end, motivation, author_id, body, replies, readable, at = row[:10]
        first = order.get(block, 0 if at < first_position else len(views))
        last = by_ref.get(last_ref, len(views) - 1)
        if block in order:
            is_bare = motivation in BARE_MOTIVATIONS and not body and not replies and readable
            views[first].highlights += is_bare
            views[first].thread_count += not is_bare
            views[first].reply_count += replies
            is_mine = author_id == viewer.pk
            until = thread_queries.seen_until(seen, views[first].block.ref)
            views[first].unread += thread_queries.has_news(
                until, None if is_mine or not readable or is_bare else row[10], row[11]
            )
        mark = Mark(motivation, is_mine=author_id is not None and author_id == viewer.pk)
        for index in range(first, last + 1):
            view = views[index]
            length = len(view.block.text)
            begins = start if view.block.pk == block else 0
            ends = end if view.block.ref == last_ref else length
            view.spans.append(Span(begins, ends, len(view.marks)))
            view.marks.append(mark)


def place_threads(
    viewer: Viewer,
    views: Sequence[BlockView],
    roots: PlacedRoots,
    seen: dict[str, datetime],
) -> None:
    """Give each block its first few threads."""
    if not views:
        return
    discussed = thread_queries.discussed(roots)
    rows = thread_queries.first_per_block(discussed, THREADS_SHOWN)
    shown: dict[str, list[Thread]] = defaultdict(list)
    for thread in thread_queries.as_threads(viewer, rows, seen):
        if thread.place is not None:
            shown[thread.place.first_ref].append(thread)
    for view in views:
        view.threads = shown[view.block.ref]
