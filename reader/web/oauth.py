"""The page on which somebody lets a client speak for them, as a popup of that client.

Its answer goes to the window that opened it. That link between windows is cut where a page asks to
be alone with its own origin (Cross-Origin-Opener-Policy), so that this page, and those for signing
in on the way to it, do not ask for it; all others do.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from reader.actions.oauth import issue_code
from reader.models import User
from reader.queries import oauth
from reader.web.http import Request

Handler = Callable[[HttpRequest], HttpResponse]
OPENER_POLICY = "Cross-Origin-Opener-Policy"
ON_THE_WAY = ("account_login", "account_signup", "mfa_login_webauthn")


def popup_middleware(get_response: Handler) -> Handler:
    """Keep the link to the window that opened the popup, where the popup needs it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if _is_popup(request):
            response[OPENER_POLICY] = "unsafe-none"
        return response

    return middleware


def _is_popup(request: HttpRequest) -> bool:
    page = reverse("oauth_authorize")
    if request.path == page:
        return True
    stage = getattr(request, "_login_stage", None)  # the second step knows where it leads
    if stage is not None:
        return str(stage.login.redirect_url or "").startswith(f"{page}?")
    if request.path not in {reverse(name) for name in ON_THE_WAY}:
        return False
    following = request.GET.get("next", "")
    if request.method == "POST":
        following = request.POST.get("next", following)
    return following.startswith(f"{page}?")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: Request) -> HttpResponse:
    """Ask whether a client may speak for who is signed in, and hand the answer to its window."""
    repeated = [name for name, values in request.GET.lists() if len(values) > 1]
    try:
        asked = oauth.asking(
            request.GET.dict(), repeated, f"{request.scheme}://{request.get_host()}"
        )
    except oauth.BadRequest as error:
        return render(request, "oauth/refused.html", {"reason": str(error)}, status=400)
    person = request.user
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act == "cancel":
        return _answer(request, asked, {"type": "authorization_canceled"})
    if act == "switch":
        logout(request)
        return _to_sign_in(request, asked)
    if not isinstance(person, User):
        return _to_sign_in(request, asked)
    if act == "allow":
        code = issue_code(user=person, asked=asked)
        return _answer(request, asked, {"type": "authorization_response", "code": code})
    context = {"asked": asked, "is_own": asked.client.client_id == oauth.OWN_CLIENT}
    return render(request, "oauth/authorize.html", context)


def _to_sign_in(request: Request, asked: oauth.Asking) -> HttpResponse:
    page = "account_signup" if asked.wants_account else "account_login"
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse(page)}?{query}")


def _answer(request: Request, asked: oauth.Asking, message: dict[str, str]) -> HttpResponse:
    context = {"message": {**message, "state": asked.state}, "origin": asked.origin}
    return render(request, "oauth/answer.html", context)
