"""Who reviews: decides threads, and invites others to.

The parts in a document are apart. A *reviewer* decides threads and publishes the responses; a
*moderator* decides what stays up; an *editor* makes editions, gives out the parts, and may decide
threads as well, since whoever changes the text answers what was said about it.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from reader.models import Annotation, Document, DocumentRole, Status, User, Visibility
from reader.policy.annotations import annotations_visible_to, is_author, threads_visible_to
from reader.policy.documents import documents_in_role, may_edit_document, may_edit_everywhere
from reader.policy.factors import awake
from reader.policy.standing import check_may_write
from reader.policy.viewers import Refused, Viewer

REVIEWING = (DocumentRole.Role.REVIEWER, DocumentRole.Role.EDITOR)


def documents_reviewed_by(viewer: Viewer) -> Q:
    """Return the condition for documents whose threads the viewer decides."""
    if may_edit_everywhere(viewer):
        return Q()
    if not (viewer.is_authenticated and viewer.is_active):
        return Q(pk__in=[])
    return Q(pk__in=documents_in_role(viewer, *REVIEWING))


def may_review(viewer: Viewer, document: Document) -> bool:
    """Whether the viewer decides the threads of this document."""
    return Document.objects.filter(documents_reviewed_by(viewer), pk=document.pk).exists()


def parts_of(viewer: Viewer, document: Document) -> frozenset[str]:
    """Return which pages beside the text the viewer is shown the way to, by part.

    ``reviewer``: the review desk; ``editor``: editions and people. At most one query beyond those
    for the viewer's permissions, and none for somebody who is not signed in.
    """
    if not (viewer.is_authenticated and viewer.is_active):
        return frozenset()
    if may_edit_everywhere(viewer):
        return frozenset([DocumentRole.Role.REVIEWER, DocumentRole.Role.EDITOR])
    rows = DocumentRole.objects.filter(user_id=viewer.pk, document_id=document.pk)
    held = set(awake(rows).values_list("role", flat=True))
    if DocumentRole.Role.EDITOR in held:
        held.add(DocumentRole.Role.REVIEWER)
    return frozenset(held)


def check_may_review(viewer: Viewer, document: Document) -> None:
    """Pass silently when the viewer may decide threads of the document.

    Raises:
        Refused: with the reason.
    """
    if not may_review(viewer, document):
        raise Refused(_("Only a reviewer of this document can do that."))
    check_may_write(viewer)


def reviewers_of(document: Document) -> QuerySet[User]:
    """Return the people with a part in the document that lets them decide its threads."""
    return User.objects.filter(
        is_active=True, document_roles__document=document, document_roles__role__in=REVIEWING
    ).distinct()


def threads_under_review(viewer: Viewer) -> Q:
    """Return the condition for roots whose threads the viewer sees at the review desk.

    What anybody keeps to themselves is no matter for review, not even their own at their desk.
    """
    return threads_visible_to(viewer) & ~Q(visibility=Visibility.PRIVATE)


def public_threads() -> Q:
    """Return the condition for roots that count in what is published about a discussion.

    That is what everybody who may read the document may read: the map and the responses show the
    same numbers to all.
    """
    return Q(
        parent__isnull=True,
        visibility=Visibility.PUBLIC,
        status=Status.APPROVED,
        deleted_at__isnull=True,
    )


def check_may_decide_thread(viewer: Viewer, root: Annotation) -> None:
    """Pass silently when the viewer may decide this thread.

    Raises:
        Refused: with the reason.
    """
    check_may_review(viewer, root.document)
    if not Annotation.objects.filter(threads_under_review(viewer), pk=root.pk).exists():
        raise Refused(_("There is no such thread."))


def check_may_react(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may agree or disagree with the annotation.

    Raises:
        Refused: with the reason.
    """
    visible = Annotation.objects.filter(annotations_visible_to(viewer), pk=annotation.pk)
    if not visible.exists():
        raise Refused(_("There is no such annotation."))
    if annotation.document.annotating == Document.Annotating.CLOSED:
        raise Refused(_("The discussion of this document is closed. It can still be read."))
    check_may_write(viewer)
    _check_reaction(viewer, annotation)


def _check_reaction(viewer: Viewer, annotation: Annotation) -> None:
    if not (isinstance(viewer, User) and viewer.is_active and viewer.kind == User.Kind.PERSON):
        raise Refused(_("Sign in to agree or disagree."))
    if is_author(viewer, annotation):
        raise Refused(_("You wrote this: others say whether they agree."))
    if annotation.visibility == Visibility.PRIVATE or annotation.status != Status.APPROVED:
        raise Refused(_("Only what others can read can be agreed with."))


def may_react_to(viewer: Viewer, annotation: Annotation) -> bool:
    """Whether the viewer may agree or disagree with what they see, in a document that is open."""
    try:
        _check_reaction(viewer, annotation)
    except Refused:
        return False
    return True


def check_may_give_roles(viewer: Viewer, document: Document) -> None:
    """Pass silently when the viewer gives out the parts in the document: its editors.

    Raises:
        Refused: with the reason.
    """
    if not may_edit_document(viewer, document):
        raise Refused(_("Only an editor of this document can invite people."))
    check_may_write(viewer)


def may_read_responses(viewer: Viewer, document: Document) -> bool:
    """Whether the viewer may read the response matrix: everybody, once it is published.

    The caller has found the document by policy.
    """
    return document.responses_published_at is not None or may_review(viewer, document)
