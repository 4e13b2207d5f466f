"""How often somebody may try to get in, and how guessing locks nobody out.

allauth counts attempts in the shared cache, so for all workers and servers at once: by address,
and by the account that is guessed at. Whoever guesses at an account from many addresses uses up
its attempts; browsers in which its owner has signed in before, or has just replaced the password
through a letter, carry a signed cookie and are counted by themselves.
"""

import secrets
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.models import User
from reader.web.middleware import Handler

APP = "allauth.account"
FAILED = "login_failed"
MINUTE = 60  # seconds: every limit of allauth's that is answered with its own page counts one
CODES = {"codes": "30/d/key"}  # wrong ones; six digits are soon guessed at five in five minutes
DAY = 24 * 60 * MINUTE
KNOWN_FOR = 365 * DAY
SALT = "postil.known"
WAIT, KNOWN = "_postil_wait", "_postil_known"
TOO_MANY = frozenset({"too_many_login_attempts", "rate_limited"})
TYPED = {
    "login": gettext_lazy("Username or e-mail address"),
    "username": gettext_lazy("Username"),
    "email": gettext_lazy("E-mail address"),
}


def cookie_name() -> str:
    """Return the name of the cookie by which a browser is known; it goes to our account pages."""
    return "__Secure-known" if settings.SECURE else "known"


def remember(request: HttpRequest, person: User) -> None:
    """Let the answer tell the browser that it is known to be this person's."""
    setattr(request, KNOWN, person.pk)


def known(request: HttpRequest) -> tuple[int, str]:
    """Return who has signed in with this browser, and its number; 0 and nothing for a new one."""
    sent = request.COOKIES.get(cookie_name(), "")
    try:
        whose, number = signing.loads(sent, salt=SALT, max_age=KNOWN_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return 0, ""
    return int(whose), str(number)


def known_browser(request: HttpRequest, person: int) -> str:
    """Return the number of the browser, if this person has signed in with it; else nothing."""
    whose, number = known(request)
    return number if whose == person else ""


def hold(request: HttpRequest, wait: int) -> None:
    """Let the page be answered with 429, whatever it shows."""
    setattr(request, WAIT, wait)


def longest_wait() -> int:
    """Return after how many seconds at most a failed attempt does not count any more."""
    rates = ratelimit.get_rates(app=APP, action=FAILED)
    return max((int(rate.duration) for rate in rates), default=MINUTE)


def too_soon(request: HttpRequest, wait: int) -> ValidationError:
    """Return the error for one attempt too many; the answer will be 429."""
    hold(request, wait)
    minutes = -(-wait // MINUTE)
    message = _("There were too many attempts. Try again in %(minutes)d minutes.")
    return ValidationError(message, params={"minutes": minutes}, code="too_soon")


def count_code(request: HttpRequest, person: User) -> Any:
    """Count one code for the second step of this person; ``rollback()`` takes it back.

    Raises:
        ValidationError: there were too many wrong ones today.
    """
    key = f"{person.pk}-{known_browser(request, person.pk)}"
    used = ratelimit.consume(request, app=APP, action="codes", config=CODES, key=key)
    if not used:
        raise too_soon(request, DAY)
    return used


def forget_codes(request: HttpRequest, person: User) -> None:
    """Begin the count anew, as after a new password: whoever guessed has lost the first step."""
    ratelimit.clear(request, app=APP, action="codes", config=CODES, key=f"{person.pk}-")


def told_middleware(get_response: Handler) -> Handler:
    """Answer with 429 where an attempt was one too many, and make browsers known."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        wait: int | None = getattr(request, WAIT, None)
        if wait is not None:
            response.status_code = 429
            response["Retry-After"] = str(wait)
        person: int | None = getattr(request, KNOWN, None)
        if person is not None and not known_browser(request, person):
            response.set_cookie(
                cookie_name(),
                signing.dumps([person, secrets.token_hex(8)], salt=SALT),
                max_age=KNOWN_FOR,
                path="/accounts/",
                secure=settings.SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware


def too_many_requests(request: HttpRequest, retry_after: int = MINUTE) -> HttpResponse:
    """Answer 429, say when to come back, and give back what was typed, but for secrets.

    Args:
        request: the one too many.
        retry_after: seconds after which the next attempt is taken at the latest.
    """
    typed = [(label, request.POST.get(name, "")) for name, label in TYPED.items()]
    context = {
        "retry_after": retry_after,
        "minutes": -(-retry_after // MINUTE),
        "kept": [(label, text[:250]) for label, text in typed if text.strip()],
    }
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(retry_after)
    return response
