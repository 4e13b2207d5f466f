"""Threads whose passage is no longer in an edition, as a viewer may see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Case, Q, Value, When

from reader.models import Anchor, Edition
from reader.policy import Viewer
from reader.queries import read_until
from reader.queries import threads as thread_queries
from reader.queries.read_until import Seen
from reader.queries.threads import PlacedRoots, Thread
from reader.text.anchoring import Verdict

COUNTED = (
    "pk",
    "uid",
    "is_bare",
    "reply_count",
    "readable",
    "author_id",
    "created_at",
    "answered_pk",
    "answered_at",
)


@dataclass(frozen=True, slots=True)
class LastPlace:
    """The latest earlier edition in which a passage stood, and the paragraph it began in."""

    edition: Edition
    ref: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Orphan:
    """A thread without a place in the edition shown, and where it last had one."""

    thread: Thread
    stood: LastPlace | None


@dataclass(frozen=True, slots=True)
class Orphans:
    """What has no place in an edition: some of the threads, and how many of what there are."""

    shown: Sequence[Orphan] = field(default_factory=tuple)
    threads: int = 0
    highlights: int = 0
    replies: int = 0
    unread: int = 0

    @property
    def more(self) -> int:
        """How many threads are not among those shown."""
        return max(0, self.threads - len(self.shown))


def orphaned_roots(viewer: Viewer, edition: Edition) -> PlacedRoots:
    """Return the roots that have something to show the viewer and no place in the edition."""
    rows = thread_queries.roots(viewer, edition).filter(place_verdict=Verdict.ORPHANED)
    return rows.order_by("edition__number", "start", "created_at", "pk")


def orphans_of(
    viewer: Viewer,
    edition: Edition,
    *,
    first: int = 0,
    limit: int = 10,
    opened: str = "",
    among: Q | None = None,
) -> Orphans:
    """Return the orphans of a published edition: ``limit`` threads from the ``first`` on.

    The thread named ``opened`` comes first, with its replies, wherever it stands in the order.
    ``among`` leaves some out. A draft has no orphans yet.
    One query where there is none, and a constant number otherwise.
    """
    if edition.is_draft:
        return Orphans()
    rows = orphaned_roots(viewer, edition).filter(among or Q())
    is_bare = Case(When(thread_queries.BARE, Value(True)), default=False)
    plain = list(rows.prefetch_related(None).annotate(is_bare=is_bare).values_list(*COUNTED))
    if not plain:
        return Orphans()
    marks = read_until.read_marks(viewer, edition.document_id)
    counted, discussed = _count(viewer, plain, marks)
    chosen = discussed[first : first + limit]
    chosen += [row[0] for row in plain if row[1] == opened and row[0] not in chosen]
    return replace(
        counted, shown=_shown(viewer, edition, rows.filter(pk__in=chosen), marks, opened)
    )


def highlights_of(viewer: Viewer, edition: Edition, limit: int) -> list[Orphan]:
    """Return mere highlights and bookmarks that have no place in the edition."""
    rows = orphaned_roots(viewer, edition).filter(thread_queries.BARE, reply_count=0, readable=True)
    return _shown(viewer, edition, rows[:limit], {})


def _count(
    viewer: Viewer, rows: Sequence[tuple[Any, ...]], marks: dict[str, Seen]
) -> tuple[Orphans, list[int]]:
    """Return the numbers, and the ids of the discussed ones in order."""
    seen = read_until.seen_until(marks, "")
    discussed: list[int] = []
    highlights = replies = unread = 0
    for pk, _uid, is_bare, answers, readable, author_id, made_at, *answered in rows:
        if is_bare and not answers and readable:
            highlights += 1
            continue
        discussed.append(pk)
        replies += answers
        by_others = readable and author_id != viewer.pk
        unread += read_until.has_news(
            seen,
            (pk, made_at) if by_others else None,
            (answered[0], answered[1]) if answered[0] else None,
        )
    return Orphans((), len(discussed), highlights, replies, unread), discussed


def _shown(
    viewer: Viewer,
    edition: Edition,
    rows: PlacedRoots,
    marks: dict[str, Seen],
    opened: str = "",
) -> list[Orphan]:
    """Return the rows as orphans; the one that is opened comes first and whole."""
    threads = thread_queries.as_threads(viewer, rows, marks)
    asked = [thread for thread in threads if thread.root.annotation.uid == opened]
    whole = thread_queries.with_replies(viewer, asked, marks) if asked else []
    others = [thread for thread in threads if thread not in asked]
    stood = last_places(edition, [thread.root.annotation.pk for thread in threads])
    return [Orphan(one, stood.get(one.root.annotation.pk)) for one in [*whole, *others]]


def last_places(edition: Edition, annotations: Collection[int]) -> dict[int, LastPlace]:
    """Return where roots last stood before the edition, by id.

    The caller has found them by policy.
    """
    rows = (
        Anchor.objects.filter(
            annotation__in=annotations,
            first_block__isnull=False,
            edition__document=edition.document_id,
            edition__number__lt=edition.number,
            edition__published_at__isnull=False,
        )
        .select_related("edition", "first_block")
        .defer("edition__text", "first_block__text", "first_block__inline")
        .order_by("edition__number")
    )
    places: dict[int, LastPlace] = {}
    for row in rows:
        if row.first_block is not None:
            block = row.first_block
            places[row.annotation_id] = LastPlace(row.edition, block.ref, block.number)
    return places
