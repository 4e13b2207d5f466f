"""What ``is:`` and ``in:`` ask for, as conditions on annotations."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Anchor, Annotation, Block, Disposition, Document, Motivation, Visibility
from reader.policy import Viewer
from reader.queries.contested import CONTESTED, contested_roots
from reader.queries.threads import BARE
from reader.text.search_query import SearchQuery

Spread = tuple[Subquery, Subquery]
FEW = 2_000  # so many are looked up one by one

NARROW = frozenset({"decided", "contested"})
"""States that few annotations are in, and that the database finds by an index."""


def places(document: Document | None, query: SearchQuery) -> list[Spread]:
    """Return where the places that the query names begin and end in the document's text."""
    if document is None:
        return []
    blocks = Block.objects.filter(edition=document.current_edition_id or 0)
    return [
        (
            Subquery(blocks.filter(ref=first).values("position")),
            Subquery(blocks.filter(ref=last).values("position")),
        )
        for first, last in query.places
    ]


def of_blocks(within: Sequence[Spread]) -> Q:
    """Return the condition for blocks that stand in one of the places; all where none is named."""
    condition = Q()
    for first, last in within:
        condition |= Q(position__gte=first, position__lte=last)
    return condition


def of_annotations(
    viewer: Viewer,
    query: SearchQuery,
    document: Document | None,
    within: Sequence[Spread],
    *,
    is_narrow: bool = False,
) -> Q:
    """Return the condition for annotations that are in all the states and in one of the places.

    It is written to be asked of few annotations or, with ``is_narrow``, to find them among all.
    """
    condition = Q()
    if query.places and document is not None:
        condition &= _standing_in(document, within)
    for state in sorted(query.states):
        condition &= _in_state(viewer, state, document, is_narrow=is_narrow)
    return condition


def _standing_in(document: Document, within: Sequence[Spread]) -> Q:
    meeting = Q(pk__in=[])
    for first, last in within:
        meeting |= Q(first_block__position__lte=last, last_block__position__gte=first)
    anchors = Anchor.objects.filter(meeting, edition=document.current_edition_id or 0)
    roots = anchors.values("annotation_id")
    return Q(pk__in=roots) | Q(root__in=roots)


def are_many_decided(document: Document | None) -> bool:
    """Whether more than :data:`FEW` threads have a decision, there or everywhere."""
    return len(_standing(document)[: FEW + 1]) > FEW


def _in_state(viewer: Viewer, state: str, document: Document | None, *, is_narrow: bool) -> Q:
    if state == "contested":
        return _contested()
    if state == "decided" and is_narrow:
        standing = _standing(document)
        return Q(pk__in=standing) | Q(root__in=standing)
    conditions = {
        "decided": Q(_decided()),
        "undecided": ~Q(_decided()) & ~Q(visibility=Visibility.PRIVATE) & ~BARE,
        "question": Q(motivation=Motivation.QUESTIONING),
        "unanswered": Q(motivation=Motivation.QUESTIONING) & ~Q(_decided()) & ~Q(_answered(viewer)),
        "mine": Q(author_id=viewer.pk or 0),
    }
    return conditions[state]


def _decided() -> Exists:
    thread = Coalesce(OuterRef("root_id"), OuterRef("pk"))
    return Exists(Disposition.objects.filter(annotation_id=thread, withdrawn_at__isnull=True))


def _standing(document: Document | None) -> "QuerySet[Disposition, int]":
    standing = Disposition.objects.filter(withdrawn_at__isnull=True).order_by()
    if document is not None:
        standing = standing.filter(annotation__document=document)
    return standing.values_list("annotation_id", flat=True)


def _contested() -> Q:
    """Return the condition for annotations in contested threads, which are looked up first.

    All documents are named because the index of disputed annotations begins with the document.
    """
    everywhere = Document.objects.order_by().values("pk")
    rows = Annotation.objects.filter(CONTESTED, document__in=everywhere, deleted_at__isnull=True)
    rows = rows.order_by()
    few = set(rows.values_list(Coalesce("root_id", "pk"), flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return Q(pk__in=few) | Q(root__in=few)
    threads = Annotation.objects.filter(contested_roots(), parent__isnull=True).values("pk")
    return Q(pk__in=threads) | Q(root__in=threads)


def _answered(viewer: Viewer) -> Exists:
    """Return whether somebody else than its author has answered what the viewer may read."""
    replies = Annotation.objects.filter(policy.annotations_visible_to(viewer), root=OuterRef("pk"))
    return Exists(replies.exclude(author__isnull=False, author=OuterRef("author")))
