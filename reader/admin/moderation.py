"""The moderators' queue: what waits, in context, and the acts on it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from reader import policy
from reader.actions.errors import Conflict, Invalid
from reader.actions.moderation import decide, undo
from reader.admin.base import ReadOnlyAdmin, small_integer, staff
from reader.admin.filters import ReportedFor, WaitingDocument, WhyWaiting
from reader.admin.forms import CHOOSE_REASON, DecisionForm, DenialForm
from reader.models import Annotation, Decision, QueueItem
from reader.queries import moderation

UNDO_OFFERED_FOR = timedelta(hours=24)
ITEMS_PER_PAGE = 25
MOST_UNDONE_AT_ONCE = 100


@admin.register(QueueItem)
class QueueAdmin(ReadOnlyAdmin):
    """Pending and reported annotations, what has waited longest first."""

    list_filter = (WaitingDocument, WhyWaiting, ReportedFor)
    search_fields = ("author__username", "author__name", "body", "exact")
    search_help_text = gettext_lazy("Author, or words of the annotation or its passage")
    ordering = ("attention_since", "pk")
    list_per_page = ITEMS_PER_PAGE
    actions = ("approve_items", "deny_items", "spam_items")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Moderators have a queue, those of a single document too."""
        return policy.moderates_anything(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Moderators have a queue; which items it holds is for the queryset to say."""
        return policy.moderates_anything(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueueItem]:
        """Return what waits for this moderator."""
        return moderation.queue(request.user)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses where decisions are posted."""
        wrap = self.admin_site.admin_view
        own = [
            path("undo/", wrap(self.undo_view), name="reader_queueitem_undo"),
            path("<int:pk>/decide/", wrap(self.decide_view), name="reader_queueitem_decide"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the queue as cards."""
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None)
        if context is None or "cl" not in context:
            return response
        changelist = context["cl"]
        context.update(
            title=_("Moderation queue"),
            cards=self._cards(request, list(changelist.result_list)),
            latest=moderation.latest_act(staff(request), timezone.now() - UNDO_OFFERED_FOR),
            reasons=CHOOSE_REASON,
            filters=request.GET.urlencode(),
        )
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one annotation to decide on, whether it waits in the queue or not."""
        return self._card_page(request, self._find(request, object_id))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the decision log, which is the history."""
        item = self._find(request, object_id)
        log = reverse("admin:reader_decision_changelist")
        return HttpResponseRedirect(f"{log}?q={item.uid}")

    def _find(self, request: HttpRequest, pk: str | int) -> QueueItem:
        """Return an annotation this moderator may decide on.

        Raises:
            PermissionDenied: the viewer is no moderator.
            Http404: there is none.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return moderation.moderated(request.user).get(pk=pk)
        except (QueueItem.DoesNotExist, ValueError) as error:
            raise Http404 from error

    def _cards(self, request: HttpRequest, items: list[QueueItem]) -> list[moderation.Dossier]:
        return moderation.dossiers(request.user, items)

    def _card_page(
        self, request: HttpRequest, item: QueueItem, *, status: int = 200, **more: Any
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("One annotation"),
            "opts": self.opts,
            "card": self._cards(request, [item])[0],
            "decisions": moderation.log(request.user).filter(annotation=item),
            "reasons": CHOOSE_REASON,
            "filters": request.POST.get("filters", ""),
            **more,
        }
        return TemplateResponse(
            request, "admin/reader/queueitem/change_form.html", context, status=status
        )

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a decision on one annotation as the moderator saw it."""
        item = self._find(request, pk)
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self._card_page(request, item, status=422, form=form)
        data = form.cleaned_data
        try:
            decision = decide(moderator=staff(request), annotation=item, **data)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return self._card_page(request, item, status=422, form=form)
        except policy.Refused as error:
            raise PermissionDenied(str(error)) from error
        except Conflict as error:
            return self._conflict_page(request, item, form, str(error))
        self.message_user(request, _said(decision, item), messages.SUCCESS)
        return HttpResponseRedirect(_queue_url(request))

    def _conflict_page(
        self, request: HttpRequest, item: QueueItem, form: DecisionForm, message: str
    ) -> TemplateResponse:
        """Show the annotation again beside the wording that the moderator had seen."""
        item = self._find(request, item.pk)
        seen = form.cleaned_data["version"]
        form.add_error(None, message)
        conflict = {
            "seen": seen,
            "now": item.version,
            "wording": item.revisions.filter(version=seen).first(),
        }
        return self._card_page(request, item, status=409, form=form, conflict=conflict)

    @method_decorator(require_POST)
    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take decisions back, those of a bulk act together."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sent = [small_integer(value) for value in request.POST.getlist("decision")]
        keys = [key for key in sent if key is not None][:MOST_UNDONE_AT_ONCE]
        undone = 0
        for decision in moderation.log(request.user).filter(pk__in=keys):
            try:
                undo(moderator=staff(request), decision=decision)
            except (policy.Refused, Invalid, Conflict) as error:
                self.message_user(request, f"{decision}: {error}", messages.ERROR)
            else:
                undone += 1
        if undone:
            said = ngettext("%(n)d decision undone.", "%(n)d decisions undone.", undone)
            self.message_user(request, said % {"n": undone}, messages.SUCCESS)
        return HttpResponseRedirect(_queue_url(request))

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


def _said(decision: Decision, item: Annotation) -> str:
    words = {"act": decision.get_act_display(), "what": item, "author": item.author or "–"}
    return _("%(act)s: %(what)s by %(author)s") % words


def _queue_url(request: HttpRequest) -> str:
    """Return the queue as it was filtered before the act, or the log for an act in the log."""
    if request.POST.get("back") == "log":
        return reverse("admin:reader_decision_changelist")
    queue = reverse("admin:reader_queueitem_changelist")
    filters = request.POST.get("filters", "")
    return f"{queue}?{filters}" if filters else queue
