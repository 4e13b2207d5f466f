"""One id for each request, in its answer and in every line of the log; and a line for each.

It stands around everything that answers pages, the pages that are kept included. Django says by the
request's environ what only it knows: who asked (:data:`PERSON`) and by which route (:data:`ROUTE`).
"""

import ipaddress
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from reader import metrics
from reader.logs import request_id, without_secrets
from reader.queries.sessions import GUEST_KEY

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Handler = Callable[[HttpRequest], HttpResponse]

BEGAN = "postil.began"  # time.perf_counter() when the request arrived, where the server says it
PERSON = "postil.person"  # the id of the account or guest that asked, 0 for nobody
ROUTE = "postil.route"  # the name of the view
HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}\Z")
QUIET = frozenset({"/livez", "/readyz", "/livez/", "/readyz/", "/metrics"})
SHORT_V4, SHORT_V6 = 24, 48  # bits: a neighbourhood and no household

log = logging.getLogger("reader.requests")


class RequestLog:
    """A WSGI application, with an id for each request and, where it is wanted, a line."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._wanted: str = settings.LOG_REQUESTS
        self._trusted: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        name = self._name(environ)
        request_id.set(name)

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            answer.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, name)], error)

        answer = _Answer(environ, self._is_told(environ["PATH_INFO"]))
        try:
            answer.pieces = self._application(environ, start)
        except Exception:  # whatever it was: the line is written, and it is raised again
            answer.status = 500
            answer.end()
            raise
        return answer

    def _name(self, environ: Environ) -> str:
        """Return the id that a trusted proxy gave to the request, or a new one."""
        if self._trusted:
            given = str(environ.get("HTTP_X_REQUEST_ID", ""))
            if WELL_FORMED.match(given):
                return given
        return os.urandom(8).hex()

    def _is_told(self, path: str) -> bool:
        return self._wanted == "all" or (self._wanted == "pages" and path not in QUIET)


class _Answer:
    """What an application answers, counted on its way."""

    __slots__ = ("_began", "_environ", "_is_told", "_size", "pieces", "status")

    def __init__(self, environ: Environ, is_told: bool) -> None:
        self._environ, self._is_told = environ, is_told
        self._began = environ.get(BEGAN) or time.perf_counter()
        self._size = 0
        self.status = 0
        self.pieces: Iterable[bytes] = ()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self._size += len(piece)
            yield piece

    def close(self) -> None:
        """End the answer; the server calls this whatever became of it."""
        close = getattr(self.pieces, "close", None)
        try:
            if close is not None:
                close()
        finally:
            self.end()

    def end(self) -> None:
        """Say that the request is answered."""
        took = time.perf_counter() - self._began
        path = self._environ["PATH_INFO"]
        if path not in QUIET:
            route = self._environ.get(ROUTE, "static" if path.startswith("/static/") else "none")
            metrics.answered(route, self._environ["REQUEST_METHOD"], self.status, took)
        if self._is_told:
            _write(self._environ, self.status, took, self._size)
        request_id.set("")


def _write(environ: Environ, status: int, took: float, size: int) -> None:
    fields = {
        "method": environ["REQUEST_METHOD"],
        "path": without_secrets(_path(environ)),
        "status": status,
        "ms": round(took * 1_000, 2),
        "bytes": size,
        "user": environ.get(PERSON, 0),
    }
    if settings.LOG_ADDRESSES != "none":
        fields["address"] = kept_address(address_of(environ), settings.LOG_ADDRESSES)
    log.info("request", extra={"fields": fields})


def _path(environ: Environ) -> str:
    path: str = environ["PATH_INFO"]
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")


def address_of(environ: Environ) -> str:
    """Return where the request comes from, as the proxies that are trusted say."""
    trusted: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if trusted:
        hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= trusted and hops[-trusted].strip():
            return str(hops[-trusted].strip())
    return str(environ.get("REMOTE_ADDR", ""))


def kept_address(address: str, rule: str) -> str:
    """Return as much of a network address as the rule lets be kept: ``full`` or ``short``."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    parsed = mapped or parsed
    if rule == "full":
        return str(parsed)
    bits = SHORT_V4 if parsed.version == 4 else SHORT_V6  # noqa: PLR2004 -- the protocol's name
    return str(ipaddress.ip_network((parsed, bits), strict=False))


def request_facts_middleware(get_response: Handler) -> Handler:
    """Tell the log who asked and by which route; other middleware has looked both up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        if match is not None:
            request.META[ROUTE] = match.view_name or match.route
        request.META[PERSON] = request.user.pk or request.session.get(GUEST_KEY, 0)
        return response

    return middleware
