"""Telling other software what happened: where to, and what became of each telling."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.activity import Event
from reader.models.documents import Document
from reader.models.people import User


class Webhook(models.Model):
    """An address that is told of changes, in one document or (``document`` empty) in all.

    ``secret`` signs what is sent, so it is kept as it is.
    """

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    secret = models.CharField(_("secret"), max_length=64)
    document = models.ForeignKey(
        Document, models.CASCADE, null=True, blank=True, related_name="webhooks"
    )
    is_active = models.BooleanField(_("is told"), default=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event on its way to one webhook. Dead: every try failed, and somebody has to look.

    ``subject`` is the uid of the annotation it tells of: of an answer, where the event names its
    thread. ``next_attempt_at`` is also the lease of whoever is sending it: it lies ahead while
    they do, and lapses when they die.

    It holds no words: what is sent is made when it is sent, of what everybody may read then.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, models.CASCADE, related_name="+")
    subject = models.CharField(_("annotation"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("happened"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_status = models.PositiveIntegerField(_("last answer"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_due",
                condition=Q(delivered_at__isnull=True, dead_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "event", "subject"], name="delivery_once"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id} · {self.event_id}"
