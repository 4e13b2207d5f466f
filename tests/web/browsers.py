"""What people do in browsers to get in, and the links they find in letters."""

import re

from django.conf import settings
from django.test import Client
from django.urls import reverse

from reader.models import User
from tests.factories import PASSWORD

NEW_PASSWORD = "seven quiet herons at dusk"
LINK = re.compile(r"http://\S+")


def signed_in(person: User) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def sign_in(client: Client, login: str, password: str = PASSWORD, **more: str) -> int:
    """Return the status of an attempt to sign in; ``more`` goes into the headers."""
    data = {"login": login, "password": password}
    return client.post(reverse("account_login"), data, **more).status_code  # type: ignore[arg-type]  # extra headers


def reauthenticate(client: Client, password: str = PASSWORD) -> None:
    """Give the password once more, as before a change of addresses."""
    data = {"password": password, "next": reverse("account_email")}
    client.post(reverse("account_reauthenticate"), data)


def is_signed_in(client: Client) -> bool:
    """Whether a page that needs an account opens."""
    return client.get(reverse("settings")).status_code == 200


def sign_up_data(**changes: str) -> dict[str, str]:
    """Return what a newcomer types."""
    return {
        "username": "newcomer",
        "email": "newcomer@example.org",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
        **changes,
    }


def link_in(text: str) -> str:
    """Return the path of the first deep link in a letter."""
    links = [link for link in LINK.findall(text) if link.count("/") > 3]
    return str(links[0]).removeprefix(settings.SITE_URL)
