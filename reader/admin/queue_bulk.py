"""Deciding on many items of the queue at once, each as it was seen."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reader import policy
from reader.actions.errors import Conflict, Invalid
from reader.actions.moderation import decide
from reader.admin.base import ReadOnlyAdmin, small_integer, staff
from reader.admin.forms import DenialForm
from reader.models import Decision, QueueItem


class BulkActs(ReadOnlyAdmin):
    """The acts on what is ticked. They are one act for whoever undoes them."""

    actions = ("approve_items", "deny_items", "spam_items")

    @admin.action(description=gettext_lazy("Approve"))
    def approve_items(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> None:
        """Approve what is ticked."""
        self._decide_ticked(request, queryset, act=Decision.Act.APPROVE)

    @admin.action(description=gettext_lazy("Mark as spam"))
    def spam_items(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> None:
        """Mark what is ticked as spam."""
        self._decide_ticked(request, queryset, act=Decision.Act.SPAM)

    @admin.action(description=gettext_lazy("Deny…"))
    def deny_items(
        self, request: HttpRequest, queryset: QuerySet[QueueItem]
    ) -> HttpResponse | None:
        """Ask for the reason, then deny what is ticked."""
        form = DenialForm(request.POST if "confirmed" in request.POST else None)
        if form.is_bound and form.is_valid():
            self._decide_ticked(request, queryset, act=Decision.Act.DENY, **form.cleaned_data)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Deny what is ticked"),
            "opts": self.opts,
            "form": form,
            "items": [(item, seen) for item, seen in _ticked(request, queryset) if seen],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        status = 422 if form.is_bound else 200
        template = "admin/reader/queueitem/deny_selected.html"
        return TemplateResponse(request, template, context, status=status)

    def _decide_ticked(
        self, request: HttpRequest, queryset: QuerySet[QueueItem], **decision: Any
    ) -> None:
        """Decide on each item as it was seen; one that changed meanwhile stays in the queue.

        All decisions bear one time, by which they are known as one act and undone together.
        """
        now = timezone.now()
        done = 0
        for item, seen in _ticked(request, queryset):
            try:
                if seen:
                    decide(
                        moderator=staff(request), annotation=item, version=seen, at=now, **decision
                    )
                    done += 1
            except (policy.Refused, Invalid, Conflict) as error:
                self.message_user(request, f"{item} · {item.author}: {error}", messages.WARNING)
        ticked = len(request.POST.getlist(ACTION_CHECKBOX_NAME))
        if done:
            said = ngettext("%(act)s: %(n)d.", "%(act)s: %(n)d.", done)
            label = Decision.Act(decision["act"]).label
            self.message_user(request, said % {"act": label, "n": done}, messages.SUCCESS)
        if not done and ticked:
            said = _("Nothing was decided: what you ticked does not wait any more.")
            self.message_user(request, said, messages.WARNING)


def _ticked(request: HttpRequest, queryset: QuerySet[QueueItem]) -> Iterator[tuple[QueueItem, int]]:
    """Yield the ticked items with the version the moderator saw, 0 for what was not on the page."""
    for item in queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME)):
        yield item, small_integer(request.POST.get(f"version-{item.pk}", "")) or 0
