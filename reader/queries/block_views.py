"""A block with its marks: where its text is marked, what is counted, which threads come first."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse

from reader.models import Block, Document, Edition, Motivation
from reader.policy import Viewer
from reader.queries import read_until
from reader.queries.read_until import Seen, Written
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

    pk: int
    motivation: str
    author: int | None
    body: str
    replies: int
    readable: bool
    created_at: datetime
    answered_pk: int | None
    answered_at: datetime

    @property
    def answered(self) -> Written | None:
        """The newest answer by others, if there is one."""
        return (self.answered_pk, self.answered_at) if self.answered_pk else None


FACTS = (
    "pk",
    "motivation",
    "author_id",
    "body",
    "reply_count",
    "readable",
    "created_at",
    "answered_pk",
    "answered_at",
)


@dataclass(slots=True)
class BlockView:
    """A block with everything drawn on and beside it.

    ``spans`` hold offsets within the block; a span's key is the index of its mark in ``marks``.
    ``past`` is the edition the block is of, where that is not the document's current one: its
    links then stay in that edition. ``kept`` is what else its links say of how it is read.
    ``first_threads`` are the ids of the roots that are shown beside it.
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
    first_threads: list[int] = field(default_factory=list)

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


def facts_of(roots: PlacedRoots) -> PlacedRoots:
    """Return what :func:`draw_marks` needs to know of roots, in their order."""
    order = ("place_position", "place_start", "created_at", "pk")
    rows = roots.prefetch_related(None).order_by(*order)
    placed = rows.annotate(place_until=F("here__last_block__position"))
    told: PlacedRoots = placed.values_list(
        "place_position", "place_start", "place_until", "place_end", *FACTS
    )
    return told


def draw_marks(
    viewer: Viewer,
    views: Sequence[BlockView],
    rows: Iterable[Any],
    seen: dict[str, Seen],
    besides: int = 0,
) -> None:
    """Give each block its spans and counts, and choose the threads that are shown beside it.

    ``rows`` are those of :func:`facts_of`. ``besides`` is the id of a root that is chosen wherever
    it stands in the order.
    """
    positions = [view.block.position for view in views]
    for begins, start, ends, end, *facts in rows:
        touched = views[bisect_left(positions, begins) : bisect_right(positions, ends)]
        if not touched:
            continue
        fact = Fact(*facts)
        mark = Mark(fact.motivation, is_mine=_is_mine(viewer, fact))
        if touched[0].block.position == begins:
            _count(touched[0], fact, seen, besides, is_mine=mark.is_mine)
        for view in touched:
            position = view.block.position
            until = end if position == ends else len(view.block.text)
            view.spans.append(Span(start if position == begins else 0, until, len(view.marks)))
            view.marks.append(mark)


def _is_mine(viewer: Viewer, fact: Fact) -> bool:
    return fact.author is not None and fact.author == viewer.pk


def _count(
    view: BlockView, fact: Fact, seen: dict[str, Seen], besides: int, *, is_mine: bool
) -> None:
    """Count a root at the block where it begins."""
    says_nothing = fact.motivation in BARE_MOTIVATIONS and not fact.body and not fact.replies
    is_bare = says_nothing and fact.readable
    view.highlights += is_bare
    view.thread_count += not is_bare
    if not is_bare and (len(view.first_threads) < THREADS_SHOWN or fact.pk == besides):
        view.first_threads.append(fact.pk)
    view.reply_count += fact.replies
    by_others = fact.readable and not is_mine and not is_bare
    view.unread += read_until.has_news(
        read_until.seen_until(seen, view.block.ref),
        (fact.pk, fact.created_at) if by_others else None,
        fact.answered,
    )
