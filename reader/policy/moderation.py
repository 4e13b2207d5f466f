"""Who decides what stays up."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from reader.models import Annotation, Document, DocumentRole, Visibility
from reader.policy.documents import documents_in_role, has_role
from reader.policy.groups import RUNNING, check_may_run, groups_of
from reader.policy.viewers import Refused, Viewer


def may_moderate_everywhere(viewer: Viewer) -> bool:
    """Whether the viewer moderates all documents (a permission, given by the group Moderators)."""
    return viewer.is_active and viewer.has_perm("reader.moderate_annotation")


def may_moderate(viewer: Viewer, document: Document) -> bool:
    """Whether the viewer decides on annotations of this document."""
    if may_moderate_everywhere(viewer):
        return True
    return has_role(viewer, document, [DocumentRole.Role.MODERATOR])


def documents_moderated_by(viewer: Viewer) -> Q:
    """Return :func:`may_moderate` as the condition for documents."""
    if may_moderate_everywhere(viewer):
        return Q()
    return Q(pk__in=documents_in_role(viewer, DocumentRole.Role.MODERATOR))


def moderates_anything(viewer: Viewer) -> bool:
    """Whether there is a document whose annotations the viewer moderates."""
    if may_moderate_everywhere(viewer):
        return True
    return viewer.is_active and documents_in_role(viewer, DocumentRole.Role.MODERATOR).exists()


def moderated_annotations(viewer: Viewer) -> Q:
    """Return the condition for annotations the viewer may decide on.

    Moderators of a document: what is public in it. Those who run a group: what was written for it,
    which nobody else decides on, since nobody else reads it. Nobody: what is private or deleted.
    """
    return moderated_in_public(viewer) | moderated_in_groups(viewer)


def moderated_in_public(viewer: Viewer) -> Q:
    """Return the condition for what the viewer decides on as a moderator of its document.

    That is all there is in the admin: what was written for a group is decided on in the group.
    """
    public = Q(visibility=Visibility.PUBLIC, deleted_at__isnull=True)
    if may_moderate_everywhere(viewer):
        return public
    return public & Q(document_id__in=documents_in_role(viewer, DocumentRole.Role.MODERATOR))


def moderated_in_groups(viewer: Viewer) -> Q:
    """Return the condition for what the viewer decides on as somebody who runs its group."""
    if not (viewer.is_authenticated and viewer.is_active):
        return Q(pk__in=[])
    run = groups_of(viewer, *RUNNING)
    return Q(visibility=Visibility.GROUP, group_id__in=run, deleted_at__isnull=True)


def check_may_decide(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may take a moderator's decision on the annotation.

    Raises:
        Refused: with the reason.
    """
    if annotation.visibility == Visibility.GROUP and annotation.group is not None:
        check_may_run(viewer, annotation.group)
    elif not may_moderate(viewer, annotation.document):
        raise Refused(_("Only a moderator of this document can decide."))
    elif annotation.visibility != Visibility.PUBLIC:
        raise Refused(_("Moderators decide on public annotations only."))
    if annotation.is_deleted:
        raise Refused(_("Its author has deleted this annotation meanwhile."))


def reports_visible_to(viewer: Viewer) -> Q:
    """Return the condition for reports the viewer may read as a moderator of the documents."""
    reported = Annotation.objects.filter(moderated_in_public(viewer), pk=OuterRef("annotation"))
    return Q(Exists(reported), for_group__isnull=True)


def group_reports_visible_to(viewer: Viewer) -> Q:
    """Return the condition for reports the viewer may read as somebody who runs the group."""
    return Q(for_group=F("annotation__group"), for_group__in=groups_of(viewer, *RUNNING))


def decisions_visible_to(viewer: Viewer) -> Q:
    """Return the condition for decisions in the log that the viewer may read.

    Whoever moderates everywhere reads the whole log, also about what exists no more: it holds
    reasons and names, no annotation's words. What was decided in a group is the group's.
    """
    public = Q(for_group__isnull=True)
    if may_moderate_everywhere(viewer):
        return public
    documents = documents_in_role(viewer, DocumentRole.Role.MODERATOR)
    return public & Q(annotation__document_id__in=documents)
