"""What reviewers make of the threads: decisions on them, and who works on which."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.annotations import Annotation, Tag, new_uid
from reader.models.documents import Document, Edition
from reader.models.people import User


class Disposition(models.Model):
    """A reviewer's decision on a thread, whose root ``annotation`` is.

    One at a time stands; a withdrawn one (the thread was reopened, or decided anew) stays as
    history. ``addressed_in`` is the edition whose text answers the thread: for an accepted
    suggestion a draft, as long as that is not published. Accepted and null: it waits.
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        PARTLY = "partly", _("Partly accepted")
        DECLINED = "declined", _("Declined")
        ANSWERED = "answered", _("Answered")
        OUT_OF_SCOPE = "out-of-scope", _("Out of scope")
        DUPLICATE = "duplicate", _("Duplicate")

    ADDRESSABLE: ClassVar = [Outcome.ACCEPTED, Outcome.PARTLY, Outcome.ANSWERED]

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="dispositions")
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=2000, blank=True)
    addressed_in = models.ForeignKey(
        Edition, models.SET_NULL, null=True, blank=True, related_name="dispositions"
    )
    duplicate_of = models.ForeignKey(
        Annotation,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="duplicates",
        db_index=False,
    )
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    withdrawn_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        ordering: ClassVar = ["annotation", "-decided_at", "-pk"]
        indexes: ClassVar = [
            # Without the many that are none: by them SQLite would judge the index to be of no use.
            models.Index(
                fields=["duplicate_of"],
                name="disposition_duplicates",
                condition=Q(duplicate_of__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["annotation"],
                condition=Q(withdrawn_at__isnull=True),
                name="disposition_one_stands",
            ),
            models.CheckConstraint(
                name="disposition_outcome_known",
                condition=Q(
                    outcome__in=[
                        "accepted",
                        "partly",
                        "declined",
                        "answered",
                        "out-of-scope",
                        "duplicate",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="disposition_addressed_where_it_can_be",
                condition=Q(outcome__in=["accepted", "partly", "answered"])
                | Q(addressed_in__isnull=True),
            ),
            models.CheckConstraint(
                name="disposition_duplicate_of_another",
                condition=Q(outcome="duplicate", duplicate_of__isnull=False)
                | (~Q(outcome="duplicate") & Q(duplicate_of__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.annotation_id}"


class Assignment(models.Model):
    """Who of the reviewers has taken a thread on, or was given it. At most one person."""

    annotation = models.OneToOneField(Annotation, models.CASCADE, related_name="assignment")
    assignee = models.ForeignKey(User, models.CASCADE, related_name="assignments")
    assigned_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    assigned_at = models.DateTimeField(_("assigned"), default=timezone.now)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")

    def __str__(self) -> str:
        return f"{self.annotation_id}: {self.assignee}"


class Label(models.Model):
    """A tag that a reviewer put on a thread, beside those of its author. Reviewers see them."""

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="labels")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="labels")
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering: ClassVar = ["annotation", "tag__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["annotation", "tag"], name="label_once"),
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id}: {self.tag}"


class SavedFilter(models.Model):
    """A choice of threads that a reviewer comes back to; ``query`` is the address's query string.

    A shared one is seen by all reviewers of the document.
    """

    uid = models.CharField(max_length=22, unique=True, default=new_uid, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="saved_filters")
    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=1000)
    is_shared = models.BooleanField(_("shared"), default=False)
    created_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering: ClassVar = ["document", "name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["document", "owner", "name"], name="saved_filter_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReviewVisit(models.Model):
    """When a reviewer was last at a document's review desk, and which thread is open there.

    ``since`` is when the visit before the present one ended: what is newer is new to them.
    ``thread`` is what others see them at for as long as ``last_at`` is recent.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="review_visits")
    document = models.ForeignKey(Document, models.CASCADE, related_name="review_visits")
    since = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(default=timezone.now)
    thread = models.ForeignKey(
        Annotation, models.SET_NULL, null=True, blank=True, related_name="review_visits"
    )

    class Meta:
        verbose_name = _("visit to the review desk")
        verbose_name_plural = _("visits to the review desk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "document"], name="review_visit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.document_id}"
