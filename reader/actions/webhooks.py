"""Telling other software: making webhooks, and sending what they are to be told.

A delivery is made with its event (``reader.events``) and sent later, at least once: whoever sends
it takes a lease first, and one that is killed on the way is followed by another when that lapses.
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.actions import posting
from reader.actions.errors import Invalid
from reader.actions.posting import Answer, Unsendable
from reader.models import Webhook, WebhookDelivery
from reader.queries import webhooks as webhook_queries

SECRET_PREFIX = "whsec_"  # noqa: S105 -- how every secret begins, and no secret
SECRET_BYTES = 24
LEASE = timedelta(seconds=60)  # longer than a try can take
# How long to wait after each failed try, in seconds. When they are used up, it is given up.
PAUSES = (30, 120, 600, 3_600, 21_600, 86_400)
JITTER = 0.2  # at most that much longer, so that those who failed together do not return together
AT_ONCE = 100
GONE = 410
ERROR_LENGTH = 200

log = logging.getLogger(__name__)


def new_secret() -> str:
    """Return a secret to sign with, in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def check_url(url: str) -> None:
    """Pass silently when messages may be sent to the address, as far as can be told beforehand.

    Raises:
        Invalid: they may not, and why.
    """
    try:
        posting.check_address(url)
    except Unsendable as error:
        raise Invalid("url", str(error)) from error


@transaction.atomic
def renew_secret(*, webhook: Webhook) -> str:
    """Give the webhook another secret, with which all later messages are signed; return it."""
    webhook.secret = new_secret()
    Webhook.objects.filter(pk=webhook.pk).update(secret=webhook.secret)
    return webhook.secret


def try_again(*, delivery: WebhookDelivery) -> bool:
    """Begin anew with a delivery that was given up; return whether it was one.

    It goes out under its old name, so that a receiver that has it after all can tell.
    """
    given_up = WebhookDelivery.objects.filter(pk=delivery.pk, dead_at__isnull=False)
    return bool(given_up.update(dead_at=None, attempts=0, next_attempt_at=timezone.now()))


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """Return the header that proves who sent the message and that nobody changed it.

    Args:
        secret: the webhook's secret.
        message: the message's id.
        timestamp: when it is sent, in seconds.
        body: what is sent, to the byte.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def deliver_due(*, webhook: int, at_most: int = AT_ONCE) -> tuple[int, int]:
    """Send what is due to the webhook (by id), in order, until something fails.

    What comes after a failure waits for the next call: whoever does not answer is not asked the
    same a hundred times.

    Returns:
        How many were taken, and how many failed.
    """
    taken = 0
    for delivery in webhook_queries.due(webhook)[:at_most]:
        lease = _claim(delivery)
        if lease is None:
            continue
        if not _deliver(delivery.pk, lease):
            return taken, 1
        taken += 1
    return taken, 0


def deliver_all_due() -> tuple[int, int]:
    """Send what is due, webhook by webhook; return how many were taken and how many failed."""
    results = [deliver_due(webhook=pk) for pk in webhook_queries.webhooks_due()]
    return sum(taken for taken, _failed in results), sum(failed for _taken, failed in results)


def _claim(delivery: WebhookDelivery) -> datetime | None:
    """Take the delivery for a while; None when somebody else has it, or it is done."""
    lease = timezone.now() + LEASE
    ours = WebhookDelivery.objects.filter(
        webhook_queries.WAITING, pk=delivery.pk, next_attempt_at=delivery.next_attempt_at
    )
    claimed = ours.update(next_attempt_at=lease, attempts=F("attempts") + 1)
    return lease if claimed else None


def _deliver(pk: int, lease: datetime) -> bool:
    """Try once, note what came of it, and return whether the message arrived."""
    rows = WebhookDelivery.objects.select_related("webhook", "event__document")
    delivery = rows.filter(pk=pk).first()
    if delivery is None or not delivery.webhook.is_active:
        return False
    try:
        answer = _send(delivery)
    except Unsendable as error:
        _settle(delivery, lease, error=str(error))
        return False
    except Exception:  # one that cannot even be made must not hold up those behind it
        log.exception("webhook delivery %s", pk)
        _settle(delivery, lease, error=_("It could not be made; the site's log says why."))
        return False
    _settle(delivery, lease, answer)
    return answer.is_taken


def _send(delivery: WebhookDelivery) -> Answer:
    """Make the message of what everybody may read now, sign it and post it."""
    body = json.dumps(webhook_queries.message(delivery), ensure_ascii=False).encode()
    message, timestamp = webhook_queries.message_id(delivery), int(timezone.now().timestamp())
    secret = delivery.webhook.secret
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Postil",
        "Webhook-Id": message,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": signature(secret, message, timestamp, body),
    }
    return posting.post(delivery.webhook.url, body, headers)


@transaction.atomic
def _settle(
    delivery: WebhookDelivery, lease: datetime, answer: Answer | None = None, error: str = ""
) -> None:
    """Note the outcome, unless the lease has lapsed and somebody else has taken over."""
    now = timezone.now()
    noted: dict[str, Any] = {
        "last_status": answer.status if answer else None,
        "last_error": (error or _words_for(answer))[:ERROR_LENGTH],
    }
    is_gone = answer is not None and answer.status == GONE
    if answer is not None and answer.is_taken:
        noted |= {"delivered_at": now, "next_attempt_at": None}
    elif is_gone or delivery.attempts > len(PAUSES):
        noted |= {"dead_at": now, "next_attempt_at": None}
    else:
        noted["next_attempt_at"] = now + _pause(delivery.attempts, answer)
    WebhookDelivery.objects.filter(pk=delivery.pk, next_attempt_at=lease).update(**noted)
    if is_gone:
        Webhook.objects.filter(pk=delivery.webhook_id).update(is_active=False)


def _pause(attempts: int, answer: Answer | None) -> timedelta:
    seconds = PAUSES[min(attempts, len(PAUSES)) - 1]
    asked = answer.retry_after if answer else 0
    jitter = secrets.randbelow(int(seconds * JITTER * 1_000) + 1) / 1_000
    return timedelta(seconds=max(seconds, asked) + jitter)


def _words_for(answer: Answer | None) -> str:
    if answer is None or answer.is_taken:
        return ""
    if answer.status == GONE:
        return _("The receiver wants nothing any more (410): the webhook was switched off.")
    if answer.status // 100 == 3:  # noqa: PLR2004 -- the class of redirects
        return _("The receiver answered with a redirect, which is not followed.")
    return _("The receiver answered with %(status)d.") % {"status": answer.status}
