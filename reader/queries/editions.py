"""Editions of a document as a viewer may read them."""

from django.db.models import Case, Q, Value, When

from reader import policy
from reader.models import Document, Edition
from reader.policy import Viewer


def editions_of(viewer: Viewer, document: Document) -> list[Edition]:
    """Return the published editions, oldest first, and the draft for those who may edit."""
    condition = Q(published_at__isnull=False)
    if policy.may_edit_document(viewer, document):
        condition = Q()
    rows = Edition.objects.filter(condition, document=document).order_by("number")
    return list(rows.defer("text"))


def find_edition(viewer: Viewer, document: Document, number: int | None = None) -> Edition:
    """Return the edition of that number, or the current one; a draft for its editors only.

    Raises:
        Edition.DoesNotExist: there is none for this viewer.
    """
    current = document.current_edition
    if number is None or (current is not None and current.number == number):
        if current is None:
            raise Edition.DoesNotExist
        return current
    edition = Edition.objects.get(document=document, number=number)
    if edition.is_draft and not policy.may_edit_document(viewer, document):
        raise Edition.DoesNotExist
    return edition


def edition_before(edition: Edition) -> Edition | None:
    """Return the published edition whose annotations were carried to this one.

    The caller has found this one by policy.
    """
    document = edition.document
    if edition.is_draft:
        return document.current_edition
    earlier = document.editions.filter(published_at__isnull=False, number__lt=edition.number)
    by_likelihood = Case(When(pk=edition.based_on_id or 0, then=Value(0)), default=Value(1))
    return earlier.order_by(by_likelihood, "-number").first()


def draft_of(viewer: Viewer, document: Document) -> Edition | None:
    """Return the draft, for those who may edit the document."""
    if not policy.may_edit_document(viewer, document):
        return None
    return Edition.objects.filter(document=document, published_at__isnull=True).first()
