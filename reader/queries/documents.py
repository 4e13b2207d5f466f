"""Documents, their editions and blocks as a viewer may read them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from reader import policy, ready_made
from reader.models import Annotation, Block, Document, Edition
from reader.policy import Viewer
from reader.queries.threads import BARE

MOST_BARS = 100  # of a strip in the library


@dataclass(frozen=True, slots=True)
class Bar:
    """One block in a density strip, or several in a row, which have no ``ref`` and ``number``.

    ``height`` is the share of the busiest one, 0 to 1.
    """

    ref: str
    number: int | None
    threads: int
    height: float


@dataclass(frozen=True, slots=True)
class Life:
    """A document's discussion at a glance, counted as the viewer may see it."""

    annotations: int = 0
    replies: int = 0
    people: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """A document as the library lists it."""

    document: Document
    life: Life
    bars: Sequence[Bar] = field(default_factory=tuple)


def find_document(viewer: Viewer, slug: str) -> Document:
    """Return the document with its current edition.

    Raises:
        Document.DoesNotExist: there is none that the viewer may read.
    """

    def make(who: int | None, named: str) -> QuerySet[Document]:
        may_read = policy.documents_visible_to(ready_made.like(viewer, who))
        visible = Document.objects.filter(may_read, slug=named)
        return visible.select_related("current_edition").defer("current_edition__text")

    kind = ready_made.kind_of(viewer)
    found: list[Document] = ready_made.rows("document", make, viewer.pk, slug, kind=kind)
    if not found:
        raise Document.DoesNotExist
    return found[0]


def blocks_of(edition: Edition) -> list[Block]:
    """Return the edition's blocks in reading order."""
    return list(Block.objects.filter(edition=edition).order_by("position"))


def library(viewer: Viewer) -> QuerySet[Document]:
    """Return the documents the viewer may read that have a text, newest first."""
    return Document.objects.filter(
        policy.documents_visible_to(viewer), current_edition__isnull=False
    )


def with_life(viewer: Viewer, documents: Sequence[Document]) -> list[LibraryEntry]:
    """Return the documents with their life, in a constant number of queries."""
    lives = lives_of(viewer, documents)
    strips = strips_of(viewer, documents)
    return [
        LibraryEntry(document, lives.get(document.pk, Life()), strips.get(document.pk, ()))
        for document in documents
    ]


def lives_of(viewer: Viewer, documents: Iterable[Document]) -> dict[int, Life]:
    """Return counts per document id: annotations of the text, replies, people, latest."""
    rows = (
        Annotation.objects.filter(policy.annotations_visible_to(viewer), document__in=documents)
        .order_by()
        .values("document_id")
        .annotate(
            root_count=Count("pk", filter=Q(parent__isnull=True)),
            reply_count=Count("pk", filter=Q(parent__isnull=False)),
            people=Count("author", distinct=True),
            last_at=Max("created_at"),
        )
        .values_list("document_id", "root_count", "reply_count", "people", "last_at")
    )
    return {pk: Life(*counts) for pk, *counts in rows}


def discussed_roots(viewer: Viewer) -> QuerySet[Annotation]:
    """Return the roots that show the viewer more than a mere highlight: what counts as a thread."""
    replies = Annotation.objects.filter(policy.annotations_visible_to(viewer), root=OuterRef("pk"))
    return Annotation.objects.filter(
        ~BARE | Exists(replies) | ~policy.annotations_visible_to(viewer),
        policy.threads_visible_to(viewer),
    )


def strips_of(viewer: Viewer, documents: Sequence[Document]) -> dict[int, list[Bar]]:
    """Return the density strip of each document's current edition, by document id.

    A long text has :data:`MOST_BARS` bars or fewer, each for as many blocks in a row.
    """
    editions = {doc.current_edition_id: doc.pk for doc in documents if doc.current_edition_id}
    lengths = _lengths(editions)
    steps = {pk: -(-length // MOST_BARS) for pk, length in lengths.items()}
    position = F("anchors__first_block__position")
    merged = [
        When(anchors__edition=pk, then=position / Value(step))
        for pk, step in steps.items()
        if step > 1
    ]
    place = Case(*merged, default=position, output_field=IntegerField()) if merged else position
    roots = discussed_roots(viewer).filter(
        document__in=documents, anchors__edition__in=editions, anchors__first_block__isnull=False
    )
    rows = roots.order_by().values(edition_of=F("anchors__edition"), place=place)
    counts = {(row["edition_of"], row["place"]): row["n"] for row in rows.annotate(n=Count("pk"))}
    return {
        editions[pk]: with_heights(
            Bar("", None, counts.get((pk, place), 0), 0.0)
            for place in range(-(-lengths[pk] // step))
        )
        for pk, step in steps.items()
    }


def _lengths(editions: Iterable[int]) -> dict[int, int]:
    """Return how many blocks each edition has that has any, without going through them."""
    last = Block.objects.filter(edition=OuterRef("pk")).order_by("-position").values("position")
    rows = Edition.objects.filter(pk__in=editions).order_by()
    found = rows.values_list("pk", Subquery(last[:1]))
    return {pk: position + 1 for pk, position in found if position is not None}


def with_heights(bars: Iterable[Bar]) -> list[Bar]:
    """Return the bars with heights relative to the busiest one."""
    bars = list(bars)
    busiest = max((bar.threads for bar in bars), default=0) or 1
    return [replace(bar, height=bar.threads / busiest) for bar in bars]
