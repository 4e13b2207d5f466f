"""What there is, and where: the service's description of itself."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from reader.api.hypothesis.base import View, object_in
from reader.queries.addresses import absolute

ROUTES = (
    ("annotation.create", "POST", "annotations"),
    ("annotation.read", "GET", "annotations/:id"),
    ("annotation.update", "PATCH", "annotations/:id"),
    ("annotation.delete", "DELETE", "annotations/:id"),
    ("annotation.flag", "PUT", "annotations/:id/flag"),
    ("annotation.hide", "PUT", "annotations/:id/hide"),
    ("annotation.unhide", "DELETE", "annotations/:id/hide"),
    ("annotation.moderate", "PATCH", "annotations/:id/moderation"),
    ("search", "GET", "search"),
    ("groups.read", "GET", "groups"),
    ("group.create", "POST", "groups"),
    ("group.read", "GET", "groups/:id"),
    ("group.update", "PATCH", "groups/:id"),
    ("group.annotations.read", "GET", "groups/:pubid/annotations"),
    ("group.members.read", "GET", "groups/:pubid/members"),
    ("group.member.read", "GET", "groups/:pubid/members/:userid"),
    ("group.member.add", "POST", "groups/:pubid/members/:userid"),
    ("group.member.edit", "PATCH", "groups/:pubid/members/:userid"),
    ("group.member.delete", "DELETE", "groups/:pubid/members/:userid"),
    ("profile.read", "GET", "profile"),
    ("profile.update", "PATCH", "profile"),
    ("profile.groups.read", "GET", "profile/groups"),
    ("user.create", "POST", "users"),
    ("user.read", "GET", "users/:userid"),
    ("user.update", "PATCH", "users/:username"),
    ("analytics.events.create", "POST", "analytics/events"),
    ("links", "GET", "links"),
)


class Index(View):
    """The service's description of itself."""

    def get(self, request: Request) -> Response:
        """Return the templates of all addresses, by what they are for."""
        return Response({"links": _nested(ROUTES)})


class Links(View):
    """Pages for people."""

    def get(self, request: Request) -> Response:
        """Return the templates of the addresses of pages for people."""
        links = {
            "account.settings": absolute(reverse("settings")),
            "forgot-password": absolute(reverse("account_reset_password")),
            "groups.new": absolute(reverse("groups")),
            "help": absolute(reverse("library")),
            "oauth.authorize": absolute("/oauth/authorize"),
            "oauth.revoke": absolute("/oauth/revoke"),
            "search.tag": f"{absolute(reverse('search'))}?q=tag%3A%22:tag%22",
            "signup": absolute(reverse("account_signup")),
            "user": absolute(reverse("profile", args=[":user"])),
        }
        if websocket := getattr(settings, "WEBSOCKET_URL", ""):
            links["websocket"] = websocket
        return Response(links)


class AnalyticsEvents(View):
    """What the client would like to have counted."""

    def post(self, request: Request) -> Response:
        """Take it and forget it: nobody is watched here."""
        object_in(request.data)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _nested(routes: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    links: dict[str, Any] = {}
    for name, method, path in routes:
        *above, last = name.split(".")
        at = links
        for part in above:
            at = at.setdefault(part, {})
        at[last] = {"method": method, "url": absolute(f"/api/{path}"), "desc": f"{method} {path}"}
    return links
