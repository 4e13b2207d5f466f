"""What happened, and what a viewer has seen of it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.documents import Document
from reader.models.people import User


class Event(models.Model):
    """One change in a document. It names what changed and never says how: no content in it.

    Numbers are gapless per document and in commit order.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="events")
    number = models.PositiveBigIntegerField()
    name = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar = ["document", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "number"], name="event_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name} {self.subject}"


class ReadMark(models.Model):
    """Up to when somebody has read the threads of a paragraph; ``ref`` empty: of all of them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="read_marks")
    document = models.ForeignKey(Document, models.CASCADE, related_name="+")
    ref = models.CharField(max_length=20, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "document", "ref"], name="read_mark_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.document_id} {self.ref}"
