"""Pages for when something cannot be done: clear words, the right status, nothing lost."""

import logging
import sys
from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from reader.logs import request_id
from reader.outages import Outage, outage_in

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

log = logging.getLogger(__name__)

KEPT_FIELDS = {
    "body": _("Your words"),
    "replacement": _("Suggested wording"),
    "exact": _("Quoted passage"),
    "tags": _("Tags"),
    "note": _("Note"),
    "bio": _("About"),
}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400: the browser sent something that cannot be read, or 413: too much of it."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 with the reason, where one was given."""
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, in the same words for what never was and for what is not for the viewer."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database for anything; an outage is answered as such."""
    error = sys.exception()
    outage = outage_in(error)
    if outage is not None:
        return outage_page(request, outage, error)
    return render(request, "500.html", {"request_id": request_id.get()}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 when the form's token is missing or stale, giving back what was written."""
    return render(request, "403_csrf.html", {"kept": kept_words(request)}, status=403)


def kept_words(request: HttpRequest) -> "list[tuple[StrPromise, str]]":
    """Return what somebody wrote into a form that is not taken, to be given back to them."""
    return [
        (label, value)
        for name, label in KEPT_FIELDS.items()
        if (value := request.POST.get(name, "").strip())
    ]


def outage_page(
    request: HttpRequest, outage: Outage, error: BaseException | None = None
) -> HttpResponse:
    """Answer 503 or 507, with what was written in a form that can be sent again."""
    log.warning("%s %s: %s", request.method, request.path, error)
    sent = _sent(request)
    kept = [
        (name, label, text)
        for name, label in KEPT_FIELDS.items()
        if (text := sent.get(name, "")).strip()
    ]
    shown = {name for name, _label, _text in kept}
    context = {
        "is_full": outage.is_full,
        "writes": request.method == "POST",
        "is_made_once": bool(sent.get("client_key")),
        "kept": kept,
        "hidden": [
            (name, value)
            for name, values in sent.lists()
            for value in values
            if name not in shown and "password" not in name
        ],
        "again": request.get_full_path(),
        "request_id": request_id.get(),
    }
    response = render(request, "outage.html", context, status=outage.status)
    response["Retry-After"] = str(outage.retry_after)
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 -- Django's own mark: one line was written, and a trace of the stack tells nothing more
    return response


def _sent(request: HttpRequest) -> QueryDict:
    try:
        return request.POST
    except Exception:  # what was sent may be what broke; the page is shown without it
        return QueryDict()
