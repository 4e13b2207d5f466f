"""What a reviewer needs to know of one thread, or of a few, in order to decide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Abs

from reader import policy
from reader.models import Anchor, Annotation, Disposition, Document, Edition
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.dispositions import TWIN_SHOWN
from reader.queries.threads import Note, Thread

NEARBY = 8
MOST_WRITTEN = 20


@dataclass(frozen=True, slots=True)
class Happened:
    """What became of a thread since a reviewer saw it.

    ``decisions`` are newer than what was seen, newest first; ``reopened`` is the decision that was
    seen, where it was taken back; ``written`` are the words that came since. With none of them
    there, words that were seen have been changed.
    """

    standing: Disposition | None = None
    decisions: Sequence[Disposition] = field(default_factory=tuple)
    reopened: Disposition | None = None
    written: Sequence[Annotation] = field(default_factory=tuple)

    @property
    def is_reworded(self) -> bool:
        """Whether nothing was added: somebody has changed or deleted words."""
        return not (self.decisions or self.reopened or self.written)


def find_root(viewer: Viewer, uid: str) -> tuple[Annotation, bool]:
    """Return the root of a thread under review with its document, and whether they review that.

    Raises:
        Annotation.DoesNotExist: there is none for this viewer.
    """
    reviewed = Document.objects.filter(
        policy.documents_reviewed_by(viewer), pk=OuterRef("document_id")
    )
    rows = Annotation.objects.filter(policy.threads_under_review(viewer))
    rows = rows.annotate(is_reviewed=Exists(reviewed))
    found: Any = rows.select_related("document__current_edition").get(uid=uid)
    return found, found.is_reviewed


def find_roots(viewer: Viewer, document: Document, uids: Collection[str]) -> list[Note]:
    """Return those of the named threads of the document that the viewer sees at the desk.

    In the order of their uids; words that the viewer may not read are blanked.
    """
    rows = Annotation.objects.filter(
        policy.threads_under_review(viewer), document=document, uid__in=uids
    ).annotate(
        readable=Case(When(policy.annotations_visible_to(viewer), Value(True)), default=False)
    )
    found = {row.uid: row for row in rows.select_related("author", "group")}
    return [thread_queries.as_note(viewer, found[uid]) for uid in uids if uid in found]


def read_thread(viewer: Viewer, root: Annotation) -> Thread:
    """Return a thread to be read before it is decided, in two queries.

    The decision that stands is not in it: the form says it. The caller has found the root by
    policy.
    """
    readable = Case(When(policy.annotations_visible_to(viewer), Value(True)), default=False)
    rows = (
        Annotation.objects.filter(Q(pk=root.pk) | Q(root=root))
        .annotate(readable=readable)
        .select_related("author")
        .prefetch_related("tags")
        .order_by("created_at", "pk")
    )
    found = list(rows)
    first = next(row for row in found if row.pk == root.pk)
    replies = thread_queries.in_reading_order(viewer, first, found)
    note = thread_queries.as_note(viewer, first)
    return Thread(note, None, len(replies), found[-1].created_at, replies=replies)


def nearby(viewer: Viewer, root: Annotation) -> list[Annotation]:
    """Return threads whose passages are nearest, which this one may be a duplicate of."""
    edition = root.document.current_edition_id
    block = "first_block__position"
    at = Anchor.objects.filter(annotation=root, edition=edition).values(block)
    rows = (
        Annotation.objects.filter(
            policy.annotations_visible_to(viewer) & policy.threads_under_review(viewer),
            document=root.document_id,
        )
        .alias(here=FilteredRelation("anchors", condition=Q(anchors__edition=edition)))
        .filter(here__first_block__position__gte=Subquery(at) - 1)
        .filter(here__first_block__position__lte=Subquery(at) + 1)
        .exclude(pk=root.pk)
        .exclude(Q(body="", replacement__isnull=True))
        .exclude(pk__in=_duplicates(root.document))
        .annotate(apart=Abs(F("here__first_block__position") - Subquery(at)))
        .select_related("author")
    )
    return list(rows.order_by("apart", "here__start", "pk")[:NEARBY])


def _duplicates(document: Document) -> "QuerySet[Disposition, int]":
    rows = Disposition.objects.filter(
        annotation__document=document,
        outcome=Disposition.Outcome.DUPLICATE,
        withdrawn_at__isnull=True,
    )
    return rows.values_list("annotation_id", flat=True)


def editions_to_name(document: Document) -> QuerySet[Edition]:
    """Return the editions that can be named as having addressed a thread, newest first."""
    published = document.editions.filter(published_at__isnull=False)
    return published.defer("text").order_by("-number")


def decisions_on(root: Annotation) -> QuerySet[Disposition]:
    """Return all decisions on a thread, newest first. The caller has found the root by policy."""
    rows = Disposition.objects.filter(annotation=root).annotate(shows_twin=TWIN_SHOWN)
    rows = rows.order_by("-decided_at", "-pk")
    return rows.select_related(
        "decided_by", "withdrawn_by", "addressed_in", "duplicate_of", "annotation"
    ).defer("addressed_in__text")


def standing_on(root: Annotation) -> Disposition | None:
    """Return the decision that stands on a thread, with the names that are shown with it."""
    return decisions_on(root).filter(withdrawn_at=None).first()


def happened_since(viewer: Viewer, root: Annotation, seen: str) -> Happened:
    """Return what became of the thread since the state that a reviewer saw.

    ``seen`` is a token of :func:`reader.queries.dispositions.thread_states`; one that is not
    understood stands for having seen all but the decision that stands.
    """
    words, _dash, decided = seen.rpartition("-")
    latest = [*words.split("."), "", ""][1]
    decisions = list(decisions_on(root))
    standing = next((row for row in decisions if row.withdrawn_at is None), None)
    if not decided.isdecimal():
        return Happened(standing, [standing] if standing else [])
    known = int(decided)
    # Where none stood, an older one that was taken back is no news; the one that stands is.
    newer = [row for row in decisions if row.pk > known and (known or row == standing)]
    reopened = next((row for row in decisions if row.pk == known and row.withdrawn_at), None)
    written = Annotation.objects.none()
    if latest.isdecimal() and len(latest) < 18:  # noqa: PLR2004 -- what fits into a database's id
        written = (
            Annotation.objects.filter(policy.annotations_visible_to(viewer), root=root)
            .filter(pk__gt=int(latest))
            .select_related("author")
            .order_by("pk")
        )
    return Happened(standing, newer, reopened, list(written[:MOST_WRITTEN]))
