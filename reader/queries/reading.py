"""The reader's page: an edition's blocks with the marks and threads its viewer may see."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet, Subquery

from reader import ready_made
from reader.models import Anchor, Annotation, Block, Document, Edition
from reader.policy import Viewer
from reader.queries import read_until, thread_parts
from reader.queries import threads as thread_queries
from reader.queries.block_views import BlockView, draw_marks, facts_of
from reader.queries.groups import Audience
from reader.queries.read_until import Seen
from reader.queries.sections import Section
from reader.queries.threads import PlacedRoots

MOST_NAMED = 900  # ids in one statement
MOST_REFS = 20  # blocks that are named as left: a page asks for no more


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
    besides: int = 0,
    *,
    with_threads: bool = True,
) -> list[BlockView]:
    """Return the named blocks only, drawn as on the reader's page.

    ``besides`` is the id of a root that is drawn whoever it was written for.
    """
    blocks = list(Block.objects.filter(edition=edition, ref__in=refs).order_by("position"))
    return _drawn(viewer, document, edition, blocks, among, besides, with_threads=with_threads)


def views_between(
    viewer: Viewer,
    document: Document,
    edition: Edition,
    ends: Sequence[str],
    among: Audience | None = None,
    besides: int = 0,
    *,
    with_threads: bool = True,
) -> list[BlockView]:
    """Return the blocks from the first to the last that ``ends`` names, as :func:`block_views`."""
    blocks = ready_made.rows("blocks between", _between, edition.pk, ends[0], ends[-1])
    return _drawn(viewer, document, edition, blocks, among, besides, with_threads=with_threads)


def _between(edition: int, first: str, last: str) -> QuerySet[Block]:
    blocks = Block.objects.filter(edition=edition)
    at = {ref: Subquery(blocks.filter(ref=ref).values("position")) for ref in (first, last)}
    return blocks.filter(position__range=(at[first], at[last])).order_by("position")


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
    besides: int = 0,
    *,
    with_threads: bool = True,
) -> list[BlockView]:
    views = _views(blocks, document, edition, among)
    if views and not edition.is_draft:  # of a draft, it is settled when it is published
        rows = _facts_across(viewer, edition, blocks, _shown(among, besides))
        seen = read_until.read_marks(viewer, document.pk)
        draw_marks(viewer, views, rows, seen, besides)
        if with_threads:
            place_threads(viewer, views, edition, seen)
    return views


def _views(
    blocks: Iterable[Block], document: Document, edition: Edition, among: Audience | None
) -> list[BlockView]:
    kept = among.pair if among else {}
    return [BlockView(block, document, past(document, edition), kept) for block in blocks]


def _shown(among: Audience | None, besides: int = 0) -> Q:
    condition = among.condition if among else Q()
    return condition | Q(pk=besides) if condition and besides else condition


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
        rows = _facts_across(viewer, edition, [views[at].block], _shown(among))
        draw_marks(viewer, [views[at]], rows, {})
    before = views[at - 1] if at > 0 else None
    after = views[at + 1] if at + 1 < len(views) else None
    return before, views[at], after


def placed_roots(viewer: Viewer, edition: Edition) -> PlacedRoots:
    """Return the roots that stand somewhere in the edition."""
    return thread_queries.roots(viewer, edition).filter(place_block__isnull=False)


def _facts_across(
    viewer: Viewer, edition: Edition, blocks: Sequence[Block], shown: Q
) -> Iterable[Any]:
    """Return the facts of the roots whose passage touches the blocks, which stand in reading order.

    The anchors are looked up first, by their blocks: what stands elsewhere costs nothing.
    """
    pks = ready_made.padded([block.pk for block in blocks])
    ends = (blocks[0].position, blocks[-1].position)
    found = ready_made.rows("touching", _named_touching, edition.pk, *ends, *pks)
    if not found:
        return []
    if len(found) > MOST_NAMED:
        touching = Q(pk__in=_touching(edition.pk, *ends, *pks))
        return facts_of(placed_roots(viewer, edition).filter(touching, shown))
    # By their ids: databases do not see by themselves that these are few.
    if shown:
        return facts_of(placed_roots(viewer, edition).filter(shown, pk__in=found))
    return _by_ids("facts", facts_of, viewer, edition, found)


def _named_touching(edition: int, first: int, last: int, *blocks: int) -> "QuerySet[Anchor, int]":
    rows = _touching(edition, first, last, *blocks)
    return rows.values_list("annotation", flat=True)[: MOST_NAMED + 1]


def _touching(edition: int, first: int, last: int, *blocks: int) -> "QuerySet[Anchor, Any]":
    anchors = Anchor.objects.filter(edition=edition).order_by()
    ends_there = anchors.filter(Q(first_block__in=blocks) | Q(last_block__in=blocks))
    goes_across = anchors.filter(
        ~Q(first_block=F("last_block")),
        first_block__position__lt=last,
        last_block__position__gt=first,
    )
    return ends_there.values("annotation").union(goes_across.values("annotation"))


def _by_ids(
    name: str,
    shape: Callable[[PlacedRoots], PlacedRoots],
    viewer: Viewer,
    edition: Edition,
    pks: Sequence[int],
) -> list[Any]:
    """Return the rows of :func:`placed_roots` with these ids; ``shape`` belongs to the name."""

    def make(who: int | None, of: int, document: int, *named: int) -> PlacedRoots:
        here = Edition(pk=of, document_id=document)
        return shape(placed_roots(ready_made.like(viewer, who), here).filter(pk__in=named))

    values = (viewer.pk, edition.pk, edition.document_id, *ready_made.padded(pks))
    return ready_made.rows(name, make, *values, kind=ready_made.kind_of(viewer))


def place_threads(
    viewer: Viewer,
    views: Sequence[BlockView],
    edition: Edition,
    seen: dict[str, Seen],
) -> None:
    """Give each block the threads that were chosen for it."""
    chosen = [pk for view in views for pk in view.first_threads]
    if not chosen:
        return
    rows = _by_ids("first threads", thread_parts.without, viewer, edition, chosen)
    thread_parts.fill_in(rows)
    threads = thread_queries.as_threads(viewer, rows, seen)
    by_pk = {thread.root.annotation.pk: thread for thread in threads}
    for view in views:
        view.threads = [by_pk[pk] for pk in view.first_threads if pk in by_pk]


def ends_of(annotation: Annotation, edition: Edition) -> tuple[str, str] | None:
    """Return the first and last block of a root's passage in the edition, if it stands there.

    The caller has found the root by policy.
    """
    found: list[tuple[str, str]] = ready_made.rows("ends", _ends, annotation.pk, edition.pk)
    return found[0] if found else None


def _ends(annotation: int, edition: int) -> "QuerySet[Anchor, tuple[str, str]]":
    placed = Anchor.objects.filter(
        annotation=annotation, edition=edition, first_block__isnull=False
    )
    return placed.order_by().values_list("first_block__ref", "last_block__ref")


def refs_of(annotation: Annotation, edition: Edition) -> list[str]:
    """Return the blocks that a root's passage touches in the edition, the first twenty.

    The caller has found the root by policy.
    """
    placed = Anchor.objects.filter(annotation=annotation, edition=edition)
    blocks = Block.objects.filter(
        edition=edition,
        position__gte=Subquery(placed.values("first_block__position")[:1]),
        position__lte=Subquery(placed.values("last_block__position")[:1]),
    )
    return list(blocks.order_by("position").values_list("ref", flat=True)[:MOST_REFS])
