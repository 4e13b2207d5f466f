"""Coming to a document's review desk."""

from django.db import transaction
from django.utils import timezone

from reader.models import Document, ReviewVisit, User
from reader.queries.review_presence import PAUSE


@transaction.atomic
def arrive(*, reviewer: User, document: Document) -> ReviewVisit:
    """Note that the reviewer is at the desk.

    A visit that begins after a pause remembers when the one before it ended: what was written
    since then is new. The caller has found the document as one that they review.
    """
    now = timezone.now()
    visit, _is_first = ReviewVisit.objects.select_for_update().get_or_create(
        user=reviewer, document=document, defaults={"last_at": now}
    )
    if now - visit.last_at > PAUSE:
        visit.since = visit.last_at
    visit.last_at = now
    visit.save(update_fields=["since", "last_at"])
    return visit
