"""Warning and restricting people: for moderators of the whole site."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader import policy
from reader.actions import sanctions
from reader.actions.errors import Invalid
from reader.admin.base import ReadOnlyAdmin, staff
from reader.admin.forms import SanctionForm
from reader.models import Decision, Sanction, User
from reader.queries import moderation
from reader.queries.standing import history_of


@admin.register(Sanction)
class SanctionAdmin(ReadOnlyAdmin):
    """What was said to people, the latest first, and saying it to somebody."""

    list_display = ("started_at", "standing", "who", "reason", "until", "lifted_at", "seen_at")
    list_filter = ("standing", "reason")
    list_select_related = ("person",)
    search_fields = ("person__username", "person__name", "note")
    search_help_text = gettext_lazy("Username, name, or words to the person")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("started_at", "standing", "who", "reason", "note", "until", "lifted_at", "seen_at")
    readonly_fields = ("who",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever moderates the whole site."""
        return policy.may_moderate_everywhere(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever moderates the whole site."""
        return policy.may_moderate_everywhere(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sanction]:
        """Return all of them to those who may read them."""
        everything = Sanction.objects.select_related("person")
        return everything if policy.may_moderate_everywhere(request.user) else everything.none()

    def get_urls(self) -> list[URLPattern]:
        """Add the page of each person."""
        view = self.admin_site.admin_view(self.person_view)
        return [path("person/<int:pk>/", view, name="reader_sanction_person"), *super().get_urls()]

    @admin.display(description=gettext_lazy("person"))
    def who(self, made: Sanction) -> str:
        """Return a link to the page of the person."""
        url = reverse("admin:reader_sanction_person", args=[made.person_id])
        return format_html('<a href="{}">{}</a>', url, made.person)

    def person_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what was done about a person before, and do something."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        person = get_object_or_404(User, pk=pk)
        if request.method != "POST":
            return self._page(request, person, SanctionForm())
        form = SanctionForm(request.POST)
        if not form.is_valid():
            return self._page(request, person, form, 422)
        try:
            decision = _done(staff(request), person, form)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return self._page(request, person, form, 422)
        except policy.Refused as error:
            form.add_error(None, str(error))
            person.refresh_from_db()
            return self._page(request, person, form, 403)
        said = _("%(act)s: %(who)s is told.") % {"act": decision.get_act_display(), "who": person}
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:reader_sanction_person", args=[person.pk]))

    def _page(
        self, request: HttpRequest, person: User, form: SanctionForm, status: int = 200
    ) -> TemplateResponse:
        records = moderation.records_of(request.user, [person.pk])
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Warn or restrict"),
            "opts": self.opts,
            "person": person,
            "holds": policy.standing_of(person),
            "history": history_of(person),
            "record": records.get(person.pk, moderation.Record()),
            "form": form,
            "why_not": _why_not(request, person),
        }
        name = "admin/reader/sanction/person.html"
        return TemplateResponse(request, name, context, status=status)


def _why_not(request: HttpRequest, person: User) -> str:
    try:
        policy.check_may_sanction(request.user, person)
    except policy.Refused as refusal:
        return str(refusal)
    return ""


def _done(moderator: User, person: User, form: SanctionForm) -> Decision:
    """Do what the form says, and return its row in the log."""
    data = form.cleaned_data
    if data["act"] == Decision.Act.LIFT:
        lifted = sanctions.lift(
            moderator=moderator,
            person=person,
            reason=data["reason"],
            note=data["note"],
            rule=data["rule"],
        )
        return lifted.decision
    made = sanctions.sanction(
        moderator=moderator,
        person=person,
        act=data["act"],
        reason=data["reason"],
        note=data["note"],
        rule=data["rule"],
        until=form.ends_at(),
    )
    return made.decision
