"""Who is looking, in which time zone, and what browsers may keep of it."""

import zoneinfo
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from reader.models import User
from reader.queries.sessions import GUEST_KEY

Handler = Callable[[HttpRequest], HttpResponse]
ZONE_COOKIE = "tz"


def utf8_middleware(get_response: Handler) -> Handler:
    """Read every request as UTF-8, whatever charset it claims: some charsets are not for text.

    An address with a NUL in it names nothing, and PostgreSQL cannot even be asked for it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.encoding = "utf-8"
        if "\0" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest
        return get_response(request)

    return middleware


def viewer_middleware(get_response: Handler) -> Handler:
    """Set ``request.viewer`` (the person, the session's guest, or nobody) and the time zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: find_viewer(request))  # type: ignore[attr-defined]  # ours to add
        zone = _zone(request)
        with timezone.override(zone) if zone else timezone.override(None):
            return get_response(request)

    return middleware


def find_viewer(request: HttpRequest) -> User | AnonymousUser:
    """Return who is looking: the person signed in, the guest of this session, or nobody."""
    if request.user.is_authenticated:
        return request.user
    guest_id = request.session.get(GUEST_KEY)
    guest = User.objects.filter(pk=guest_id, kind=User.Kind.GUEST).first() if guest_id else None
    return guest or AnonymousUser()


def _zone(request: HttpRequest) -> zoneinfo.ZoneInfo | None:
    chosen = request.user.time_zone if request.user.is_authenticated else ""
    name = chosen or request.COOKIES.get(ZONE_COOKIE, "")
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def private_pages_middleware(get_response: Handler) -> Handler:
    """Keep browsers from storing what is personal, and fragments from being taken for pages.

    A page made for somebody must not come back with the Back button after they signed out; a
    fragment and a page have one address, so caches must tell them apart.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            allow = response["Allow"]
            response = render(request, "405.html", {"allow": allow}, status=405)
            response["Allow"] = allow
        patch_vary_headers(response, ["HX-Request"])
        is_personal = request.user.is_authenticated or GUEST_KEY in request.session
        if is_personal and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware
