"""``/metrics``: what Prometheus asks for, answered to this machine and to who has the token."""

import ipaddress
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone

from reader import metrics
from reader.models import Annotation, WebhookDelivery

Handler = Callable[[HttpRequest], HttpResponse]
Number = tuple[str, str, float]

PATH = "/metrics"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_FORWARDED")


def metrics_middleware(get_response: Handler) -> Handler:
    """Answer ``/metrics``, and pass everything else on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH or not settings.METRICS:
            return get_response(request)
        if not _may_ask(request):
            return HttpResponseNotFound()
        return HttpResponse(metrics.written(_of_the_site()), content_type=PLAIN)

    return middleware


def _may_ask(request: HttpRequest) -> bool:
    """Whether the request has the token, or comes from this machine past any proxy."""
    given = request.META.get("HTTP_AUTHORIZATION", "")
    token: str = settings.METRICS_TOKEN
    if token and secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    # A proxy on this machine also comes from here; it says for whom.
    if any(name in request.META for name in PASSED_ON):
        return False
    with suppress(ValueError):
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    return False


def _of_the_site() -> Iterator[Number]:
    up = True
    try:
        yield from _in_the_database()
    except DatabaseError:
        up = False
    yield "postil_database_up", "Whether the database answers.", float(up)


def _in_the_database() -> Iterator[Number]:
    waiting = Annotation.objects.filter(attention_since__isnull=False).count()
    yield "postil_moderation_queue", "Annotations that wait for a moderator.", waiting
    under_way = WebhookDelivery.objects.filter(webhook__is_active=True, delivered_at=None)
    due = under_way.filter(dead_at=None, next_attempt_at__lte=timezone.now()).count()
    yield "postil_webhook_due", "Messages that are due to be sent.", due
    given_up = under_way.filter(dead_at__isnull=False).count()
    yield "postil_webhook_given_up", "Messages that were given up.", given_up
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            yield "postil_database_bytes", "Size of the database.", cursor.fetchone()[0]
        return
    file = Path(connection.settings_dict["NAME"])
    log = file.with_name(f"{file.name}-wal")
    yield "postil_database_bytes", "Size of the database.", file.stat().st_size
    size = log.stat().st_size if log.exists() else 0
    yield "postil_database_log_bytes", "Size of its write-ahead log.", size
