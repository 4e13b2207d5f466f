"""Finding annotations and tags. Words are never changed here; private ones are never shown."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from reader import policy, shared_look
from reader.admin.base import ListAdmin, ReadOnlyAdmin
from reader.admin.filters import OfDocument
from reader.models import Annotation, Tag

MOST_USES = 50  # counted of a tag: its list must not cost more the larger the site is


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    """Public annotations: the operator's index. Deciding happens on the moderators' pages."""

    list_display = (
        "written",
        "writer",
        "motivation",
        "slug",
        "passage",
        "words",
        "status",
        "visibility",
        "links",
    )
    list_filter = ("status", "motivation", OfDocument)
    list_select_related = ("author", "document", "root")
    search_fields = ("=uid", "author__username", "author__name", "body", "exact")
    search_help_text = _("Whole name (uid), author, or words of the annotation or its passage")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("uid", "writer", "motivation", "document", "links")}),
        (_("Words"), {"fields": ("passage", "body", "replacement", "tag_names")}),
        (_("State"), {"fields": ("status", "visibility", "attention_since", "version")}),
        (_("Times"), {"fields": ("created_at", "edited_at")}),
    )
    readonly_fields = ("writer", "passage", "links", "tag_names")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Annotation]:
        """Return what the viewer may decide on: public and undeleted, in their documents."""
        return Annotation.objects.filter(policy.moderated_in_public(request.user))

    @admin.display(description=_("author"))
    def writer(self, annotation: Annotation) -> str:
        """Return the author's name with a link to the profile."""
        if annotation.author is None:
            return "–"
        url = annotation.author.get_absolute_url()
        return format_html('<a href="{}">{}</a>', url, annotation.author)

    @admin.display(description=_("written"))
    def written(self, annotation: Annotation) -> str:
        """Return the day it was written."""
        return date_format(localtime(annotation.created_at), "SHORT_DATE_FORMAT")

    @admin.display(description=_("document"))
    def slug(self, annotation: Annotation) -> str:
        """Return the document's short name."""
        return annotation.document.slug

    @admin.display(description=_("passage"))
    def passage(self, annotation: Annotation) -> str:
        """Return the first words of the passage it stands on."""
        root = annotation.root or annotation
        return Truncator(root.exact).words(8, truncate="…") or "–"

    @admin.display(description=_("words"))
    def words(self, annotation: Annotation) -> str:
        """Return the first words of the body."""
        return Truncator(annotation.body).words(14, truncate="…") or "–"

    @admin.display(description=_("open"))
    def links(self, annotation: Annotation) -> str:
        """Return links to the reader and to the moderators' page."""
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            annotation.get_absolute_url(),
            _("Read"),
            reverse("admin:reader_queueitem_change", args=[annotation.pk]),
            _("Decide"),
        )

    @admin.display(description=_("tags"))
    def tag_names(self, annotation: Annotation) -> str:
        """Return the names of its tags."""
        return ", ".join(tag.name for tag in annotation.tags.all()) or "–"


class TagList(ChangeList):
    """Tags with the uses of those on the page, counted in one query."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page and count how often its tags are used in what the viewer moderates.

        Of each tag at most :data:`MOST_USES` are counted, and one more.
        """
        super().get_results(request)
        self.result_list = list(self.result_list)
        uses = Annotation.objects.filter(
            policy.moderated_in_public(request.user), tags=OuterRef("pk")
        )
        number = Subquery(
            uses.order_by().values("pk")[: MOST_USES + 1],
            output_field=IntegerField(),
            template="(SELECT COUNT(*) FROM (%(subquery)s) AS some_uses)",
        )
        tags = Tag.objects.filter(pk__in=[tag.pk for tag in self.result_list]).order_by()
        counts = dict(tags.annotate(n=number).values_list("pk", "n"))
        for tag in self.result_list:
            tag.uses = counts.get(tag.pk, 0)


@admin.register(Tag)
class TagAdmin(ListAdmin):
    """Tags that stand on public annotations; they can be renamed to a name not yet taken."""

    list_display = ("name", "uses")
    search_fields = ("name",)
    ordering = ("name",)
    sortable_by = ()
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that counts once per page."""
        return TagList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        """Return the tags of annotations the viewer moderates: others may be private words."""
        public = Annotation.objects.filter(
            policy.moderated_in_public(request.user), tags=OuterRef("pk")
        )
        return Tag.objects.filter(Exists(public))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tags come with annotations."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Tags go with annotations."""
        return False

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        """Rename the tag wherever it is shown."""
        super().save_model(request, obj, form, change)
        shared_look.changed()

    @admin.display(description=_("uses"))
    def uses(self, tag: Any) -> str:
        """Return how many public annotations bear it; of many, that they are many."""
        return f"{MOST_USES}+" if tag.uses > MOST_USES else str(tag.uses)
