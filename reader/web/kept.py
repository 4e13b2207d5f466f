"""Whole pages, kept as they were sent until anything in them may have changed.

This stands before Django: a page that nobody has changed since is answered with the bytes of the
last time, compressed once, at the price of the query that tells so
(:mod:`reader.queries.versions`). What decides which page somebody gets is in the question it is
kept under; what decides what is on it is in its version. Only pages that a view offers
(:func:`keep`) are kept, and none that sets a cookie. docs/decisions/0008-kept-pages.md has the
reasons.
"""

import hashlib
import re
import threading
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import get_str_from_wsgi
from django.core.signals import request_finished
from django.db import DatabaseError
from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from reader.databases import reading_from
from reader.queries.versions import Version, page_version
from reader.web.compression import takes_brotli
from reader.web.middleware import ZONE_COOKIE
from reader.web.preferences import Preferences

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Question = tuple[str, ...]
TellVersion = Callable[[str, str, int], Version | None]

READER = Path(__file__).resolve().parents[1]
PATHS = re.compile(r"/d/([-a-zA-Z0-9_]+)/(?:part/[0-9]+/)?\Z")
OFFERED = "postil.kept"  # where a view says in the request's environ what it offers
LONGEST_COOKIES = 2_000
NOT_IN_304 = frozenset({"content-type", "content-length", "content-encoding", "content-language"})


@dataclass(frozen=True, slots=True)
class Offer:
    """What a view says of a page: the version it was made from, and for whom."""

    version: Version
    person: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is sent."""

    offer: Offer
    headers: Headers
    body: bytes
    etag: str


def keep(request: HttpRequest, slug: str, person: int) -> None:
    """Offer the page for keeping. Call it before anything of the document is read.

    Args:
        request: the question.
        slug: the document's.
        person: the id of the account or guest that the page is made for, 0 for anybody.
    """
    question = question_of(request.META)
    if question is None:
        return
    known = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if session_in(question) != known or (person and not known):
        # The page was not made for who the question says: kept, it would be shown to others.
        return
    version = page_version(slug, session_in(question), person, using=reading_from())
    if version is not None:
        request.META[OFFERED] = Offer(version, person)


def withdraw(request: HttpRequest) -> None:
    """Do not keep the page after all: something on it is for this once."""
    request.META.pop(OFFERED, None)


def question_of(environ: Environ) -> Question | None:
    """Return all that decides which page is sent; None where it may be any."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("QUERY_STRING"):
        return None
    if PATHS.match(environ["PATH_INFO"]) is None or "HTTP_HX_REQUEST" in environ:
        return None
    cookies = _cookies(environ.get("HTTP_COOKIE", ""))
    if cookies is None:
        return None
    return (
        cookies[0],
        environ["PATH_INFO"],
        environ.get("HTTP_HOST", ""),
        environ.get("wsgi.url_scheme", ""),
        environ.get("HTTP_X_FORWARDED_PROTO", ""),
        _language(environ.get("HTTP_ACCEPT_LANGUAGE", "")),
        _coding(environ.get("HTTP_ACCEPT_ENCODING", "")),
        *cookies[1:],
    )


def session_in(question: Question) -> str:
    """Return the key of the session that asks, empty for none."""
    return question[0]


def _cookies(header: str) -> Question | None:
    """Return the session's key and the other cookies that pages depend on; None: cannot tell."""
    if not header:
        return ("", Preferences().as_cookie(), "")
    if len(header) > LONGEST_COOKIES:
        return None
    # Read as Django reads it, odd cookies of others included: a session that is overlooked here
    # and found there would have somebody's own page kept as everybody's.
    values = parse_cookie(get_str_from_wsgi({"HTTP_COOKIE": header}, "HTTP_COOKIE", ""))
    if "messages" in values or settings.LANGUAGE_COOKIE_NAME in values:
        return None
    session = values.get(settings.SESSION_COOKIE_NAME, "")
    reading = Preferences.from_cookie(values.get(Preferences.COOKIE, "")).as_cookie()
    return (session, reading, _zone(values.get(ZONE_COOKIE, "")))


@lru_cache(maxsize=1_000)
def _zone(name: str) -> str:
    try:
        return zoneinfo.ZoneInfo(name).key if name else ""
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return ""


@lru_cache(maxsize=1_000)
def _language(header: str) -> str:
    """Return the language that Django would choose for an Accept-Language header."""
    for wanted, _weight in parse_accept_lang_header(header):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


@lru_cache(maxsize=1_000)
def _coding(header: str) -> str:
    """Return a name for what the compression makes of an Accept-Encoding header."""
    if takes_brotli(header):
        return "br"
    return "gzip" if re.search(r"\bgzip\b", header) else ""


@cache
def release() -> str:
    """Return a name for the code that makes pages: another one may make other pages."""
    digest = hashlib.blake2b(settings.SITE_URL.encode(), digest_size=12)
    for folder, pattern in ((settings.BASE_DIR / "templates", "*"), (READER, "*.py")):
        for path in sorted(path for path in folder.rglob(pattern) if path.is_file()):
            digest.update(path.read_bytes())
    return digest.hexdigest()


class KeptPages:
    """A WSGI application, answered from what is kept where that is still as it was."""

    def __init__(self, application: Application, most_bytes: int | None = None) -> None:
        self._application = application
        self._most = settings.KEPT_PAGES_BYTES if most_bytes is None else most_bytes
        self._pages: OrderedDict[Question, Page] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        question = question_of(environ)
        if question is None:
            return self._application(environ, start_response)
        try:
            page = self.fresh(question, partial(page_version, using=reading_from()))
        except DatabaseError:
            page = None  # Django says what is to be said about that
        finally:
            request_finished.send(sender=self.__class__)  # as after any request: connections
        if page is None:
            return self._asked(question, environ, start_response)
        return answer_with(page, environ, start_response)

    def fresh(self, question: Question, version: TellVersion) -> Page | None:
        """Return the page that is kept for this question, if it is still as it would be made."""
        page = self._pages.get(question)
        if page is None:
            return None
        slug = question[1].split("/")[2]
        if version(slug, session_in(question), page.offer.person) != page.offer.version:
            return None
        with self._lock:
            if question in self._pages:
                self._pages.move_to_end(question)
        return page

    def _asked(
        self, question: Question, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Let Django answer, and keep what it offers."""
        began: list[Any] = []
        pieces = self._application(environ, lambda *started: began.extend(started))
        try:
            body = b"".join(pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        status, headers = began[0], began[1]
        offer = environ.pop(OFFERED, None)
        is_plain = not any(name.lower() == "set-cookie" for name, _value in headers)
        if offer is None or not status.startswith("200 ") or not is_plain:
            start_response(status, headers)
            return [body]
        page = _page(question, offer, headers, body)
        if environ["REQUEST_METHOD"] == "GET":
            self._keep(question, page)
        return answer_with(page, environ, start_response)

    def _keep(self, question: Question, page: Page) -> None:
        with self._lock:
            former = self._pages.pop(question, None)
            self._size += len(page.body) - (len(former.body) if former else 0)
            self._pages[question] = page
            while self._size > self._most:
                _question, dropped = self._pages.popitem(last=False)
                self._size -= len(dropped.body)


def _page(question: Question, offer: Offer, headers: Headers, body: bytes) -> Page:
    # Not of the bytes: each worker pads them anew, and gives forms other keys.
    known_by = repr((release(), question[1:], offer)).encode()
    etag = f'W/"{hashlib.blake2b(known_by, digest_size=12).hexdigest()}"'
    names = {name.lower() for name, _value in headers}
    added = [("ETag", etag)]
    if "cache-control" not in names:
        added.append(("Cache-Control", "no-cache"))  # a browser may keep it, and asks each time
    return Page(offer, [*headers, *added], body, etag)


def answer_with(page: Page, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with a page, or with the word that the browser has it already."""
    # What Django would tell the log of the request (reader.web.request_log).
    environ["postil.person"], environ["postil.route"] = page.offer.person, "kept page"
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    if known and (known.strip() == "*" or page.etag in known):
        headers = [pair for pair in page.headers if pair[0].lower() not in NOT_IN_304]
        start_response("304 Not Modified", headers)
        return []
    start_response("200 OK", page.headers)
    return [page.body] if environ["REQUEST_METHOD"] == "GET" else []
