"""Limits of the API: who is counted, as what, and what is said about it."""

import threading
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reader.actions.tokens import make_token
from reader.api import throttling
from reader.models import User
from tests import factories

PROFILE = "/api/profile"


@pytest.fixture(autouse=True)
def _few(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set limits that are reached soon, in a minute that does not end meanwhile."""
    settings.API_READS_PER_MINUTE = 3
    settings.API_WRITES_PER_MINUTE = 2
    settings.TOKEN_REQUESTS_PER_MINUTE = 2
    monkeypatch.setattr(throttling, "time", lambda: 60_000_020.0)


def bearer(person: User) -> dict[str, str]:
    _token, secret = make_token(user=person, name="x", scopes=["read", "write"], days=30)
    return {"Authorization": f"Bearer {secret}"}


def test_every_answer_says_how_many_more_there_are(db: None) -> None:
    answer = Client().get(PROFILE)
    assert answer["RateLimit-Limit"] == "3"
    assert answer["RateLimit-Remaining"] == "2"
    assert answer["RateLimit-Reset"] == "40"
    assert answer["RateLimit-Policy"] == '"reads";q=3;w=60'
    assert answer["RateLimit"] == '"reads";r=2;t=40'


def test_one_too_many_is_told_when_to_come_back(db: None, monkeypatch: Any) -> None:
    statuses = [Client().get(PROFILE).status_code for _number in range(3)]
    assert statuses == [200, 200, 200]
    refused = Client().get(PROFILE)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "40"
    assert refused["RateLimit-Remaining"] == "0"
    assert refused.json()["status"] == "failure"
    assert "40 seconds" in refused.json()["reason"]
    monkeypatch.setattr(throttling, "time", lambda: 60_000_061.0)
    assert Client().get(PROFILE).status_code == 200


def test_forged_addresses_do_not_help(db: None, settings: Any) -> None:
    def ask(proxies: int, forwarded: str) -> int:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        return Client().get(PROFILE, headers={"X-Forwarded-For": forwarded}).status_code

    assert [ask(0, f"10.0.0.{one}") for one in range(4)] == [200, 200, 200, 429]
    behind = [ask(1, f"10.0.0.{one}, 192.0.2.7") for one in range(4)]
    assert behind == [200, 200, 200, 429]
    assert ask(1, "192.0.2.8") == 200


def test_one_line_of_ipv6_is_counted_once(db: None) -> None:
    found = [Client(REMOTE_ADDR=f"2001:db8::{one}").get(PROFILE).status_code for one in range(1, 5)]
    assert found == [200, 200, 200, 429]
    assert Client(REMOTE_ADDR="2001:db8:1::1").get(PROFILE).status_code == 200


def test_people_are_counted_each_for_themselves(author: User, stranger: User) -> None:
    one, another, others = bearer(author), bearer(author), bearer(stranger)
    asked = [Client().get(PROFILE, headers=head).status_code for head in (one, one, another, one)]
    assert asked == [200, 200, 200, 429]
    assert Client().get(PROFILE, headers=others).status_code == 200
    assert Client().get(PROFILE).status_code == 200


def test_writes_are_counted_apart(author: User) -> None:
    head = bearer(author)

    def write() -> Any:
        return Client().post("/api/annotations", {}, content_type="application/json", headers=head)

    assert [write().status_code == 429 for _number in range(3)] == [False, False, True]
    assert Client().get(PROFILE, headers=head).status_code == 200


def test_guessed_tokens_are_counted(db: None) -> None:
    guesses = [
        Client().get(PROFILE, headers={"Authorization": f"Bearer {one}"}).status_code
        for one in range(4)
    ]
    assert guesses == [401, 401, 401, 429]


def test_exchanges_are_counted(db: None) -> None:
    form = "application/x-www-form-urlencoded"
    found = [Client().post("/api/token", "grant_type=x", form).status_code for _n in range(3)]
    assert found == [400, 400, 429]


def test_counting_takes_one_statement(db: None) -> None:
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(PROFILE).status_code == 200
        counting = [one["sql"] for one in queries if "reader_cache" in one["sql"]]
        assert len(counting) == 1


def test_a_count_begins_anew_when_its_time_is_over(db: None) -> None:
    count = caches["default"].count  # type: ignore[attr-defined]  # our own cache's
    assert [count("x", 60) for _time in range(3)] == [1, 2, 3]
    assert [count("over", 0) for _time in range(2)] == [1, 1]
    assert count("x", 60) == 4


def test_what_pages_keep_stands_apart_from_limits(db: None) -> None:
    caches["pages"].set("x", "a page")
    assert caches["default"].get("x") is None
    caches["default"].set("x", 1)
    assert caches["pages"].get("x") == "a page"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_counted(settings: Any) -> None:
    settings.API_READS_PER_MINUTE = 1000
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        for _number in range(10):
            Client().get("/api/")
        connection.close()

    threads = [threading.Thread(target=ask) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    remaining = int(Client().get("/api/")["RateLimit-Remaining"])
    assert remaining == 1000 - 41
    assert factories.make_user().pk


def test_who_comes_without_an_address_is_counted_with_all_such(db: None) -> None:
    asked = [Client().get(PROFILE, REMOTE_ADDR="").status_code for _number in range(4)]
    assert asked == [200, 200, 200, 429]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has such tables")
def test_counting_waits_for_no_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relpersistence FROM pg_class"
            " WHERE relname IN ('reader_cache', 'reader_pages') ORDER BY relname"
        )
        assert cursor.fetchall() == [("reader_cache", "u"), ("reader_pages", "u")]
