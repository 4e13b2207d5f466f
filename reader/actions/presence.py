"""Being seen at a review desk."""

from django.utils import timezone

from reader.actions.visits import arrive
from reader.models import Document, ReviewVisit, User
from reader.queries.review_presence import PAUSE


def stay_at(*, reviewer: User, document: Document, thread: int | None) -> None:
    """Note that the reviewer is still at the desk, and at which thread (by id), if at any.

    The caller has found both by policy. One write, as long as the visit goes on.
    """
    now = timezone.now()
    visits = ReviewVisit.objects.filter(user=reviewer, document=document)
    here = {"last_at": now, "thread_id": thread}
    if not visits.filter(last_at__gt=now - PAUSE).update(**here):
        arrive(reviewer=reviewer, document=document)
        visits.update(**here)
