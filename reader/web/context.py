"""What every page knows."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from reader import policy
from reader.web.preferences import Preferences


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the context shared by all templates: viewer, preferences, names of the site."""
    # A request that was refused before anybody was recognised has neither.
    viewer: Any = getattr(request, "viewer", None) or getattr(request, "user", AnonymousUser())
    return {
        "site_name": "Postil",
        "viewer": viewer,
        "prefs": Preferences.from_cookie(request.COOKIES.get(Preferences.COOKIE, "")),
        # Of those whose account itself says so: others are told when they sign in.
        "needs_factor": getattr(viewer, "is_staff", False) and policy.lacks_factor(viewer),
        "is_moderator": getattr(viewer, "is_staff", False) and policy.moderates_anything(viewer),
    }
