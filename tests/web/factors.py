"""An app for one-time codes, and what people do with a second step in browsers."""

import base64
import hmac
import re
import struct
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from reader.models import User
from tests.factories import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEY = re.compile(r"<code[^>]*>([A-Z2-7]{32})</code>")


def code_of(secret: str = SECRET, steps: int = 0) -> str:
    """Return what an app shows now, or so many half minutes from now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    start = digest[-1] & 15
    return str((struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6).zfill(6)


def wrong_code() -> str:
    """Return a code that is none of those that are good about now."""
    good = {code_of(steps=step) for step in range(-3, 4)}
    return next(code for code in ("000000", "111111", "222222") if code not in good)


def give_codes(person: User, secret: str = SECRET) -> list[str]:
    """Set up one-time codes for somebody; return their recovery codes."""
    TOTP.activate(person, secret)
    codes: list[str] = RecoveryCodes.activate(person).generate_codes()
    return codes


def again(client: Client, page: str, password: str = PASSWORD) -> None:
    """Give the password once more, on the way to a page."""
    client.post(reverse("account_reauthenticate"), {"password": password, "next": page})


def set_up_codes(client: Client) -> str:
    """Set up one-time codes through the pages; return the secret."""
    page = reverse("mfa_activate_totp")
    again(client, page)
    found = KEY.search(client.get(page).text)
    assert found is not None
    secret = found[1]
    assert client.post(page, {"code": code_of(secret)}).status_code == 302
    return secret


def kinds(person: User) -> set[str]:
    """Return what kinds of second step somebody has."""
    rows = Authenticator.objects.filter(user_id=person.pk)
    return set(rows.values_list("type", flat=True))


def forget_limits() -> None:
    """Let the minutes pass that limits count."""
    cache.clear()
