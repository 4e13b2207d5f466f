"""Who reads and who edits documents and their editions."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from reader import ready_made
from reader.models import Document, DocumentRole
from reader.policy.factors import awake, lacks_factor
from reader.policy.standing import check_may_write
from reader.policy.viewers import Refused, Viewer


def may_edit_everywhere(viewer: Viewer) -> bool:
    """Whether the viewer edits all documents."""
    may = viewer.is_active and viewer.has_perm("reader.change_document")
    return may and not lacks_factor(viewer)


def documents_in_role(viewer: Viewer, *roles: str) -> QuerySet[DocumentRole, int]:
    """Return the ids of the documents in which the viewer has one of these roles."""
    held = DocumentRole.objects.filter(user_id=viewer.pk or 0, role__in=roles)
    return awake(held).values_list("document_id", flat=True)


def has_role(viewer: Viewer, document: Document, roles: "Iterable[str]") -> bool:
    """Whether the viewer has one of the roles in the document."""
    if not viewer.is_authenticated:
        return False
    asked = tuple(roles)

    def make(who: int, pk: int) -> "QuerySet[DocumentRole, int]":
        return documents_in_role(ready_made.like(viewer, who), *asked).filter(document_id=pk)[:1]

    return bool(
        ready_made.rows(
            "role", make, viewer.pk, document.pk, kind=(settings.SECOND_FACTOR_FOR, *asked)
        )
    )


def documents_visible_to(viewer: Viewer) -> Q:
    """Return the condition for documents that the viewer may read."""
    if may_edit_everywhere(viewer):
        return Q()
    condition = Q(is_published=True)
    if viewer.is_authenticated:
        condition |= Q(pk__in=documents_in_role(viewer, *DocumentRole.Role.values))
    return condition


def of_documents_visible_to(viewer: Viewer) -> Q:
    """Return :func:`documents_visible_to` as the condition for rows that belong to a document.

    The document of each row is looked up: a list of all that may be read would be made for every
    question, and is long on a large site.
    """
    return _of_documents(documents_visible_to(viewer))


def _of_documents(condition: Q) -> Q:
    if not condition:
        return Q()
    return Q(Exists(Document.objects.filter(condition, pk=OuterRef("document"))))


def check_may_read_document(viewer: Viewer, document: Document) -> None:
    """Pass silently when the viewer may read the document.

    Raises:
        Refused: in words that do not tell whether there is such a document.
    """

    def make(who: int | None, pk: int) -> "QuerySet[Document, int]":
        visible = documents_visible_to(ready_made.like(viewer, who))
        return Document.objects.filter(visible, pk=pk).values_list("pk", flat=True)

    kind = ready_made.kind_of(viewer)
    if not ready_made.rows("document", make, viewer.pk, document.pk, kind=kind):
        raise Refused(_("There is no such document."))


def documents_edited_by(viewer: Viewer) -> Q:
    """Return the condition for documents whose particulars the viewer may change."""
    if may_edit_everywhere(viewer):
        return Q()
    if not (viewer.is_authenticated and viewer.is_active):
        return Q(pk__in=[])
    return Q(pk__in=documents_in_role(viewer, DocumentRole.Role.EDITOR))


def editions_visible_to(viewer: Viewer) -> Q:
    """Return the condition for editions that the viewer may read: drafts are for editors."""
    readable = of_documents_visible_to(viewer)
    if may_edit_everywhere(viewer):
        return readable
    edited = _of_documents(documents_edited_by(viewer))
    return readable & (Q(published_at__isnull=False) | edited)


def may_edit_document(viewer: Viewer, document: Document) -> bool:
    """Whether the viewer makes the document's editions and answers suggested edits."""
    return Document.objects.filter(documents_edited_by(viewer), pk=document.pk).exists()


def check_may_edit_document(viewer: Viewer, document: Document) -> None:
    """Pass silently when the viewer may make editions of the document.

    Raises:
        Refused: with the reason.
    """
    if not may_edit_document(viewer, document):
        raise Refused(_("Only an editor of this document can do that."))
    check_may_write(viewer)
