"""Pages for when something cannot be done: clear words, the right status, nothing lost."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

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
    """Answer 500 without asking the database for anything."""
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 when the form's token is missing or stale, giving back what was written."""
    kept = [
        (label, value)
        for name, label in KEPT_FIELDS.items()
        if (value := request.POST.get(name, "").strip())
    ]
    return render(request, "403_csrf.html", {"kept": kept}, status=403)
