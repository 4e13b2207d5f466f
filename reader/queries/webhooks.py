"""What webhooks are told: the event, and the annotation as everybody may read it now."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from reader import policy
from reader.models import Annotation, Document, WebhookDelivery
from reader.queries.w3c import annotation_url, present
from reader.text.exporters.times import moment

WAITING = Q(delivered_at__isnull=True, dead_at__isnull=True)


def due(webhook: int | None = None) -> QuerySet[WebhookDelivery]:
    """Return the deliveries that are to be tried now, in the order in which they happened."""
    rows = WebhookDelivery.objects.filter(
        WAITING, next_attempt_at__lte=timezone.now(), webhook__is_active=True
    )
    return (rows if webhook is None else rows.filter(webhook=webhook)).order_by("pk")


def webhooks_due() -> Sequence[int]:
    """Return the ids of the webhooks for which something is to be sent now."""
    return list(due().order_by().values_list("webhook", flat=True).distinct())


def message_id(delivery: WebhookDelivery) -> str:
    """Return the name of the message, the same at every try."""
    return f"msg_{delivery.pk}"


def message(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return what is sent. Of a document or an annotation not for everybody: only where it is."""
    event = delivery.event
    document = event.document
    readable = Document.objects.filter(policy.documents_visible_to(AnonymousUser()))
    is_readable = readable.filter(pk=document.pk).exists()
    place = {
        "slug": document.slug,
        "title": document.title,
        "url": f"{settings.SITE_URL}{document.get_absolute_url()}",
    }
    return {
        "id": message_id(delivery),
        "event": {
            "name": event.name,
            "number": event.number,
            "at": moment(event.at),
            "document": place if is_readable else None,
        },
        "annotation": _annotation(document, delivery.subject) if is_readable else None,
        "annotation_url": annotation_url(delivery.subject),
    }


def _annotation(document: Document, uid: str) -> dict[str, Any] | None:
    """Return the annotation as JSON-LD, or None when it is not for everybody to read."""
    public = policy.annotations_visible_to(AnonymousUser())
    row = Annotation.objects.filter(public, uid=uid, document=document, deleted_at=None).first()
    return None if row is None else present(AnonymousUser(), row)
