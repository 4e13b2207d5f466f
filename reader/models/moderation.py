"""Reports by readers and decisions by moderators."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation, Status
from reader.models.people import User


class Reason(models.TextChoices):
    """Why something is reported or denied."""

    SPAM = "spam", _("Spam or advertising")
    ABUSE = "abuse", _("Insult or harassment")
    OFF_TOPIC = "off_topic", _("Not about this text")
    PERSONAL_DATA = "personal_data", _("Somebody's personal data")
    ILLEGAL = "illegal", _("Against the law")
    RULES = "rules", _("Against the rules of this site")
    OTHER = "other", _("Something else")


class Flag(models.Model):
    """A reader's report of an annotation.

    ``for_group`` is the id of the group, if any, that it was written for then: its moderators read
    the report and nobody else, also when the annotation is elsewhere or the group is gone.
    """

    class Resolution(models.TextChoices):
        UPHELD = "upheld", _("Upheld: the annotation was taken down")
        KEPT = "kept", _("Kept: the annotation stays")

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="flags")
    reporter = models.ForeignKey(User, models.SET_NULL, null=True, related_name="flags")
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    for_group = models.BigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("reported"), default=timezone.now, editable=False)
    resolution = models.CharField(_("outcome"), max_length=8, choices=Resolution, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True, editable=False)
    resolved_by = models.ForeignKey(
        "reader.Decision", models.SET_NULL, null=True, blank=True, related_name="flags"
    )

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering: ClassVar = ["created_at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["reporter", "-created_at"], name="flag_by_reporter"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["annotation", "reporter"],
                condition=Q(resolution=""),
                name="flag_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} · {self.annotation}"


class Decision(models.Model):
    """A moderator's act. Rows are only ever added; the database refuses to change or delete them.

    The actor's name is kept beside the account, which may go. ``for_group`` is the id of the group,
    if any, whose moderators decided: the site's do not read it. ``hash`` covers the row and the
    hash of the row before it, so that a change made behind the database's back shows.
    """

    class Act(models.TextChoices):
        APPROVE = "approve", _("Approved")
        DENY = "deny", _("Denied")
        SPAM = "spam", _("Marked as spam")
        UNDO = "undo", _("Undone")

    annotation = models.ForeignKey(Annotation, models.SET_NULL, null=True, related_name="decisions")
    annotation_uid = models.CharField(_("annotation"), max_length=22)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(_("by"), max_length=120)
    act = models.CharField(_("act"), max_length=8, choices=Act)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    note = models.CharField(_("words to the author"), max_length=500, blank=True)
    before = models.CharField(_("before"), max_length=8, choices=Status)
    after = models.CharField(_("after"), max_length=8, choices=Status)
    version = models.PositiveIntegerField(_("version decided on"))
    for_group = models.BigIntegerField(null=True, blank=True, editable=False)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    previous_hash = models.CharField(max_length=64, blank=True, unique=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decision log")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["undoes"], name="decision_undone", condition=Q(undoes__isnull=False)
            ),
        ]
        default_permissions: ClassVar = ("view",)

    def __str__(self) -> str:
        return f"{self.get_act_display()} · {self.annotation_uid[:6]}"


class QueueItem(Annotation):
    """An annotation seen as something a moderator has to look at: pending, or reported."""

    class Meta:
        proxy = True
        verbose_name = _("item in the queue")
        verbose_name_plural = _("moderation queue")
        default_permissions: ClassVar = ("view",)
