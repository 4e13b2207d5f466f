"""How often other software may ask: counted in the shared cache, so by all workers together.

Who sends a token is counted by the person it speaks for, everybody else by network address. The
count of a minute has a name of its own, so that it needs no more than one call to the cache, and a
second one when it is the first of its minute.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, OperationalError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from reader.models import User
from reader.outages import outage_in

if TYPE_CHECKING:  # the views are loaded with what counts them
    from rest_framework.views import APIView

WINDOW = 60  # seconds
READS, WRITES, TOKENS = "reads", "writes", "tokens"
KEPT_AS = "_postil_limit"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Count:
    """Where somebody stands in this minute."""

    kind: str
    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        """How many more may come before the minute is over."""
        return max(self.limit - self.used, 0)


class Throttle(BaseThrottle):
    """Reads and writes, each with a limit of its own."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request, and say whether it may be answered.

        Raises:
            Throttled: there were too many this minute.
        """
        count_request(request, self.kind_of(request), _who(request))
        return True

    def kind_of(self, request: Request) -> str:
        """Return what the request is counted as."""
        return READS if request.method in SAFE_METHODS else WRITES


class TokenThrottle(Throttle):
    """Exchanges of codes and tokens."""

    def kind_of(self, request: Request) -> str:
        """Return what the request is counted as."""
        return TOKENS


def count_request(request: Request, kind: str, who: str) -> None:
    """Count a request of this kind by this person or address.

    Raises:
        Throttled: there were too many this minute.
    """
    limit = {
        READS: settings.API_READS_PER_MINUTE,
        WRITES: settings.API_WRITES_PER_MINUTE,
        TOKENS: settings.TOKEN_REQUESTS_PER_MINUTE,
    }[kind]
    minute, passed = divmod(int(time()), WINDOW)
    used = _used(f"api:{kind}:{who}:{minute}", kind)
    count = Count(kind, limit, used, WINDOW - passed)
    setattr(request._request, KEPT_AS, count)  # noqa: SLF001 -- the framework's request is made anew for each view
    if used > limit:
        reason = _("Too many requests: at most %(limit)d a minute. Try again in %(wait)d seconds.")
        raise Throttled(None, reason % {"limit": limit, "wait": count.reset})


def _who(request: Request) -> str:
    """Return who is counted: a person, or an address as far as the proxies vouch for it."""
    if isinstance(request.user, User):
        return f"person-{request.user.pk}"
    return address_of(request)


def address_of(request: Request) -> str:
    """Return the client's address; for IPv6, its network, since one line has billions of them.

    Behind a proxy on a Unix socket that nobody has said to trust, all are counted together.
    """
    try:
        address = get_adapter().get_client_ip(request._request)  # noqa: SLF001 -- as above
    except PermissionDenied:
        return "address-unknown"
    return f"address-{truncate_ip(address)}"


def _used(name: str, kind: str) -> int:
    """Count one more and return how many there were; 0 where nobody can count just now.

    Reading goes on when the disk is full, and everything but what is secret when Redis is away:
    annotations are limited per person in the database besides.
    """
    try:
        return _next(name)
    except Exception as error:
        is_needed = kind == TOKENS or (kind == WRITES and isinstance(error, DatabaseError))
        if is_needed or outage_in(error) is None:
            raise
        log.warning("requests are not counted: %s", error)
        return 0


def _next(name: str) -> int:
    if (count := getattr(cache, "count", None)) is not None:
        return int(count(name, 2 * WINDOW))
    try:
        return int(cache.incr(name))
    except ValueError:  # the first of its minute
        if cache.add(name, 1, 2 * WINDOW):
            return 1
    try:
        return int(cache.incr(name))
    except ValueError as error:
        # The database's cache says nothing when it cannot keep a thing, as on a full disk.
        raise OperationalError("the count cannot be kept") from error


def tell_limits(request: Request, response: HttpResponseBase) -> None:
    """Say in the headers how many more may come, and when the count begins anew."""
    count: Count | None = getattr(request._request, KEPT_AS, None)  # noqa: SLF001 -- as above
    if count is None:
        return
    response["RateLimit-Policy"] = f'"{count.kind}";q={count.limit};w={WINDOW}'
    response["RateLimit"] = f'"{count.kind}";r={count.remaining};t={count.reset}'
    response["RateLimit-Limit"] = str(count.limit)
    response["RateLimit-Remaining"] = str(count.remaining)
    response["RateLimit-Reset"] = str(count.reset)
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and not response.has_header(
        "Retry-After"
    ):
        response["Retry-After"] = str(count.reset)
