"""Documents, their editions and blocks as a viewer may read them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from reader import policy
from reader.models import Anchor, Annotation, Block, Document, Edition
from reader.policy import Viewer
from reader.queries.threads import BARE


@dataclass(frozen=True, slots=True)
class Bar:
    """One block in the density strip. ``height`` is the share of the busiest block, 0 to 1."""

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
    visible = Document.objects.filter(policy.documents_visible_to(viewer))
    found = visible.select_related("current_edition").defer("current_edition__text")
    return found.get(slug=slug)


def blocks_of(edition: Edition) -> list[Block]:
    """Return the edition's blocks in reading order."""
    return list(Block.objects.filter(edition=edition).order_by("position"))


def library(viewer: Viewer) -> QuerySet[Document]:
    """Return the documents the viewer may read that have a text, newest first."""
    return Document.objects.filter(
        policy.documents_visible_to(viewer), current_edition__isnull=False
    ).select_related("current_edition")


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
    replies = Annotation.objects.filter(
        policy.annotations_visible_to(viewer), root__isnull=False
    ).values("root_id")
    return Annotation.objects.filter(
        ~BARE | Q(pk__in=replies) | ~policy.annotations_visible_to(viewer),
        policy.threads_visible_to(viewer),
    )


def strips_of(viewer: Viewer, documents: Iterable[Document]) -> dict[int, list[Bar]]:
    """Return the density strip of each document's current edition, by document id."""
    editions = {doc.current_edition_id: doc.pk for doc in documents if doc.current_edition_id}
    counts = dict(
        Anchor.objects.filter(edition__in=editions, annotation__in=discussed_roots(viewer))
        .order_by()
        .values_list("first_block")
        .annotate(n=Count("pk"))
    )
    strips: dict[int, list[Bar]] = defaultdict(list)
    rows = Block.objects.filter(edition__in=editions).order_by("edition", "position")
    for pk, edition, ref, number in rows.values_list("pk", "edition_id", "ref", "number"):
        strips[editions[edition]].append(Bar(ref, number, counts.get(pk, 0), 0.0))
    return {pk: with_heights(bars) for pk, bars in strips.items()}


def with_heights(bars: Sequence[Bar]) -> list[Bar]:
    """Return the bars with heights relative to the busiest one."""
    busiest = max((bar.threads for bar in bars), default=0) or 1
    return [replace(bar, height=bar.threads / busiest) for bar in bars]
