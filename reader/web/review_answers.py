"""Who comes to the review desk, and its address."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.urls import reverse

from reader import policy
from reader.models import Annotation, Document, User
from reader.queries import review_presence, review_threads
from reader.web.documents import get_document
from reader.web.http import Request


def get_root(request: Request, uid: str) -> Annotation:
    """Return the root of a thread that the viewer decides.

    Raises:
        Http404: there is none for this viewer.
        PermissionDenied: the viewer may read it and no more.
    """
    try:
        root, is_reviewed = review_threads.find_root(request.viewer, uid)
    except Annotation.DoesNotExist as error:
        raise Http404 from error
    if not is_reviewed:
        check_reviewer(request, root.document)
    return root


def find_desk(request: Request, slug: str) -> Document:
    """Return a document whose threads the viewer decides.

    Raises:
        Http404: there is none for this viewer.
        PermissionDenied: the viewer may read it and no more.
    """
    try:
        return review_presence.find_desk(request.viewer, slug)
    except Document.DoesNotExist as error:
        check_reviewer(request, get_document(request, slug))
        raise Http404 from error


def check_reviewer(request: Request, document: Document) -> None:
    """Pass silently when the viewer decides the threads of the document.

    Raises:
        PermissionDenied: with the reason.
    """
    try:
        policy.check_may_review(request.viewer, document)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal


def reviewer_of(request: Request) -> User | None:
    """Return who is signed in, if anybody."""
    return request.user if isinstance(request.user, User) else None


def desk_url(document: Document, back: str = "", root: Annotation | None = None) -> str:
    """Return the address of the desk, with the filters it was left with, at a thread."""
    query = QueryDict(back.lstrip("?"), mutable=True)
    if root is not None:
        query["thread"] = root.uid
    page = reverse("review", args=[document.slug])
    address = f"{page}?{query.urlencode()}" if query else page
    return f"{address}#r-{root.uid}" if root is not None else address
