"""The record of moderation: decisions and reports, to read and never to change."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from reader import policy
from reader.admin.base import ReadOnlyAdmin
from reader.admin.filters import DecidedBy
from reader.models import Annotation, Decision, Flag
from reader.queries import moderation


class RecordAdmin(ReadOnlyAdmin):
    """A list that moderators read, each as far as their documents go."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever moderates reads the record."""
        return policy.moderates_anything(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever moderates reads the record; how much of it is for the queryset to say."""
        return policy.moderates_anything(request.user)


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    """The append-only log."""

    list_display = ("at", "act", "about", "reason", "actor_name", "before", "after")
    list_filter = ("act", "reason", DecidedBy)
    search_fields = ("=annotation_uid", "actor_name", "note")
    search_help_text = _("Whole name of an annotation, moderator, or words to the author")
    ordering = ("-pk",)
    sortable_by = ()
    change_form_template = "admin/reader/decision/change_form.html"
    fieldsets = (
        (None, {"fields": ("at", "act", "reason", "note", "actor_name")}),
        (_("About"), {"fields": ("item", "before", "after", "version", "undoes", "taken_back")}),
        (_("Seal"), {"fields": ("previous_hash", "hash"), "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """Return the decisions the moderator may read."""
        return moderation.log(request.user).select_related("person")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return the fields that are not columns."""
        return ["item", "taken_back"]

    @admin.display(description=_("about"))
    def about(self, decision: Decision) -> str:
        """Return the annotation's name, or the person's."""
        return decision.annotation_uid or str(decision.person or "–")

    @admin.display(description=_("annotation"))
    def item(self, decision: Decision) -> str:
        """Return a link to the annotation as a moderator sees it."""
        if decision.annotation_id is None:
            return decision.annotation_uid
        url = reverse("admin:reader_queueitem_change", args=[decision.annotation_id])
        return format_html('<a href="{}">{}</a>', url, decision.annotation_uid)

    @admin.display(description=_("undone"))
    def taken_back(self, decision: Decision) -> str:
        """Return when and by whom it was undone."""
        undoing = getattr(decision, "undone_by", None)
        return f"{undoing.at:%Y-%m-%d %H:%M} · {undoing.actor_name}" if undoing else "–"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one decision, and offer to undo it where that can be."""
        response = super().change_view(request, object_id, form_url, extra_context)
        context = getattr(response, "context_data", None) or {}
        decision = context.get("original")
        context["may_undo"] = (
            isinstance(decision, Decision)
            and decision.act != Decision.Act.UNDO
            and decision.annotation_id is not None
            and not hasattr(decision, "undone_by")
        )
        return response


@admin.register(Flag)
class ReportAdmin(RecordAdmin):
    """What readers have reported."""

    list_display = ("created_at", "reason", "note", "item", "by", "resolution", "resolved_at")
    list_filter = ("resolution", "reason")
    list_select_related = ("annotation", "reporter")
    search_fields = ("=annotation__uid", "reporter__username", "note")
    search_help_text = _("Whole name of an annotation, reporter, or words of the report")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("created_at", "reason", "note", "by", "item", "resolution", "resolved_by")
    readonly_fields = ("item", "by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        """Return the reports the moderator may read."""
        return Flag.objects.filter(policy.reports_visible_to(request.user)).order_by("-pk")

    @admin.display(description=_("annotation"))
    def item(self, report: Flag) -> str:
        """Return a link to the annotation as a moderator sees it."""
        annotation: Annotation = report.annotation
        url = reverse("admin:reader_queueitem_change", args=[annotation.pk])
        return format_html('<a href="{}">{}</a>', url, annotation)

    @admin.display(description=_("by"))
    def by(self, report: Flag) -> str:
        """Return the reporter's name."""
        return str(report.reporter) if report.reporter else str(_("(account erased)"))
