"""What stands before publication: why something was held, and the words that are looked for."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation


class Hold(models.Model):
    """Why a check holds an annotation for a moderator. ``check_name`` names the check.

    It says something for as long as the annotation is pending, and until ``replaced_at``: when its
    author wrote other words, which were judged anew.
    """

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="holds")
    check_name = models.CharField(_("check"), max_length=20)
    why = models.CharField(_("why"), max_length=300)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering: ClassVar = ["annotation", "pk"]
        default_permissions: ClassVar = ("view",)

    def __str__(self) -> str:
        return f"{self.check_name} · {self.annotation_id}"


class Question(models.Model):
    """That the outside judge of a document is asked about an annotation, as it is by then.

    ``next_attempt_at`` is also the lease of whoever is asking; empty when there was an answer, or
    no more is hoped for.
    """

    annotation = models.OneToOneField(Annotation, models.CASCADE, related_name="question")
    asked_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    verdict = models.CharField(_("answer"), max_length=8, blank=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("question to the outside judge")
        verbose_name_plural = _("questions to the outside judge")
        default_permissions: ClassVar = ()
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="question_due",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id} {self.verdict}"


class WordList(models.Model):
    """Words, one a line, that make a check hold what is written in a language.

    ``language`` is the first part of a BCP 47 tag; empty for every language.
    """

    name = models.CharField(_("name"), max_length=60)
    language = models.CharField(_("language"), max_length=8, blank=True)
    words = models.TextField(_("words"), help_text=_("One a line; * stands for any ending."))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
