"""The moderators' queue: what waits, in context, and the acts on it."""

from typing import Any

from django.contrib import admin, messages
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
from reader.actions.claims import claim
from reader.actions.errors import Conflict, Invalid
from reader.actions.moderation import UNDONE_WITHIN, decide, undo
from reader.admin.base import small_integer, staff
from reader.admin.filters import ReportedFor, WaitingDocument, WhyWaiting
from reader.admin.forms import CHOOSE_REASON, DecisionForm
from reader.admin.queue_bulk import BulkActs
from reader.models import Annotation, Decision, QueueItem
from reader.queries import claims, moderation

ITEMS_PER_PAGE = 25
MOST_UNDONE_AT_ONCE = 100


@admin.register(QueueItem)
class QueueAdmin(BulkActs):
    """Pending and reported annotations, the heaviest first, of these what has waited longest."""

    list_filter = (WaitingDocument, WhyWaiting, ReportedFor)
    search_fields = ("author__username", "author__name", "body", "exact")
    search_help_text = gettext_lazy("Author, or words of the annotation or its passage")
    ordering = moderation.QUEUE_ORDER
    list_per_page = ITEMS_PER_PAGE

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
            path("<int:pk>/claim/", wrap(self.claim_view), name="reader_queueitem_claim"),
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
            taken=moderation.taken_by_others(request.user),
            **self._latest(request),
            reasons=CHOOSE_REASON,
            may_sanction=policy.may_moderate_everywhere(request.user),
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

    def _latest(self, request: HttpRequest) -> dict[str, Any]:
        return {"latest": moderation.latest_act(staff(request), timezone.now() - UNDONE_WITHIN)}

    def _card_page(
        self, request: HttpRequest, item: QueueItem, *, status: int = 200, **more: Any
    ) -> TemplateResponse:
        """Show one item: on a page of its own, or, where a script asks, the card alone."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("One annotation"),
            "opts": self.opts,
            "card": self._cards(request, [item])[0],
            "claim": claims.by_others(request.user, [item.pk]).get(item.pk),
            "reasons": CHOOSE_REASON,
            "may_sanction": policy.may_moderate_everywhere(request.user),
            "filters": request.POST.get("filters", ""),
            **more,
        }
        if _is_fragment(request):
            name = "admin/reader/queueitem/_card.html"
            return TemplateResponse(request, name, {**context, "in_queue": True}, status=status)
        context["decisions"] = moderation.log(request.user).filter(annotation=item)
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
        if _is_fragment(request):
            context = {**self._latest(request), "filters": request.POST.get("filters", "")}
            return TemplateResponse(request, "admin/reader/queueitem/_latest.html", context)
        self.message_user(request, _said(decision, item), messages.SUCCESS)
        return HttpResponseRedirect(_queue_url(request))

    @method_decorator(require_POST)
    def claim_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say that this moderator is at the item, or take it over from another."""
        item = self._find(request, pk)
        try:
            claim(moderator=staff(request), annotation=item, over="over" in request.POST)
        except policy.Refused as error:
            raise PermissionDenied(str(error)) from error
        except Conflict as error:
            if _is_fragment(request):
                return self._card_page(request, item, status=409)
            self.message_user(request, str(error), messages.WARNING)
        if _is_fragment(request):
            return HttpResponse(status=204)
        return HttpResponseRedirect(reverse("admin:reader_queueitem_change", args=[item.pk]))

    def _conflict_page(
        self, request: HttpRequest, item: QueueItem, form: DecisionForm, message: str
    ) -> TemplateResponse:
        """Show the annotation again beside the wording that the moderator had seen."""
        item = self._find(request, item.pk)
        seen = form.cleaned_data["version"]
        form.add_error(None, message)
        if seen == item.version:  # another moderator is at it; the words are the same
            return self._card_page(request, item, status=409, form=form)
        conflict = {
            "seen": seen,
            "now": item.version,
            # Any number can be sent, also of what was a group's then and never shown here.
            "wording": item.revisions.filter(
                policy.revisions_visible_to(request.user, item), version=seen
            ).first(),
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


def _is_fragment(request: HttpRequest) -> bool:
    """Whether a script of the queue asks, which puts the answer into the page."""
    return request.headers.get("HX-Request") == "true"


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
