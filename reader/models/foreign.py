"""What other software sent and Postil has no place for, kept to be given back unchanged."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation
from reader.models.people import User


class AsSent(models.Model):
    """An annotation as a client sent it, in the words of its protocol.

    What Postil understands of it is in the annotation and may change; the rest (further bodies and
    targets, selectors that speak of pages and not of texts) is taken from here when the annotation
    is given back. It goes when that is deleted, and nobody reads it who may not read that.
    """

    class Protocol(models.TextChoices):
        W3C = "w3c", "W3C"
        HYPOTHESIS = "hypothesis", "Hypothesis"

    annotation = models.OneToOneField(Annotation, models.CASCADE, related_name="as_sent")
    protocol = models.CharField(max_length=10, choices=Protocol)
    data = models.JSONField()

    class Meta:
        verbose_name = _("annotation as it was sent")
        verbose_name_plural = _("annotations as they were sent")

    def __str__(self) -> str:
        return f"{self.protocol} {self.annotation_id}"


class ClientPreferences(models.Model):
    """What other software asked to have remembered of somebody, such as a hint they have read."""

    user = models.OneToOneField(User, models.CASCADE, related_name="client_preferences")
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("preferences in a client")
        verbose_name_plural = _("preferences in clients")

    def __str__(self) -> str:
        return str(self.user_id)
