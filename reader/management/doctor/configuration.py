"""What the environment says: addresses, secrets, mail."""

import math
import stat
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import ERROR, WARNING, run_checks
from django.core.mail import get_connection

from reader.management.doctor import Finding, fail, ok, one_line, warn

FEWEST_BITS = 200  # of a secret key, as its own letters are spread
OTHERS = stat.S_IRWXG | stat.S_IRWXO
MAIL_SECONDS = 5


def django_checks() -> Iterator[Finding]:
    """Look at what Django's own ``check --deploy`` says."""
    found = [
        message
        for message in run_checks(include_deployment_checks=True)
        if message.level >= WARNING and not message.is_silenced()
    ]
    for message in found:
        hint = f"; {one_line(message.hint)}" if message.hint else ""
        said = f"{message.id}: {one_line(message.msg)}{hint}."
        yield (fail if message.level >= ERROR else warn)("check --deploy", said)
    if not found:
        yield ok("check --deploy", "Django has nothing to say.")


def address() -> Iterator[Finding]:
    """Look at POSTIL_URL."""
    name = "address"
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield fail(name, "Set POSTIL_URL to an address such as https://postil.example.org.")
    elif parts.path or parts.query or parts.fragment or parts.username:
        yield fail(name, "Postil has a host for itself: leave the path out of POSTIL_URL.")
    elif not settings.SECURE and not settings.IS_LOOPBACK:
        yield fail(
            name, "Passwords travel in the open: put TLS in front and set POSTIL_URL to https://…."
        )
    else:
        yield ok(name, f"People come to {settings.SITE_URL}.")


def hosts() -> Iterator[Finding]:
    """Look at the names that the site answers to."""
    name = "allowed hosts"
    if "*" in settings.ALLOWED_HOSTS:
        yield fail(name, "Any name is answered to: take * out of POSTIL_ALLOWED_HOSTS.")
    elif settings.SITE_HOST not in settings.ALLOWED_HOSTS:
        yield fail(name, "The host of POSTIL_URL is missing in POSTIL_ALLOWED_HOSTS: add it.")
    else:
        yield ok(name, f"{len(settings.ALLOWED_HOSTS)} names are answered to.")


def proxies() -> Iterator[Finding]:
    """Look at whether what proxies say of clients is believed, and needs to be."""
    name = "proxies"
    trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if settings.SECURE and not trusted:
        yield warn(
            name,
            "With https:// there is a proxy in front, and all visitors count as one address: set"
            " POSTIL_TRUSTED_PROXIES to the number of proxies.",
        )
    elif trusted and settings.IS_LOOPBACK:
        yield warn(
            name,
            "POSTIL_URL is a loopback address, yet a proxy is trusted: whoever comes past it can"
            " name any address.",
        )
    else:
        yield ok(name, f"{trusted} proxies are believed.")


def debugging() -> Iterator[Finding]:
    """Look at whether debugging is off."""
    if not settings.DEBUG:
        yield ok("debugging", "It is off.")
    elif settings.IS_LOOPBACK:
        yield warn("debugging", "It is on: never do that on a public address.")
    else:
        yield fail("debugging", "It is on, and shows strangers the inside: unset POSTIL_DEBUG.")


def secret_key() -> Iterator[Finding]:
    """Look at how hard the key is to guess, and who may read it."""
    name = "secret key"
    if _bits(settings.SECRET_KEY) < FEWEST_BITS:
        yield fail(name, "It can be guessed: set POSTIL_SECRET_KEY to 64 random letters or more.")
        return
    file = settings.DATA_DIR / "secret_key"
    is_used = file.exists() and file.read_text().strip() == settings.SECRET_KEY
    if is_used and file.stat().st_mode & OTHERS:
        yield fail(name, f"Others on this machine can read it: chmod 600 {file}.")
        return
    yield ok(name, "It is long, and nobody else's to read.")
    if settings.SECRET_KEY_FALLBACKS:
        yield warn(
            name,
            "Earlier keys are still honoured: two weeks after the change run manage.py"
            " renew_secrets, then unset POSTIL_SECRET_KEY_FALLBACKS.",
        )


def _bits(key: str) -> float:
    """Return how many bits a key of such letters, so spread, can hold at most."""
    counted = Counter(key).values()
    return -sum(count * math.log2(count / len(key)) for count in counted)


def mail() -> Iterator[Finding]:
    """Look at whether letters leave the machine."""
    name = "mail"
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        said = f"Letters are written to {settings.EMAIL_FILE_PATH} and go nowhere"
        if settings.IS_LOOPBACK:
            yield ok(name, f"{said}, as on a machine for trying out.")
        else:
            yield warn(name, f"{said}: set EMAIL_URL, or nobody can reset a password.")
        return
    sender = get_connection(timeout=MAIL_SECONDS)
    try:
        sender.open()
    except OSError as error:
        yield fail(name, f"The mail server does not answer: mend EMAIL_URL ({one_line(error)}).")
    else:
        sender.close()
        yield ok(name, f"The mail server answers; letters come from {settings.DEFAULT_FROM_EMAIL}.")


CHECKS = [django_checks, address, hosts, proxies, debugging, secret_key, mail]
