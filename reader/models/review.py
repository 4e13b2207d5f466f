"""What editors make of what readers suggest."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation
from reader.models.documents import Edition
from reader.models.people import User


class Disposition(models.Model):
    """An editor's answer to a thread. One at a time stands; a withdrawn one stays as history.

    ``addressed_in`` is the edition whose text took an accepted suggestion up: a draft, as long as
    that is not published. Accepted and null: it waits for the next draft.
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="dispositions")
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    addressed_in = models.ForeignKey(
        Edition, models.SET_NULL, null=True, blank=True, related_name="dispositions"
    )
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        ordering: ClassVar = ["annotation", "-decided_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["annotation"],
                condition=Q(withdrawn_at__isnull=True),
                name="disposition_one_stands",
            ),
            models.CheckConstraint(
                name="disposition_outcome_known",
                condition=Q(outcome__in=["accepted", "declined"]),
            ),
            models.CheckConstraint(
                name="disposition_declined_addresses_nothing",
                condition=Q(outcome="accepted") | Q(addressed_in__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.annotation_id}"
