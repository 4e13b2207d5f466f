"""Rules, reports by readers, and the log of what moderators decided."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation, Status
from reader.models.documents import Document
from reader.models.people import Standing, User

STATES = [*Status.choices, *Standing.choices]  # of an annotation, of a person


class Reason(models.TextChoices):
    """Why something is reported or denied."""

    SPAM = "spam", _("Spam or advertising")
    ABUSE = "abuse", _("Insult or harassment")
    OFF_TOPIC = "off_topic", _("Not about this text")
    PERSONAL_DATA = "personal_data", _("Somebody's personal data")
    ILLEGAL = "illegal", _("Against the law")
    RULES = "rules", _("Against the rules of this site")
    OTHER = "other", _("Something else")


class LiftReason(models.TextChoices):
    """Why a restriction is lifted; ``Reason.OTHER`` will do too."""

    MISTAKE = "mistake", _("It was a mistake")
    SERVED = "served", _("It has served its purpose")
    AMENDS = "amends", _("The person has made amends")


REASONS = [*Reason.choices, *LiftReason.choices]  # of whatever stands in the log


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


class Rule(models.Model):
    """A rule that decisions rest on: of one document, or of the whole site.

    A rule is never reworded where decisions name it; it is retired, and another takes its place.
    """

    document = models.ForeignKey(
        Document, models.CASCADE, null=True, blank=True, related_name="rules"
    )
    position = models.PositiveSmallIntegerField(_("number"), default=1)
    title = models.CharField(_("rule"), max_length=120)
    words = models.CharField(_("what it means"), max_length=500, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering: ClassVar = ["document", "position", "pk"]

    def __str__(self) -> str:
        return self.title


class Decision(models.Model):
    """A moderator's act. Rows are only ever added; the database refuses to change or delete them.

    It is about an annotation, about a person, or about an appeal against an earlier row
    (``judges``). What it links to may go: ``document_number``, ``person_number`` and
    ``actor_number`` are the ids that were linked to, and the actor's name is kept. ``for_group`` is
    the id of the group, if any, whose moderators decided: the site's do not read it. ``rule``
    quotes the rule it rests on.
    ``waited`` is for how many seconds the annotation had waited. ``hash`` covers the row and the
    hash of the row before it, so that a change made behind the database's back shows;
    ``chain_format`` says how.
    """

    class Act(models.TextChoices):
        APPROVE = "approve", _("Approved")
        DENY = "deny", _("Denied")
        SPAM = "spam", _("Marked as spam")
        UNDO = "undo", _("Undone")
        WARN = "warn", _("Warned")
        LIMIT = "limit", _("Limited to reviewed posting")
        SUSPEND = "suspend", _("Suspended")
        CLOSE = "close", _("Account closed")
        LIFT = "lift", _("Restriction lifted")
        UPHOLD = "uphold", _("Upheld on appeal")
        CHANGE = "change", _("Changed on appeal")
        SEND_BACK = "send_back", _("Sent back on appeal")

    annotation = models.ForeignKey(Annotation, models.SET_NULL, null=True, related_name="decisions")
    annotation_uid = models.CharField(_("annotation"), max_length=22, blank=True)
    document = models.ForeignKey(Document, models.SET_NULL, null=True, related_name="+")
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="decisions_about")
    document_number = models.BigIntegerField(null=True, editable=False)
    person_number = models.BigIntegerField(_("account"), null=True, editable=False)
    actor_number = models.BigIntegerField(null=True, editable=False)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(_("by"), max_length=120)
    act = models.CharField(_("act"), max_length=12, choices=Act)
    reason = models.CharField(_("reason"), max_length=16, choices=REASONS, blank=True)
    rule = models.CharField(_("rule"), max_length=120, blank=True, default="", db_default="")
    note = models.CharField(_("words to the author"), max_length=500, blank=True)
    before = models.CharField(
        _("before"), max_length=12, choices=[*Status.choices, *Standing.choices]
    )
    after = models.CharField(
        _("after"), max_length=12, choices=[*Status.choices, *Standing.choices]
    )
    until = models.DateTimeField(_("until"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version decided on"), default=0)
    for_group = models.BigIntegerField(null=True, blank=True, editable=False)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    judges = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="judged_by"
    )
    waited = models.PositiveBigIntegerField(_("seconds waited"), null=True, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    chain_format = models.PositiveSmallIntegerField(db_default=1, editable=False)
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
            models.Index(fields=["document", "-id"], name="decision_of_document"),
            models.Index(fields=["document", "reason"], name="decision_reasons"),
            models.Index(
                fields=["document", "waited"],
                name="decision_waited",
                condition=Q(waited__isnull=False),
            ),
        ]
        default_permissions: ClassVar = ("view",)

    def __str__(self) -> str:
        return f"{self.get_act_display()} · {self.annotation_uid[:6] or self.person_number}"


class LogHead(models.Model):
    """Where the decision log ends: without it nobody would miss its last rows. One row.

    ``hash`` is the newest decision's, ``row`` its id. It is shown to everybody, so that others can
    keep it too.
    """

    row = models.BigIntegerField(default=0)
    count = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("end of the decision log")
        verbose_name_plural = _("ends of the decision log")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.count} {self.hash[:8]}"


class Claim(models.Model):
    """That a moderator is at an item of the queue, so that no other begins with it.

    It ends with a decision, and by itself a while after ``at``.
    """

    annotation = models.OneToOneField(Annotation, models.CASCADE, related_name="claim")
    moderator = models.ForeignKey(User, models.CASCADE, related_name="claims")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.annotation_id} · {self.moderator_id}"


class QueueItem(Annotation):
    """An annotation seen as something a moderator has to look at: pending, or reported."""

    class Meta:
        proxy = True
        verbose_name = _("item in the queue")
        verbose_name_plural = _("moderation queue")
        default_permissions: ClassVar = ("view",)
