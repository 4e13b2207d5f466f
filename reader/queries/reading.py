"""The reader's page: an edition's blocks with the marks and threads its viewer may see."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import F, Q, Subquery
from django.urls import reverse

from reader.models import Anchor, Block, Document, Edition, Motivation
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.groups import Audience
from reader.queries.sections import Section
from reader.queries.threads import PlacedRoots, Thread
from reader.text.segments import Span

THREADS_SHOWN = 3
BARE_MOTIVATIONS = (Motivation.HIGHLIGHTING, Motivation.BOOKMARKING)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the reader's page knows of one annotation when it draws the text."""

    motivation: str
    is_mine: bool


class Fact(NamedTuple):
    """What is counted of a root; the columns are :data:`FACTS`."""

    motivation: str
    author: int | None
    body: str
    replies: int
    readable: bool
    created_at: datetime
    answered_at: datetime | None


FACTS = (
    "motivation",
    "author_id",
    "body",
    "reply_count",
    "readable",
    "created_at",
    "answered_at",
)


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
    viewer: Viewer,
    document: Document,
    edition: Edition,
    among: Audience | None = None,
    section: Section | None = None,
) -> list[BlockView]:
    """Return blocks of an edition, drawn for the viewer, in a constant number of queries.

    Args:
        viewer: who reads.
        document: what.
        edition: which edition of it.
        among: for whom what is shown was written; everything that the viewer may read by default.
        section: which part of a book; all of the edition by default.
    """
    blocks = Block.objects.filter(edition=edition).order_by("position")
    if section is not None:
        blocks = blocks.filter(position__range=(section.first, section.last))
    return _drawn(viewer, document, edition, list(blocks), among)


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
    blocks = Block.objects.filter(edition=edition, ref__in=refs).order_by("position")
    return _drawn(viewer, document, edition, list(blocks), among, besides)


def blocks_at(
    viewer: Viewer, document: Document, edition: Edition, positions: Collection[int]
) -> list[BlockView]:
    """Return the blocks at these positions, drawn with everything that the viewer may read."""
    blocks = Block.objects.filter(edition=edition, position__in=positions).order_by("position")
    return _drawn(viewer, document, edition, list(blocks), None)


def _drawn(
    viewer: Viewer,
    document: Document,
    edition: Edition,
    blocks: Sequence[Block],
    among: Audience | None,
    besides: str = "",
) -> list[BlockView]:
    views = _views(blocks, document, edition, among)
    if views and not edition.is_draft:  # of a draft, it is settled when it is published
        roots = _roots_across(viewer, edition, blocks).filter(_shown(among, besides))
        seen = thread_queries.read_marks(viewer, document.pk)
        draw_marks(viewer, views, roots, seen)
        place_threads(viewer, views, roots.filter(here__first_block__in=blocks), seen)
    return views


def _views(
    blocks: Iterable[Block], document: Document, edition: Edition, among: Audience | None
) -> list[BlockView]:
    kept = among.pair if among else {}
    return [BlockView(block, document, past(document, edition), kept) for block in blocks]


def _shown(among: Audience | None, besides: str = "") -> Q:
    condition = among.condition if among else Q()
    return condition | Q(uid=besides) if condition and besides else condition


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
    """Return the roots whose passage touches the blocks, which stand in reading order.

    The anchors are looked up first, by their blocks: what stands elsewhere costs nothing.
    """
    pks = [block.pk for block in blocks]
    anchors = Anchor.objects.filter(edition=edition).order_by()
    ends_there = anchors.filter(Q(first_block__in=pks) | Q(last_block__in=pks))
    goes_across = anchors.filter(
        ~Q(first_block=F("last_block")),
        first_block__position__lt=blocks[-1].position,
        last_block__position__gt=blocks[0].position,
    )
    touching = Q(pk__in=ends_there.values("annotation")) | Q(
        pk__in=goes_across.values("annotation")
    )
    return placed_roots(viewer, edition).filter(touching)


def draw_marks(
    viewer: Viewer,
    views: Sequence[BlockView],
    roots: PlacedRoots,
    seen: dict[str, datetime],
) -> None:
    """Give each block its spans and counts. One query, whatever the number of annotations."""
    positions = [view.block.position for view in views]
    rows = roots.prefetch_related(None).order_by("place_position", "place_start", "pk")
    placed = rows.annotate(place_until=F("here__last_block__position"))
    for begins, start, ends, end, *facts in placed.values_list(
        "place_position", "place_start", "place_until", "place_end", *FACTS
    ):
        touched = views[bisect_left(positions, begins) : bisect_right(positions, ends)]
        if not touched:
            continue
        fact = Fact(*facts)
        mark = Mark(fact.motivation, is_mine=_is_mine(viewer, fact))
        if touched[0].block.position == begins:
            _count(touched[0], fact, seen, is_mine=mark.is_mine)
        for view in touched:
            position = view.block.position
            until = end if position == ends else len(view.block.text)
            view.spans.append(Span(start if position == begins else 0, until, len(view.marks)))
            view.marks.append(mark)


def _is_mine(viewer: Viewer, fact: Fact) -> bool:
    return fact.author is not None and fact.author == viewer.pk


def _count(view: BlockView, fact: Fact, seen: dict[str, datetime], *, is_mine: bool) -> None:
    """Count a root at the block where it begins."""
    says_nothing = fact.motivation in BARE_MOTIVATIONS and not fact.body and not fact.replies
    is_bare = says_nothing and fact.readable
    view.highlights += is_bare
    view.thread_count += not is_bare
    view.reply_count += fact.replies
    by_others = fact.readable and not is_mine and not is_bare
    view.unread += thread_queries.has_news(
        thread_queries.seen_until(seen, view.block.ref),
        fact.created_at if by_others else None,
        fact.answered_at,
    )


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
