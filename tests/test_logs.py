"""What is noted of requests and queries, by which id it hangs together, and what is never noted."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from reader.logs import JsonFormatter, LineFormatter, SlowQueries
from reader.models import Document, User
from reader.urls import urlpatterns as all_of_them
from reader.web.errors import server_error
from reader.web.request_log import RequestLog, kept_address

ID = "X-Request-ID"


def broken(request: HttpRequest) -> HttpResponse:
    """Fail as a mistake of ours would."""
    raise RuntimeError("a mistake of ours")


def flowing(request: HttpRequest) -> StreamingHttpResponse:
    """Answer piece by piece."""
    return StreamingHttpResponse(iter([b"one", b"two", b"three"]))


handler500 = server_error
urlpatterns = [path("broken/", broken), path("flowing/", flowing), *all_of_them]


class Answer:
    """What a WSGI server gets."""

    def __init__(self, **environ: Any) -> None:
        asked = {**RequestFactory().get(environ.pop("path", "/")).environ, **environ}
        pieces = RequestLog(WSGIHandler())(asked, self._start)
        try:
            self.body = b"".join(pieces)
        finally:
            pieces.close()  # type: ignore[attr-defined]  # what RequestLog returns has one

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        self.status, self.headers = status, dict(headers)


@pytest.fixture
def noted() -> Iterator[io.StringIO]:
    """Everything that is noted meanwhile, as JSON lines."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield text
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def _told(settings: Any) -> Iterator[None]:
    """Tell of requests, and let the test's transaction outlive each of them."""
    settings.LOG_REQUESTS = "pages"
    settings.ROOT_URLCONF = "tests.test_logs"
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def lines(noted: io.StringIO, logger: str = "reader.requests") -> list[dict[str, Any]]:
    found = [json.loads(line) for line in noted.getvalue().splitlines()]
    return [line for line in found if line["logger"] == logger]


@pytest.mark.usefixtures("_told", "db")
def test_a_request_is_one_line_with_the_id_of_its_answer(noted: io.StringIO) -> None:
    answer = Answer(path="/search/?q=private+words")
    [line] = lines(noted)
    assert line["request"] == answer.headers[ID]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/search/", 200)
    assert line["bytes"] == len(answer.body)
    assert line["user"] == 0
    assert line["ms"] > 0
    assert "private" not in noted.getvalue()
    assert "address" not in line


@pytest.mark.usefixtures("_told")
def test_a_person_is_a_number(noted: io.StringIO, as_author: Client, author: User) -> None:
    cookie = as_author.cookies[settings.SESSION_COOKIE_NAME].OutputString()
    Answer(HTTP_COOKIE=cookie)
    assert lines(noted)[0]["user"] == author.pk
    assert author.username not in noted.getvalue()


@pytest.mark.usefixtures("_told", "db")
def test_nothing_is_told_unless_it_is_wanted(noted: io.StringIO, settings: Any) -> None:
    settings.LOG_REQUESTS = "none"
    assert ID in Answer().headers
    settings.LOG_REQUESTS = "pages"
    Answer(path="/livez")
    assert lines(noted) == []
    settings.LOG_REQUESTS = "all"
    Answer(path="/livez")
    assert [line["path"] for line in lines(noted)] == ["/livez"]


@pytest.mark.usefixtures("_told", "db")
def test_secret_addresses_are_not_noted(noted: io.StringIO) -> None:
    for start in ("/invitations/", "/groups/join/", "/accounts/confirm-email/"):
        Answer(path=f"{start}sesame/")
    Answer(path="/accounts/password/reset/key/1-sesame/")
    assert len(lines(noted)) == 4
    assert lines(noted, "django.request")  # Django notes what is not there, with its address
    assert "sesame" not in noted.getvalue()


@pytest.mark.usefixtures("_told", "db")
def test_a_mistake_shows_the_id_that_the_log_has(noted: io.StringIO) -> None:
    answer = Answer(path="/broken/")
    [error] = lines(noted, "django.request")
    assert answer.status.startswith("500")
    assert answer.headers[ID].encode() in answer.body
    assert error["request"] == answer.headers[ID]
    assert "a mistake of ours" in error["exception"]
    assert lines(noted)[0]["status"] == 500


@pytest.mark.usefixtures("_told", "db")
def test_an_answer_that_flows_is_counted_when_it_ends(noted: io.StringIO) -> None:
    answer = Answer(path="/flowing/")
    assert lines(noted)[0]["bytes"] == len(answer.body) == len("onetwothree")


@pytest.mark.usefixtures("_told", "db")
def test_only_a_trusted_proxy_names_a_request_and_only_plainly(settings: Any) -> None:
    given = "from-the-proxy-1"
    assert Answer(HTTP_X_REQUEST_ID=given).headers[ID] != given
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert Answer(HTTP_X_REQUEST_ID=given).headers[ID] == given
    for strange in ("short", "a" * 65, "line\nbreak-in-it", "<script>alert(1)", "seven77 "):
        made = Answer(HTTP_X_REQUEST_ID=strange).headers[ID]
        assert made != strange
        assert made.isalnum()


@pytest.mark.usefixtures("_told", "db")
def test_addresses_are_kept_as_far_as_is_said(noted: io.StringIO, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for rule in ("short", "full"):
        settings.LOG_ADDRESSES = rule
        Answer(HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.77")
    assert [line["address"] for line in lines(noted)] == ["203.0.113.0/24", "203.0.113.77"]


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("unix:", ""),
    ],
)
def test_short_addresses_name_no_household(address: str, short: str) -> None:
    assert kept_address(address, "short") == short


def test_nothing_from_outside_begins_a_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "said %s", ("a\nb\x1b[2J\u2028",), None)
    record.fields = {"path": "/a b\r\nc", "agent": ""}
    line = LineFormatter().format(record)
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert line.endswith(r'agent=""')


def test_slow_queries_are_noted_without_their_values(
    noted: io.StringIO, document: Document
) -> None:
    with connection.execute_wrapper(SlowQueries(1e-6)):
        list(Document.objects.filter(slug__in=["hidden-1", "hidden-2", "hidden-3"]))
    line = lines(noted, "reader.queries")[-1]  # others may have been slow as well
    assert "reader_document" in line["sql"]
    assert "hidden" not in noted.getvalue()
    assert (line["level"], line["database"]) == ("WARNING", "default")
    with connection.execute_wrapper(SlowQueries(60_000)):
        Document.objects.count()
    assert len(lines(noted, "reader.queries")) == 1


@pytest.mark.usefixtures("db")
def test_every_connection_is_watched_once() -> None:
    connection.ensure_connection()
    watching = [one for one in connection.execute_wrappers if isinstance(one, SlowQueries)]
    assert len(watching) == 1
