"""Who reads, writes and changes annotations."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from reader.models import (
    Annotation,
    AnnotationRevision,
    Document,
    DocumentRole,
    Motivation,
    Standing,
    Status,
    User,
    Visibility,
)
from reader.policy.documents import has_role, of_documents_visible_to
from reader.policy.groups import RUNNING, groups_of, may_run
from reader.policy.moderation import documents_moderated_by, may_moderate, moderated_annotations
from reader.policy.standing import check_may_write, standing_of
from reader.policy.viewers import Refused, Viewer

ROOT_MOTIVATIONS = [value for value in Motivation.values if value != Motivation.REPLYING]


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
            group_id__in=groups_of(viewer),
        )
        condition |= moderated_annotations(viewer)
    return condition & of_documents_visible_to(viewer) & Q(deleted_at__isnull=True)


def annotations_once_visible_to(viewer: Viewer) -> Q:
    """Return the condition for annotations of which the viewer may be told that they are gone.

    They may have read them: it was public or in a group of theirs, and not waiting for approval.
    What was only for its author, or only waiting, never was there for anybody else.
    """
    shown = ~Q(status=Status.PENDING)
    earlier = AnnotationRevision.objects.filter(
        Q(annotation=OuterRef("pk")) | Q(annotation=OuterRef("root")), was_public=True
    )
    condition = Q(visibility=Visibility.PUBLIC) & shown
    condition |= Q(Exists(earlier.filter(for_group__isnull=True)))
    if viewer.is_authenticated:
        groups = groups_of(viewer)
        condition |= Q(author_id=viewer.pk)
        condition |= Q(visibility=Visibility.GROUP, group_id__in=groups) & shown
        condition |= Q(Exists(earlier.filter(for_group__in=groups)))
    return condition & of_documents_visible_to(viewer)


def threads_visible_to(viewer: Viewer) -> Q:
    """Return the condition for roots whose thread has something to show the viewer.

    That is a root they may read, or the empty place of one that was deleted, taken down or put
    back for review while replies they may read still hang on it.
    """
    replies = Annotation.objects.filter(annotations_visible_to(viewer), root=OuterRef("pk"))
    placeholder = (Q(deleted_at__isnull=False) | ~Q(status=Status.APPROVED)) & Q(Exists(replies))
    return Q(parent__isnull=True) & (annotations_visible_to(viewer) | placeholder)


def revisions_visible_to(viewer: Viewer, annotation: Annotation) -> Q:
    """Return the condition for earlier wordings of an annotation that the viewer may read.

    What was private, denied or waiting then stays between its author and the moderators; what was
    written for a group, between its author and that group.
    """
    if is_author(viewer, annotation):
        return Q()
    if annotation.group is not None:
        decides = may_run(viewer, annotation.group)
        here = Q(for_group__isnull=True) | Q(for_group=annotation.group_id)
    else:
        decides = may_moderate(viewer, annotation.document)
        here = Q(for_group__isnull=True)
    return here if decides else here & Q(was_public=True)


def revisions_visible_in_all(viewer: Viewer) -> Q:
    """Return :func:`revisions_visible_to` for all annotations that are readable."""
    moderated = Document.objects.filter(documents_moderated_by(viewer))
    condition = Q(was_public=True)
    condition |= Q(annotation__group__isnull=True, annotation__document__in=moderated)
    if viewer.is_authenticated and viewer.is_active:
        condition |= Q(annotation__group__in=groups_of(viewer, *RUNNING))
    condition &= Q(for_group__isnull=True) | Q(for_group=F("annotation__group"))
    return condition | Q(annotation__author_id=viewer.pk) if viewer.pk else condition


def check_may_read(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may read this annotation: the same rule, asked of one row.

    Raises:
        Refused: in words that do not tell whether there is such an annotation.
    """
    visible = Annotation.objects.filter(annotations_visible_to(viewer), pk=annotation.pk)
    if not visible.exists():
        raise Refused(_("There is no such annotation."))


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
    check_may_write(viewer)


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
    check_may_write(viewer)
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


def passes_checks(viewer: Viewer, document: Document) -> bool:
    """Whether no check before publication holds the viewer: they look after the document."""
    return may_moderate(viewer, document) or has_role(viewer, document, DocumentRole.Role.values)


def first_status(viewer: Viewer, document: Document, visibility: str) -> Status:
    """Return the status a new or reworded annotation starts with.

    What is not public needs no review; in a reviewed document everything else waits, and so does
    what somebody writes who is limited to reviewed posting, except what its moderators write.
    """
    waits = visibility == Visibility.PUBLIC and is_looked_at(viewer, document)
    return Status.PENDING if waits else Status.APPROVED


def is_looked_at(viewer: Viewer, document: Document) -> bool:
    """Whether a moderator looks at what the viewer writes for everybody before others see it."""
    reviewed = document.annotating == Document.Annotating.REVIEWED
    reviewed = reviewed or standing_of(viewer) == Standing.LIMITED
    return reviewed and not may_moderate(viewer, document)
