"""What feeds tell: the newest annotations and decisions that others can read."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from reader import policy
from reader.models import Anchor, Annotation, Disposition, Document, Status, Tag, User, Visibility
from reader.policy import Viewer
from reader.queries.threads import BARE

NEWEST = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a feed tells: an annotation, or the decision on a thread.

    ``ref`` and ``number`` name the paragraph where the thread stands now, where it has a place.
    """

    annotation: Annotation
    decision: Disposition | None = None
    ref: str = ""
    number: int | None = None

    @property
    def at(self) -> datetime:
        """When it was written or decided."""
        return self.decision.decided_at if self.decision else self.annotation.created_at

    @property
    def updated(self) -> datetime:
        """When it was last changed."""
        return self.at if self.decision else self.annotation.edited_at or self.at


def told(viewer: Viewer) -> Q:
    """Return the condition for annotations that feeds tell the viewer: what others read too.

    What is private, waits or was taken down is for pages, which are asked for by a person.
    """
    shared = Q(status=Status.APPROVED) & ~Q(visibility=Visibility.PRIVATE)
    return policy.annotations_visible_to(viewer) & shared & ~BARE


def of_document(viewer: Viewer, document: Document) -> list[Entry]:
    """Return the newest of a document, with its decisions."""
    rows = Annotation.objects.filter(told(viewer), document=document)
    roots = Annotation.objects.filter(told(viewer), document=document, parent__isnull=True)
    return _entries(rows, Disposition.objects.filter(annotation__in=roots))


def of_paragraph(viewer: Viewer, document: Document, ref: str) -> list[Entry]:
    """Return the newest of the threads that begin in a block of the current edition."""
    here = Anchor.objects.filter(edition=document.current_edition_id, first_block__ref=ref)
    roots = here.values("annotation")
    rows = Annotation.objects.filter(told(viewer), document=document)
    return _entries(rows.filter(Q(pk__in=roots) | Q(root__in=roots)))


def of_thread(viewer: Viewer, root: Annotation) -> list[Entry]:
    """Return the newest of a thread, with the decisions on it. The caller found it by policy."""
    rows = Annotation.objects.filter(told(viewer)).filter(Q(pk=root.pk) | Q(root=root))
    return _entries(rows, Disposition.objects.filter(annotation=root))


def of_tag(viewer: Viewer, name: str) -> list[Entry]:
    """Return the newest with a tag.

    Raises:
        Tag.DoesNotExist: nothing that the viewer may read has it.
    """
    rows = Annotation.objects.filter(told(viewer), tags__name=name)
    entries = _entries(rows)
    if not entries:
        raise Tag.DoesNotExist
    return entries


def of_author(viewer: Viewer, author: User) -> list[Entry]:
    """Return the newest that somebody wrote."""
    return _entries(Annotation.objects.filter(told(viewer), author=author))


def _entries(
    rows: QuerySet[Annotation], decisions: QuerySet[Disposition] | None = None
) -> list[Entry]:
    """Return the newest of both as entries, newest first, in a constant number of queries."""
    newest = list(
        rows.select_related("author", "document", "root")
        .prefetch_related("tags")
        .order_by("-created_at", "-pk")[:NEWEST]
    )
    decided: list[Disposition] = []
    if decisions is not None:
        standing = decisions.filter(withdrawn_at__isnull=True).order_by("-decided_at", "-pk")
        decided = list(standing.select_related("annotation__document", "decided_by")[:NEWEST])
    roots = {row.root_id or row.pk for row in newest} | {row.annotation_id for row in decided}
    anchors = Anchor.objects.filter(
        annotation__in=roots, edition=F("annotation__document__current_edition")
    ).values_list("annotation_id", "first_block__ref", "first_block__number")
    places = {root: (ref or "", number) for root, ref, number in anchors}
    found = [Entry(row, None, *places.get(row.root_id or row.pk, ("", None))) for row in newest]
    found += [
        Entry(row.annotation, row, *places.get(row.annotation_id, ("", None))) for row in decided
    ]
    return sorted(found, key=lambda one: (one.at, one.annotation.pk), reverse=True)[:NEWEST]
