"""FLOOR 2: every access rule, once.

Lists filter by the ``*_visible_to`` conditions, single objects are fetched through them, and so are
counts, searches, feeds and exports. No other module repeats a rule.
"""

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from reader.models import (
    Annotation,
    Document,
    DocumentRole,
    Membership,
    Motivation,
    Status,
    User,
    Visibility,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Viewer = User | AnonymousUser


class Refused(Exception):
    """The viewer may see the thing but not do this to it. ``str()`` says why, in words to show."""


def may_moderate_everywhere(viewer: Viewer) -> bool:
    """Whether the viewer moderates all documents (a permission, given by the group Moderators)."""
    return viewer.is_active and viewer.has_perm("reader.moderate_annotation")


def may_edit_everywhere(viewer: Viewer) -> bool:
    """Whether the viewer edits all documents."""
    return viewer.is_active and viewer.has_perm("reader.change_document")


def documents_in_role(viewer: Viewer, *roles: str) -> QuerySet[DocumentRole, int]:
    """Return the ids of the documents in which the viewer has one of these roles."""
    held = DocumentRole.objects.filter(user_id=viewer.pk or 0, role__in=roles)
    return held.values_list("document_id", flat=True)


def documents_visible_to(viewer: Viewer) -> Q:
    """Return the condition for documents that the viewer may read."""
    if may_edit_everywhere(viewer):
        return Q()
    condition = Q(is_published=True)
    if viewer.is_authenticated:
        condition |= Q(pk__in=documents_in_role(viewer, *DocumentRole.Role.values))
    return condition


def annotations_visible_to(viewer: Viewer) -> Q:
    """Return the condition for annotations whose words the viewer may read.

    Approved and public: everyone who may read the document. Approved and of a group: its members.
    The author: everything of their own. Moderators of the document: everything public. Private
    text is for its author alone, and deleted text for nobody. A reply carries the visibility and
    group of its thread's root, so this one condition serves both.
    """
    condition = Q(visibility=Visibility.PUBLIC, status=Status.APPROVED)
    if viewer.is_authenticated:
        condition |= Q(author_id=viewer.pk)
        condition |= Q(
            visibility=Visibility.GROUP,
            status=Status.APPROVED,
            group_id__in=Membership.objects.filter(user_id=viewer.pk).values("group_id"),
        )
        condition |= moderated_annotations(viewer)
    readable = documents_visible_to(viewer)
    if readable:
        condition &= Q(document__in=Document.objects.filter(readable))
    return condition & Q(deleted_at__isnull=True)


def moderated_annotations(viewer: Viewer) -> Q:
    """Return the condition for annotations the viewer may decide on: public ones, undeleted."""
    reach = Q(visibility=Visibility.PUBLIC, deleted_at__isnull=True)
    if may_moderate_everywhere(viewer):
        return reach
    return reach & Q(document_id__in=documents_in_role(viewer, DocumentRole.Role.MODERATOR))


def threads_visible_to(viewer: Viewer) -> Q:
    """Return the condition for roots whose thread has something to show the viewer.

    That is a root they may read, or the empty place of one that was deleted, taken down or put
    back for review while replies they may read still hang on it.
    """
    replies = Annotation.objects.filter(annotations_visible_to(viewer), root__isnull=False)
    placeholder = Q(pk__in=replies.values("root_id")) & (
        Q(deleted_at__isnull=False) | ~Q(status=Status.APPROVED)
    )
    return Q(parent__isnull=True) & (annotations_visible_to(viewer) | placeholder)


def revisions_visible_to(viewer: Viewer, annotation: Annotation) -> Q:
    """Return the condition for earlier wordings of an annotation that the viewer may read.

    What was private, denied or waiting then stays between its author and the moderators.
    """
    if is_author(viewer, annotation) or may_moderate(viewer, annotation.document):
        return Q()
    return Q(was_public=True)


def check_may_read_document(viewer: Viewer, document: Document) -> None:
    """Pass silently when the viewer may read the document.

    Raises:
        Refused: in words that do not tell whether there is such a document.
    """
    if not Document.objects.filter(documents_visible_to(viewer), pk=document.pk).exists():
        raise Refused(_("There is no such document."))


def check_may_read(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may read this annotation: the same rule, asked of one row.

    Raises:
        Refused: in words that do not tell whether there is such an annotation.
    """
    visible = Annotation.objects.filter(annotations_visible_to(viewer), pk=annotation.pk)
    if not visible.exists():
        raise Refused(_("There is no such annotation."))


def may_moderate(viewer: Viewer, document: Document) -> bool:
    """Whether the viewer decides on annotations of this document."""
    if may_moderate_everywhere(viewer):
        return True
    return has_role(viewer, document, [DocumentRole.Role.MODERATOR])


def has_role(viewer: Viewer, document: Document, roles: "Iterable[str]") -> bool:
    """Whether the viewer has one of the roles in the document."""
    return (
        viewer.is_authenticated
        and documents_in_role(viewer, *roles).filter(document_id=document.pk).exists()
    )


def check_may_annotate(viewer: Viewer, document: Document) -> None:
    """Pass silently when the viewer may annotate (or reply in) the document.

    Raises:
        Refused: with the reason.
    """
    if document.annotating == Document.Annotating.CLOSED:
        raise Refused(_("The discussion of this document is closed. It can still be read."))
    if needs_account(viewer, document):
        raise Refused(_("Sign in to annotate."))
    if isinstance(viewer, User) and not viewer.is_active:
        raise Refused(_("This account may not annotate."))


def needs_account(viewer: Viewer, document: Document) -> bool:
    """Whether the viewer has no account, and the document wants one of whoever annotates."""
    is_guest = isinstance(viewer, User) and viewer.kind == User.Kind.GUEST
    return (is_guest or not viewer.is_authenticated) and not document.guests_may_annotate


def is_author(viewer: Viewer, annotation: Annotation) -> bool:
    """Whether the viewer wrote the annotation."""
    return viewer.is_authenticated and annotation.author_id == viewer.pk


def check_may_change(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may edit the annotation or move it to other words.

    Raises:
        Refused: with the reason.
    """
    check_may_delete(viewer, annotation)
    if annotation.is_deleted:
        raise Refused(_("This annotation was deleted."))
    check_may_annotate(viewer, annotation.document)


def check_may_delete(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may take the annotation back: its author, at any time.

    Raises:
        Refused: with the reason.
    """
    if not is_author(viewer, annotation):
        raise Refused(_("Only its author can change an annotation."))


def check_may_flag(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may report the annotation to the moderators.

    Raises:
        Refused: with the reason.
    """
    if not viewer.is_authenticated:
        raise Refused(_("Sign in to report an annotation."))
    if is_author(viewer, annotation):
        raise Refused(_("This is your own annotation: you can edit or delete it."))
    if annotation.visibility == Visibility.PRIVATE:
        raise Refused(_("A private note cannot be reported."))
    if annotation.is_deleted:
        raise Refused(_("Its author has deleted this annotation meanwhile."))


def may_flag(viewer: Viewer, annotation: Annotation) -> bool:
    """Whether the viewer may report the annotation to the moderators."""
    try:
        check_may_flag(viewer, annotation)
    except Refused:
        return False
    return True


def check_may_decide(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may take a moderator's decision on the annotation.

    Raises:
        Refused: with the reason.
    """
    if not may_moderate(viewer, annotation.document):
        raise Refused(_("Only a moderator of this document can decide."))
    if annotation.visibility != Visibility.PUBLIC:
        raise Refused(_("Moderators decide on public annotations only."))
    if annotation.is_deleted:
        raise Refused(_("Its author has deleted this annotation meanwhile."))


def first_status(viewer: Viewer, document: Document, visibility: str) -> Status:
    """Return the status a new or reworded annotation starts with.

    What is not public needs no review; in a reviewed document everything else waits, except what
    its moderators write.
    """
    reviewed = document.annotating == Document.Annotating.REVIEWED
    if visibility != Visibility.PUBLIC or not reviewed or may_moderate(viewer, document):
        return Status.APPROVED
    return Status.PENDING


def moderates_anything(viewer: Viewer) -> bool:
    """Whether there is a document whose annotations the viewer moderates."""
    if may_moderate_everywhere(viewer):
        return True
    return viewer.is_active and documents_in_role(viewer, DocumentRole.Role.MODERATOR).exists()


def reports_visible_to(viewer: Viewer) -> Q:
    """Return the condition for reports the viewer may read: those on what they may decide on."""
    reported = Annotation.objects.filter(moderated_annotations(viewer), pk=OuterRef("annotation"))
    return Q(Exists(reported))


def decisions_visible_to(viewer: Viewer) -> Q:
    """Return the condition for decisions in the log that the viewer may read.

    Whoever moderates everywhere reads the whole log, also about what exists no more: it holds
    reasons and names, no annotation's words.
    """
    if may_moderate_everywhere(viewer):
        return Q()
    return Q(annotation__document_id__in=documents_in_role(viewer, DocumentRole.Role.MODERATOR))


def documents_edited_by(viewer: Viewer) -> Q:
    """Return the condition for documents whose particulars the viewer may change."""
    if may_edit_everywhere(viewer):
        return Q()
    if not (viewer.is_authenticated and viewer.is_active):
        return Q(pk__in=[])
    return Q(pk__in=documents_in_role(viewer, DocumentRole.Role.EDITOR))


def editions_visible_to(viewer: Viewer) -> Q:
    """Return the condition for editions that the viewer may read: drafts are for editors."""
    readable = Q(document__in=Document.objects.filter(documents_visible_to(viewer)))
    edited = Q(document__in=Document.objects.filter(documents_edited_by(viewer)))
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


def may_manage_people(viewer: Viewer) -> bool:
    """Whether the viewer may see and change accounts, and what they are allowed to do."""
    return viewer.is_active and viewer.is_superuser


ROOT_MOTIVATIONS = [value for value in Motivation.values if value != Motivation.REPLYING]
