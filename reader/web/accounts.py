"""Postil's part in signing up and signing in; the rest is allauth's."""

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from reader.actions.access import Because, end_access
from reader.text import names

GUEST_NAME = re.compile(r"guest[._-]")
LIMITS = "allauth.account"
FAILED_SIGN_IN = "login_failed"
MINUTE = 60  # seconds: every other limit of allauth's that is answered with 429 counts one minute


def too_many_requests(request: HttpRequest, retry_after: int = MINUTE) -> HttpResponse:
    """Answer 429 and say when to come back.

    Args:
        request: the one too many.
        retry_after: seconds after which the next attempt is taken at the latest.
    """
    context = {"retry_after": retry_after, "minutes": -(-retry_after // MINUTE)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(retry_after)
    return response


class AccountAdapter(DefaultAccountAdapter):
    """Who may have an account under which name, and how sign-in attempts are counted."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("This username and this password do not belong together."),
        "email_password_mismatch": _("This address and this password do not belong together."),
        "username_taken": _("Somebody has this username already."),
        "email_taken": _("There is an account with this e-mail address already."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may make accounts: the operator's choice."""
        return bool(settings.SIGNUP_IS_OPEN)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the username in small letters, if somebody new may have it.

        Raises:
            ValidationError: it is misshapen, taken, or would seem to speak for the site. Staff
                makes accounts under such names in the admin, where this does not apply.
        """
        cleaned: str = super().clean_username(username.strip().lower(), shallow)
        if names.is_reserved(cleaned) or GUEST_NAME.match(cleaned):
            raise ValidationError(_("This username is kept for the site. Take another one."))
        return cleaned

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where to go once the password is changed."""
        return reverse("settings")

    def set_password(self, user: Any, password: str) -> None:
        """Give the person a new password; what spoke for them under the old one ends."""
        with transaction.atomic():
            super().set_password(user, password)
            end_access(user=user, because=Because.PASSWORD_CHANGED)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt.

        Raises:
            ImmediateHttpResponse: 429, as there were too many for the account or the address.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            rates = ratelimit.get_rates(app=LIMITS, action=FAILED_SIGN_IN)
            wait = max((int(rate.duration) for rate in rates), default=MINUTE)
            raise ImmediateHttpResponse(too_many_requests(request, wait)) from error

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return the name under which attempts at one account are counted.

        allauth puts the Host header in front, which carries any port that the client likes: every
        port would have its own count.
        """
        login: str = credentials.get("email") or credentials.get("username") or ""
        return login.strip().lower()
