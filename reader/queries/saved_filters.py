"""Filters of the review desk that somebody keeps."""

from django.db.models import Q, QuerySet

from reader import policy
from reader.models import Document, SavedFilter
from reader.policy import Viewer


def saved_filters(viewer: Viewer, document: Document) -> QuerySet[SavedFilter]:
    """Return the viewer's own filters and those that other reviewers share, own ones first.

    Raises:
        policy.Refused: the viewer does not review this document.
    """
    policy.check_may_review(viewer, document)
    rows = SavedFilter.objects.filter(document=document)
    return rows.filter(Q(owner_id=viewer.pk) | Q(is_shared=True)).select_related("owner")
