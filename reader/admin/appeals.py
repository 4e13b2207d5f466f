"""Appeals: what was decided, what its opponents say, and judging it by another moderator."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reader import policy
from reader.actions.appeals import judge
from reader.actions.errors import Conflict, Invalid
from reader.admin.base import staff
from reader.admin.forms import JudgementForm
from reader.admin.log import RecordAdmin
from reader.models import Appeal
from reader.queries import appeals


@admin.register(Appeal)
class AppealAdmin(RecordAdmin):
    """What waits to be judged first, the oldest of it; then what was judged."""

    list_display = ("made_at", "what", "about", "appellant", "decided_by", "state")
    list_filter = ("state", "decision__act")
    search_fields = ("=decision__annotation_uid", "appellant__username", "words")
    search_help_text = gettext_lazy("Whole name of an annotation, who appeals, or their words")
    ordering = ()
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        """Return the appeals the moderator may read."""
        return appeals.appeals_for(request.user)

    def get_urls(self) -> list[URLPattern]:
        """Add the address where judgements are posted."""
        view = self.admin_site.admin_view(self.judge_view)
        return [path("<int:pk>/judge/", view, name="reader_appeal_judge"), *super().get_urls()]

    @admin.display(description=gettext_lazy("decision"))
    def what(self, appeal: Appeal) -> str:
        """Return what was decided."""
        return appeal.decision.get_act_display()

    @admin.display(description=gettext_lazy("about"))
    def about(self, appeal: Appeal) -> str:
        """Return what the decision is about."""
        decision = appeal.decision
        if decision.act in policy.RESTRICTING:
            return str(decision.person or "–")
        return decision.annotation_uid

    @admin.display(description=gettext_lazy("decided by"))
    def decided_by(self, appeal: Appeal) -> str:
        """Return who cannot judge it."""
        return appeal.decision.actor_name

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one appeal with all it takes to judge it."""
        return self._page(request, self._find(request, object_id), JudgementForm())

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the decision log, which is the history."""
        appeal = self._find(request, object_id)
        url = reverse("admin:reader_decision_change", args=[appeal.decision_id])
        return HttpResponseRedirect(url)

    def _find(self, request: HttpRequest, pk: str | int) -> Appeal:
        """Return an appeal this moderator may read.

        Raises:
            PermissionDenied: the viewer is no moderator.
            Http404: there is none.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return self.get_queryset(request).get(pk=pk)
        except (Appeal.DoesNotExist, ValueError, OverflowError) as error:
            raise Http404 from error

    def _page(
        self, request: HttpRequest, appeal: Appeal, form: JudgementForm, status: int = 200
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Appeal"),
            "opts": self.opts,
            "hearing": appeals.hearing_of(request.user, appeal),
            "form": form,
        }
        name = "admin/reader/appeal/change_form.html"
        return TemplateResponse(request, name, context, status=status)

    @method_decorator(require_POST)
    def judge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Judge an appeal; the appellant is told. The next one that waits follows."""
        appeal = self._find(request, pk)
        form = JudgementForm(request.POST)
        if not form.is_valid():
            return self._page(request, appeal, form, 422)
        try:
            judge(moderator=staff(request), appeal=appeal, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return self._page(request, appeal, form, 422)
        except policy.Refused as error:
            form.add_error(None, str(error))
            return self._page(request, self._find(request, pk), form, 403)
        except Conflict as error:
            form.add_error(None, str(error))
            return self._page(request, self._find(request, pk), form, 409)
        self.message_user(request, _("Judged, and the appellant is told."), messages.SUCCESS)
        follows = appeals.next_waiting(request.user, appeal)
        if follows is not None:
            return HttpResponseRedirect(reverse("admin:reader_appeal_change", args=[follows]))
        return HttpResponseRedirect(reverse("admin:reader_appeal_changelist"))
