"""What happened, and what a viewer has seen of it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation
from reader.models.documents import Document
from reader.models.people import User


def nothing_else() -> list[str]:
    """Return a default that is not shared."""
    return []


class Event(models.Model):
    """One change in a document. It names what changed and never says how: no content in it.

    Numbers are gapless per document and in commit order. ``about`` are the uids of the annotations
    that changed where it is not the subject alone; ``origin`` is the name that a program gave to
    itself when it sent the change, by which it knows its own changes again. ``left`` are the refs
    of the blocks that an annotation stood at before it was moved, with blanks between.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="events")
    number = models.PositiveBigIntegerField()
    name = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True)
    about = models.JSONField(default=nothing_else, blank=True)
    origin = models.CharField(max_length=64, blank=True)
    left = models.CharField(max_length=200, blank=True, default="", db_default="")
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
    """Up to where somebody has read the threads of a paragraph; ``ref`` empty: of all of them.

    ``until`` is the id of the newest annotation then; 0 is a mark from before there were numbers,
    which goes by its time.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="read_marks")
    document = models.ForeignKey(Document, models.CASCADE, related_name="+")
    ref = models.CharField(max_length=20, blank=True)
    until = models.PositiveBigIntegerField(default=0, db_default=0)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "document", "ref"], name="read_mark_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.document_id} {self.ref}"


class Notification(models.Model):
    """That something happened which somebody wants to know of. It holds no words of anybody's.

    What is shown is fetched when it is shown, under the recipient's permissions.

    ``annotation`` is what it is about: the root that was decided, or the reply that was written.
    ``mailed_at`` is when it went into a letter, if it did.
    """

    class Kind(models.TextChoices):
        REPLIED = "replied", _("replied")
        DECIDED = "decided", _("decided")
        REOPENED = "reopened", _("reopened")
        ASSIGNED = "assigned", _("assigned")
        HELD = "held", _("held for review")
        MODERATED = "moderated", _("decided on by a moderator")
        REPORT_ANSWERED = "report", _("your report was answered")
        APPEAL_JUDGED = "appeal", _("your appeal was judged")

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="notifications")
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering: ClassVar = ["recipient", "-at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "-at"], name="notification_list"),
            models.Index(
                fields=["recipient"],
                name="notification_unread",
                condition=models.Q(read_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.annotation_id} for {self.recipient_id}"


class SharedLook(models.Model):
    """How often something changed that pages of all documents show: the name of a person.

    One row, whose ``number`` is a part of the version under which pages are kept.
    """

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("shared look")
        verbose_name_plural = _("shared looks")

    def __str__(self) -> str:
        return str(self.number)
