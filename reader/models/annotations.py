"""Annotations, their tags, their earlier wordings, and where they stand in an edition."""

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reader.models.documents import Document, Edition
from reader.models.people import Group, User

UID_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
UID_LENGTH = 22


def new_uid() -> str:
    """Return a name for an annotation that nobody can guess: 22 letters and digits, 128 bits."""
    return "".join(secrets.choice(UID_ALPHABET) for _position in range(UID_LENGTH))


class Motivation(models.TextChoices):
    """Why somebody annotated: terms of the W3C Web Annotation Vocabulary."""

    HIGHLIGHTING = "highlighting", _("Highlight")
    COMMENTING = "commenting", _("Comment")
    QUESTIONING = "questioning", _("Question")
    EDITING = "editing", _("Suggested edit")
    REPLYING = "replying", _("Reply")
    BOOKMARKING = "bookmarking", _("Bookmark")


_MOTIVATIONS = dict(Motivation.choices)


class Visibility(models.TextChoices):
    """Who may see an annotation once it is approved."""

    PRIVATE = "private", _("Only me")
    GROUP = "group", _("Group")
    PUBLIC = "public", _("Public")


class Status(models.TextChoices):
    """Where an annotation stands with the moderators."""

    PENDING = "pending", pgettext_lazy("status", "Waiting for review")
    APPROVED = "approved", pgettext_lazy("status", "Approved")
    DENIED = "denied", pgettext_lazy("status", "Denied")
    SPAM = "spam", pgettext_lazy("status", "Spam")


class Tag(models.Model):
    """A word that annotations are gathered under; written in small letters."""

    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Annotation(models.Model):
    """What somebody attached: to a span of text (a root) or to another annotation (a reply).

    The selectors (``exact``, ``prefix``, ``suffix``, ``start``, ``end``) are kept as they were made
    on ``edition``; where the annotation stands now is an :class:`Anchor`. A deleted annotation
    keeps its row without its words, so that the replies under it still hang together.
    ``attention_weight`` says how much what waits weighs: 2 is a report by somebody without record,
    and as much as what waits for its first look; see ``queries/reporters.py``.
    """

    uid = models.CharField(max_length=UID_LENGTH, unique=True, default=new_uid, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="annotations")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+")
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="annotations"
    )
    motivation = models.CharField(_("motivation"), max_length=12, choices=Motivation)
    body = models.TextField(_("body"), blank=True)
    body_html = models.TextField(editable=False, blank=True)
    replacement = models.TextField(_("suggested wording"), null=True, blank=True)  # noqa: DJ001 -- null: no suggestion; "": suggests to strike the passage
    language = models.CharField(_("language"), max_length=35, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="annotations")

    visibility = models.CharField(
        _("visibility"), max_length=8, choices=Visibility, default=Visibility.PUBLIC
    )
    group = models.ForeignKey(
        Group, models.CASCADE, null=True, blank=True, related_name="annotations"
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.APPROVED)
    attention_since = models.DateTimeField(
        _("waiting since"), null=True, blank=True, editable=False
    )
    attention_weight = models.PositiveSmallIntegerField(default=2, db_default=2, editable=False)

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False
    )
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies", db_index=False
    )

    exact = models.TextField(_("quoted passage"), blank=True)
    prefix = models.TextField(blank=True)
    suffix = models.TextField(blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)

    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    agree_count = models.PositiveIntegerField(default=0, editable=False)
    disagree_count = models.PositiveIntegerField(default=0, editable=False)
    foreign_id = models.CharField(max_length=400, null=True, blank=True, editable=False)  # noqa: DJ001 -- what it was called where it was imported from; null: it was written here
    client_key = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 -- null where no key was sent, so that the unique constraint skips it

    class Meta:
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")
        ordering: ClassVar = ["created_at", "pk"]
        permissions: ClassVar = [("moderate_annotation", _("Can moderate annotations"))]
        indexes: ClassVar = [
            models.Index(fields=["document", "status", "-created_at"], name="annotation_recent"),
            models.Index(fields=["author", "-created_at"], name="annotation_by_author"),
            # Of replies only. SQLite would also use them to find all roots of the site, before it
            # looks which of them stand in the document that was asked for.
            models.Index(
                fields=["parent"], name="annotation_children", condition=Q(parent__isnull=False)
            ),
            models.Index(
                fields=["root", "created_at"],
                name="annotation_thread",
                condition=Q(root__isnull=False),
            ),
            models.Index(
                fields=["attention_since"],
                name="annotation_queue",
                condition=Q(attention_since__isnull=False),
            ),
            models.Index(
                fields=["-attention_weight", "attention_since", "id"],
                name="annotation_queue_order",
                condition=Q(attention_since__isnull=False),
            ),
            models.Index(
                fields=["document", "attention_since"],
                name="annotation_queue_of",
                condition=Q(attention_since__isnull=False),
            ),
            models.Index(fields=["document", "disagree_count"], name="annotation_disputed"),
            models.Index(
                fields=["document", "created_at"],
                name="annotation_roots",
                condition=Q(parent__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="annotation_motivation_known",
                condition=Q(motivation__in=[value for value, _label in Motivation.choices]),
            ),
            models.CheckConstraint(
                name="annotation_visibility_known",
                condition=Q(visibility__in=[value for value, _label in Visibility.choices]),
            ),
            models.CheckConstraint(
                name="annotation_status_known",
                condition=Q(status__in=[value for value, _label in Status.choices]),
            ),
            models.CheckConstraint(
                name="annotation_group_iff_group",
                condition=Q(visibility="group", group__isnull=False)
                | (~Q(visibility="group") & Q(group__isnull=True)),
            ),
            models.CheckConstraint(
                name="annotation_reply_or_root",
                condition=Q(
                    motivation="replying",
                    parent__isnull=False,
                    root__isnull=False,
                    start__isnull=True,
                    end__isnull=True,
                )
                | (~Q(motivation="replying") & Q(parent__isnull=True, root__isnull=True)),
            ),
            models.CheckConstraint(
                name="annotation_span_forward",
                condition=Q(start__isnull=True, end__isnull=True) | Q(end__gt=F("start")),
            ),
            models.CheckConstraint(
                name="annotation_deleted_is_empty",
                condition=Q(deleted_at__isnull=True)
                | Q(body="", body_html="", replacement__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["author", "client_key"], name="annotation_client_key_once"
            ),
            models.UniqueConstraint(
                fields=["document", "foreign_id"], name="annotation_foreign_id_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_motivation_display()} {self.uid[:6]}"

    def get_absolute_url(self) -> str:
        """Return the permalink, which lands on the passage with the thread open."""
        return reverse("annotation", args=[self.uid])

    def get_motivation_display(self) -> str:  # type: ignore[no-redef]  # instead of Django's
        """Return why it was written, in the reader's language.

        Django's own makes a table of all choices each time; each card asks for this twice.
        """
        return str(_MOTIVATIONS.get(self.motivation, self.motivation))

    @property
    def is_root(self) -> bool:
        """Whether it targets a passage (and not another annotation)."""
        return self.parent_id is None

    @property
    def is_deleted(self) -> bool:
        """Whether its author took it back; the words are gone then."""
        return self.deleted_at is not None


class AnnotationRevision(models.Model):
    """An earlier wording of an annotation.

    Its author and the moderators see all of them; others those that they could have read then.
    ``for_group`` is the id of the group, if any, that it was written for: in another group, or in
    public, nobody but its author sees it.
    """

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField(_("version"))
    body = models.TextField(_("body"), blank=True)
    body_html = models.TextField(blank=True)
    replacement = models.TextField(null=True, blank=True)  # noqa: DJ001 -- as in Annotation
    exact = models.TextField(_("quoted passage"), blank=True)
    written_at = models.DateTimeField(_("written"))
    was_public = models.BooleanField(_("was seen by others"), default=False)
    for_group = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("earlier wording")
        verbose_name_plural = _("earlier wordings")
        ordering: ClassVar = ["annotation", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["annotation", "version"], name="revision_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.annotation} v{self.version}"
