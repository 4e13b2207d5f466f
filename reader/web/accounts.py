"""Postil's part in signing up and signing in; the rest is allauth's."""

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from reader import policy
from reader.actions.access import Because, end_access
from reader.queries import people
from reader.text import names
from reader.web import limits, sign_ins

GUEST_NAME = re.compile(r"guest[._-]")


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

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where to go after signing in: to the second step, where the site asks for one."""
        person = request.user
        if policy.must_have_factor(person) and policy.lacks_factor(person):
            return reverse("mfa_index")
        page: str = super().get_login_redirect_url(request)
        return page

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter whose links lead to the site's own address.

        allauth makes them of the name by which the site was asked, which whoever asks can choose
        among those that it answers to, and any port.
        """
        asked = self.request.build_absolute_uri("/") if self.request else ""
        told = {name: _at_home(value, asked) for name, value in context.items()}
        super().send_mail(template_prefix, email, {**told, "home": f"{settings.SITE_URL}/"})

    def post_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse:
        """Note the browser, and go where the person wanted to."""
        sign_ins.note(request, user)
        limits.remember(request, user)
        response: HttpResponse = super().post_login(request, user, **how)
        return response

    def set_password(self, user: Any, password: str) -> None:
        """Give the person a new password; what spoke for them under the old one ends."""
        with transaction.atomic():
            super().set_password(user, password)
            end_access(user=user, because=Because.PASSWORD_CHANGED)
        if context.request is not None:
            limits.remember(context.request, user)
            limits.forget_codes(context.request, user)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt.

        Raises:
            ValidationError: there were too many for the account or the address; the page that
                shows it is answered with 429.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise limits.too_soon(request, limits.longest_wait()) from error

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return the name under which attempts at one account are counted.

        allauth puts the Host header in front, which carries any port that the client likes: every
        port would have its own count. What was typed counts, and not whose it is: two names of one
        account would else tell that they are.
        """
        if request.user.is_authenticated:
            return f"again {request.user.pk}"
        login: str = credentials.get("email") or credentials.get("username") or ""
        typed = login.strip().lower()
        whose, number = limits.known(request)
        return f"{typed} {number}" if number and people.goes_by(whose, typed) else typed


def _at_home(value: Any, asked: str) -> Any:
    """Return an address of the site under the name that it has, anything else as it is."""
    if asked and isinstance(value, str) and value.startswith(asked):
        return f"{settings.SITE_URL}/{value.removeprefix(asked)}"
    return value
