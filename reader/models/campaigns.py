"""Comments that many people sent in nearly the same words."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation
from reader.models.documents import Document


class Campaign(models.Model):
    """A set of near-duplicate threads of one document; its members point to it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="campaigns")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members: "models.ManyToManyField[Annotation, CampaignMembership]" = models.ManyToManyField(
        Annotation, through="CampaignMembership", related_name="campaigns"
    )

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")

    def __str__(self) -> str:
        return f"{self.document_id}/{self.pk}"


class CampaignMembership(models.Model):
    """One thread's place in a campaign.

    ``is_outlier``: it adds words of its own, so that it is shown beside the card that folds the
    others. ``is_apart``: a reviewer took it out by hand, and it stays out.
    """

    annotation = models.OneToOneField(Annotation, models.CASCADE, related_name="campaign_place")
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="places")
    is_outlier = models.BooleanField(default=False)
    is_apart = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("place in a campaign")
        verbose_name_plural = _("places in campaigns")
        indexes: ClassVar = [
            models.Index(fields=["campaign", "annotation"], name="campaign_members"),
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id} in {self.campaign_id}"


class Likeness(models.Model):
    """One band of an annotation's MinHash signature: texts that share one may be alike."""

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="likenesses")
    document = models.ForeignKey(Document, models.CASCADE, related_name="+")
    band = models.PositiveSmallIntegerField()
    value = models.BigIntegerField()

    class Meta:
        verbose_name = _("likeness")
        verbose_name_plural = _("likenesses")
        indexes: ClassVar = [
            models.Index(fields=["document", "band", "value"], name="likeness_band"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["annotation", "band"], name="likeness_band_once"),
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id}:{self.band}"
