"""The admin site: for moderators, editors and operators."""

from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from reader import policy
from reader.models import User
from reader.queries import appeals, moderation

LATEST_SHOWN = 8
SAFE = ("GET", "HEAD", "OPTIONS")
ROOMS = (
    (_("Moderation"), ("QueueItem", "Appeal", "Sanction", "Decision", "Flag", "Rule", "WordList")),
    (_("Library"), ("Document", "Edition", "Block", "Annotation", "Tag")),
    (_("People"), ("User", "Group")),
    (_("Other software"), ("OAuthClient", "Webhook", "WebhookDelivery")),
)
OTHER_ROOMS = {"account": _("Signing in"), "auth": _("Permissions")}


class PeopleAndPartsView(AutocompleteJsonView):
    """Completion that tells people of one name apart."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        """Return one completion."""
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        if isinstance(obj, User):
            result["text"] = f"{obj} (@{obj.username})"
        return result


class PostilAdminSite(AdminSite):
    """Django's admin under Postil's name, behind Postil's own sign-in."""

    site_title = _("Postil")
    site_header = _("Postil")
    index_title = _("Moderation and library")
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Leave out the detour that would tell staff the address of any row (see OwnAddress)."""
        return [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the sign-in page, whose limits count here too; say no to whoever is signed in."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            wanted = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        if super().has_permission(request):
            messages.warning(request, _("These pages need a second step for signing in."))
            return HttpResponseRedirect(reverse("mfa_index"))
        if request.user.is_authenticated:
            context = {**self.each_context(request), "title": _("Not for this account")}
            return TemplateResponse(request, "admin/not_allowed.html", context, status=403)
        query = urlencode({REDIRECT_FIELD_NAME: wanted})
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the page opens: for staff, and where the site asks for one, by a second step."""
        return super().has_permission(request) and not policy.lacks_factor(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let those whom moderators keep from writing read these pages, and change nothing."""
        opened = super().admin_view(view, cacheable)
        if view == self.logout:
            return opened

        @wraps(opened)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in SAFE and self.has_permission(request):
                try:
                    policy.check_may_write(request.user)
                except policy.Refused as refusal:
                    raise PermissionDenied(str(refusal)) from refusal
            answer: HttpResponseBase = opened(request, *args, **kwargs)
            return answer

        return checked

    def password_change(  # type: ignore[override]  # a redirect is an answer too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the one page where people change their password."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what waits, what was decided last, and the rooms."""
        context: dict[str, Any] = {}
        if policy.moderates_anything(request.user):
            context["waiting"] = moderation.waiting_for(request.user)
            context["appeals"] = appeals.count_waiting(request.user)
            context["decisions"] = moderation.log(request.user)[:LATEST_SHOWN]
        return super().index(request, {**context, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return what the viewer may open, Postil's own models by room."""
        rooms = []
        others = []
        for app in super().get_app_list(request, app_label):
            if app["app_label"] != "reader":
                others.append({**app, "name": OTHER_ROOMS.get(app["app_label"], app["name"])})
                continue
            by_name = {model["object_name"]: model for model in app["models"]}
            for title, names in ROOMS:
                models = [by_name[name] for name in names if name in by_name]
                if models:
                    rooms.append({**app, "name": title, "models": models})
        return [*rooms, *others]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Answer an autocomplete field."""
        return cast("HttpResponse", PeopleAndPartsView.as_view(admin_site=self)(request))
