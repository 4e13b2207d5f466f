"""Agreeing and disagreeing."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation
from reader.models.people import User


class Reaction(models.Model):
    """That somebody agrees or disagrees with an annotation: one per person."""

    class Stance(models.TextChoices):
        AGREE = "agree", _("Agree")
        DISAGREE = "disagree", _("Disagree")

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="reactions")
    person = models.ForeignKey(User, models.CASCADE, related_name="reactions")
    stance = models.CharField(_("stance"), max_length=8, choices=Stance)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["annotation", "person"], name="reaction_once"),
            models.CheckConstraint(
                name="reaction_stance_known", condition=Q(stance__in=["agree", "disagree"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.stance} {self.annotation_id}"
