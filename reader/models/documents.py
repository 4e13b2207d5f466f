"""Documents, their immutable editions, and the blocks an edition is made of."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.people import User
from reader.text.blocks import BlockKind


class Document(models.Model):
    """A work that people read and annotate."""

    class Annotating(models.TextChoices):
        OPEN = "open", _("Open: shown at once")
        REVIEWED = "reviewed", _("Reviewed: shown once a moderator approved it")
        CLOSED = "closed", _("Closed: reading only")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=300)
    author = models.CharField(_("author"), max_length=200, blank=True)
    description = models.CharField(_("description"), max_length=400, blank=True)
    language = models.CharField(
        _("language"), max_length=35, default="en", help_text=_("BCP 47 tag, such as en or kk.")
    )
    date = models.DateField(_("date"), null=True, blank=True)
    rights = models.CharField(_("rights"), max_length=300, blank=True)
    source_url = models.URLField(_("source"), blank=True)
    annotating = models.CharField(
        _("annotating"), max_length=10, choices=Annotating, default=Annotating.OPEN
    )
    guests_may_annotate = models.BooleanField(
        _("no account needed"),
        default=False,
        help_text=_("People without an account may annotate under a name they give."),
    )
    checks = models.CharField(
        _("checks before publication"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Their names, with spaces between them."),
    )
    judge_url = models.URLField(
        _("outside judge"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Asked about each text that is held; it may approve or deny."),
    )
    judge_secret = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False
    )
    is_published = models.BooleanField(
        _("published"), default=True, help_text=_("Others than its editors may read it.")
    )
    current_edition = models.ForeignKey(
        "reader.Edition", models.PROTECT, null=True, blank=True, related_name="+"
    )
    responses_published_at = models.DateTimeField(
        _("responses published"), null=True, blank=True, editable=False
    )
    responses_published_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    last_event = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            # All that the library's order and count ask for, so that no row is fetched for them.
            models.Index(
                fields=["-created_at", "-id", "is_published", "current_edition"],
                name="document_library",
            ),
            models.Index(fields=["language", "is_published"], name="document_languages"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address where the current edition is read."""
        return reverse("document", args=[self.slug])


class Edition(models.Model):
    """One text of a document: a draft until it is published, immutable from then on.

    ``text`` is the plain text: the blocks' texts joined by a blank line. All positions on the
    server and on the wire are code points in it. A document has at most one draft.
    """

    class Origin(models.TextChoices):
        FILE = "file", _("From a file or pasted text")
        SUGGESTIONS = "suggestions", _("From accepted suggestions")

    document = models.ForeignKey(Document, models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField(_("number"))
    label = models.CharField(_("label"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)
    origin = models.CharField(_("origin"), max_length=11, choices=Origin, default=Origin.FILE)
    based_on = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="followers"
    )
    source_name = models.CharField(_("source file"), max_length=255, blank=True)
    source_sha256 = models.CharField(_("SHA-256 of the source"), max_length=64, blank=True)
    text = models.TextField(_("plain text"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering: ClassVar = ["document", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "number"], name="edition_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="edition_from_one"),
            models.UniqueConstraint(
                fields=["document"],
                condition=models.Q(published_at__isnull=True),
                name="edition_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return self.label or _("Edition %(number)d") % {"number": self.number}

    def get_absolute_url(self) -> str:
        """Return the address where this very edition is read."""
        return reverse("edition", args=[self.document.slug, self.number])

    @property
    def is_draft(self) -> bool:
        """Whether it is not published yet: only its editors read it."""
        return self.published_at is None


class Block(models.Model):
    """A piece of an edition's text in reading order."""

    KINDS: ClassVar = [
        (BlockKind.PARAGRAPH, _("Paragraph")),
        (BlockKind.HEADING, _("Heading")),
        (BlockKind.LIST_ITEM, _("List item")),
        (BlockKind.QUOTATION, _("Quotation")),
        (BlockKind.VERSE, _("Verse")),
        (BlockKind.PREFORMATTED, _("Preformatted")),
    ]

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="blocks")
    position = models.PositiveIntegerField(_("position"))
    ref = models.CharField(_("reference"), max_length=20)
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=KINDS, default=BlockKind.PARAGRAPH)
    level = models.PositiveSmallIntegerField(_("level"), default=0)
    text = models.TextField(_("text"))
    inline = models.JSONField(_("inline marks"), default=list, blank=True)
    start = models.PositiveIntegerField(_("start"))

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering: ClassVar = ["edition", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "position"], name="block_position_once"),
            models.UniqueConstraint(fields=["edition", "ref"], name="block_ref_once"),
            models.UniqueConstraint(fields=["edition", "start"], name="block_start_once"),
        ]

    def __str__(self) -> str:
        return f"¶ {self.number}" if self.number else self.ref

    @property
    def end(self) -> int:
        """Where the block ends, in code points of the edition's plain text."""
        return self.start + len(self.text)
