"""What a decision may meet with: restrictions of a person, and appeals against what was decided."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.moderation import REASONS, Decision
from reader.models.people import Standing, User


class Sanction(models.Model):
    """A warning to a person, a restriction of theirs, or the end of one, as it is told to them.

    ``decision`` is its row in the log. ``standing`` is ``good`` where a restriction was lifted;
    ``User.standing`` says what holds now. ``until`` is empty for a warning, and where it holds
    until a moderator lifts it. ``seen_at`` is when the person read of it.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="sanctions")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="sanction")
    standing = models.CharField(_("what"), max_length=12, choices=Standing)
    reason = models.CharField(_("reason"), max_length=16, choices=REASONS)
    note = models.CharField(_("words to the person"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("since"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True, editable=False)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="sanction_of_person")]

    def __str__(self) -> str:
        return f"{self.get_standing_display()} · {self.person_id}"


class Appeal(models.Model):
    """That somebody who was told no asks another moderator, once for each decision.

    ``judgement`` is the row in the log that answers it. ``seen_at`` is when the appellant read
    that answer, where it is about them: of an annotation they are told by a notice.
    An appeal by whoever reported something asks that it be taken down after all; any other asks
    that a decision be taken back.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for another moderator")
        UPHELD = "upheld", _("The decision was upheld")
        CHANGED = "changed", _("The decision was changed")
        SENT_BACK = "sent_back", _("Sent back with words")

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="appeals")
    appellant = models.ForeignKey(User, models.CASCADE, related_name="appeals")
    words = models.CharField(_("why"), max_length=2000)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    judgement = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="appeal_judged"
    )
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering: ClassVar = ["made_at", "pk"]
        default_permissions: ClassVar = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["made_at"], name="appeal_open", condition=Q(state="open")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "appellant"], name="appeal_once"),
            models.CheckConstraint(
                name="appeal_judged_or_open",
                condition=Q(state="open", judgement__isnull=True)
                | (~Q(state="open") & Q(judgement__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} · {self.decision_id}"
