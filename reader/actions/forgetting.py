"""Forgetting what has been kept for long enough, by the settings that the page on privacy names."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reader.models import Hold, SignIn, Status, WebhookDelivery


@transaction.atomic
def forget_all_old() -> dict[str, int]:
    """Forget whatever is older than its setting says; return how many rows of each kind.

    Run again, it finds nothing. What limits count is not here: their cache forgets it by itself,
    within a day.
    """
    return {
        "addresses": _addresses(),
        "sign-ins": _sign_ins(),
        "deliveries": _deliveries(),
        "holds": _holds(),
        "sessions": Session.objects.filter(expire_date__lt=timezone.now()).delete()[0],
    }


def _before(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _addresses() -> int:
    old = SignIn.objects.filter(seen_at__lt=_before(settings.KEEP_ADDRESSES))
    return old.exclude(network="").update(network="")


def _sign_ins() -> int:
    old = SignIn.objects.filter(seen_at__lt=_before(settings.KEEP_SIGN_INS))
    Session.objects.filter(session_key__in=list(old.values_list("session_key", flat=True))).delete()
    return old.delete()[0]


def _deliveries() -> int:
    limit = _before(settings.KEEP_DELIVERIES)
    done = Q(delivered_at__lt=limit) | Q(dead_at__lt=limit)
    return WebhookDelivery.objects.filter(done).delete()[0]


def _holds() -> int:
    over = Q(replaced_at__isnull=False) | ~Q(annotation__status=Status.PENDING)
    return Hold.objects.filter(over, at__lt=_before(settings.KEEP_HOLDS)).delete()[0]
