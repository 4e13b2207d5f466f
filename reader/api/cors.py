"""Letting pages of other origins call the doors for other software, and answering them in JSON.

Any origin may: no cookie counts there, and a token is sent by whoever has one. Errors that are
made before a view is found are pages for people; under these doors they become JSON.
"""

from collections.abc import Callable
from http import HTTPMethod, HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

Handler = Callable[[HttpRequest], HttpResponseBase]
API, W3C = "/api", "/w3c"
REGISTERED_ONLY = "/api/token"  # answers the origins of registered clients, by its own rules
METHODS = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"
LIMITS = (
    "Retry-After, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, WWW-Authenticate"
)
ALLOWED = {
    API: "Authorization, Content-Type, Accept, If-Match, Idempotency-Key, "
    "Hypothesis-Client-Version, X-Client-Id",
    W3C: "Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, Idempotency-Key, "
    "Slug, Link",
}
EXPOSED = {
    API: f"Allow, Hypothesis-Media-Type, {LIMITS}",
    W3C: "ETag, Allow, Vary, Link, Content-Type, Location, Content-Location, Prefer, "
    f"Preference-Applied, Accept-Post, {LIMITS}",
}
DAY = "86400"


def cross_origin_middleware(get_response: Handler) -> Handler:
    """Add the headers of CORS to every answer under ``/api/`` and ``/w3c/``, errors included."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        door = door_of(request.path_info)
        if not door:
            return get_response(request)
        if is_preflight(request):
            return _allowing(HttpResponse(), door)
        return _allowing(in_json(get_response(request)), door)

    return middleware


def door_of(path: str) -> str:
    """Return ``/api`` or ``/w3c`` for a path under it, else an empty string."""
    if path == REGISTERED_ONLY:
        return ""
    return next((door for door in ALLOWED if path == door or path.startswith(f"{door}/")), "")


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks what a page of another origin may send."""
    asks = "Access-Control-Request-Method" in request.headers and "Origin" in request.headers
    return asks and request.method == HTTPMethod.OPTIONS


def _allowing(response: HttpResponseBase, door: str) -> HttpResponseBase:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = METHODS
    response["Access-Control-Allow-Headers"] = ALLOWED[door]
    response["Access-Control-Expose-Headers"] = EXPOSED[door]
    response["Access-Control-Max-Age"] = DAY
    return response


def in_json(response: HttpResponseBase) -> HttpResponseBase:
    """Return an error that was written for people in the form of the API; others as they are."""
    is_page = response.get("Content-Type", "").startswith("text/html")
    if response.status_code < HTTPStatus.BAD_REQUEST or not is_page:
        return response
    data = {"status": "failure", "reason": _reasons().get(response.status_code, _("It failed."))}
    answer = JsonResponse(data, status=response.status_code)
    for name in ("Allow", "Retry-After"):
        if response.has_header(name):
            answer[name] = response[name]
    return answer


def _reasons() -> dict[int, str]:
    return {
        400: _("The request cannot be understood."),
        403: _("You may not do that."),
        404: _("There is nothing here, or you may not see it."),
        405: _("This cannot be done here. The header Allow names what can."),
        413: _("This is too large: at most 1 MB can be sent at once."),
        429: _("That is a lot in a short time. Please try again later."),
        500: _("Something went wrong on the server. Please try again later."),
        503: _("The database cannot be reached just now. Try again, with the same key."),
        507: _("There is no room left on the disk, and nothing was saved. Try again later."),
    }
