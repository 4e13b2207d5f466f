"""A site that is being moved: everything is read as ever, and nothing is written."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from reader.web.errors import kept_words
from reader.web.middleware import Handler

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FOR_SOFTWARE = ("/api/", "/w3c/")
AGAIN_AFTER = "60"  # seconds


def read_only_middleware(get_response: Handler) -> Handler:
    """Answer writes with 503 and give the words back, while ``POSTIL_READ_ONLY`` is on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not settings.READ_ONLY or request.method in SAFE:
            return get_response(request)
        response = _refusal(request)
        response["Retry-After"] = AGAIN_AFTER
        return response

    return middleware


def _refusal(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(FOR_SOFTWARE):
        reason = _("The site is being moved and takes nothing for some minutes.")
        failure = {"status": "failure", "reason": reason}
        return JsonResponse(failure, status=HTTPStatus.SERVICE_UNAVAILABLE)
    context = {"kept": kept_words(request)}
    return render(request, "503.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
