"""Where annotations stand: a row for each root and edition."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation
from reader.models.documents import Block, Edition
from reader.models.people import User
from reader.text.anchoring import Verdict


class Anchor(models.Model):
    """Where a root annotation stands in one edition. Offsets count code points within a block.

    ``decided_at`` is set where an editor, and not the machine, has said where it stands.
    """

    VERDICTS: ClassVar = [
        (Verdict.EXACT, _("Exact")),
        (Verdict.MOVED, _("Moved")),
        (Verdict.FUZZY, _("Words changed")),
        (Verdict.ORPHANED, _("Passage gone")),
        (Verdict.CONFIRMED, _("Confirmed by an editor")),
    ]

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="anchors")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="anchors")
    first_block = models.ForeignKey(
        Block, models.CASCADE, null=True, blank=True, related_name="anchors"
    )
    start = models.PositiveIntegerField(null=True, blank=True)
    last_block = models.ForeignKey(
        Block, models.CASCADE, null=True, blank=True, related_name="anchors_ending"
    )
    end = models.PositiveIntegerField(null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=VERDICTS)
    score = models.FloatField(_("score"))
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")
        indexes: ClassVar = [
            models.Index(fields=["edition", "first_block", "start"], name="anchor_by_place"),
            models.Index(
                fields=["edition"],
                name="anchor_across_blocks",
                condition=~Q(first_block=models.F("last_block")),
            ),
            models.Index(
                fields=["edition", "verdict"],
                name="anchor_to_look_at",
                condition=Q(verdict__in=["fuzzy", "orphaned"]),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["annotation", "edition"], name="anchor_once"),
            models.CheckConstraint(
                name="anchor_placed_or_orphaned",
                condition=Q(
                    verdict="orphaned",
                    first_block__isnull=True,
                    last_block__isnull=True,
                    start__isnull=True,
                    end__isnull=True,
                )
                | (
                    ~Q(verdict="orphaned")
                    & Q(
                        first_block__isnull=False,
                        last_block__isnull=False,
                        start__isnull=False,
                        end__isnull=False,
                    )
                ),
            ),
            models.CheckConstraint(
                name="anchor_score_is_probability", condition=Q(score__gte=0, score__lte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id} @ {self.edition_id}"
