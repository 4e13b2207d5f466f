"""Check 12: what changes anything needs our own form, and following links changes nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.security.routes import routes
from tests.security.world import World, make_world

SOME = 3  # every third address of a route: what it is about makes no difference here
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# Programs speak for somebody by a token in the header; cookies count for nothing there.
BY_TOKEN = ("/api", "/w3c", "/oauth/revoke")
REFUSED = {403, 404, 405}
# What reading leaves behind: that somebody is signed in, how often they asked and with which
# token, and the account's own address among those that allauth lists.
LEFT_BEHIND = (
    "account_emailaddress",
    "django_session",
    "reader_apitoken",
    "reader_cache",
    "reader_pages",
    "reader_signin",
)
WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?', re.IGNORECASE)


@pytest.fixture
def world(db: None) -> World:
    """A site with something to read and to change."""
    return make_world()


def addresses(world: World) -> list[str]:
    """Return every address once, for the first thing that it can be about."""
    return [next(iter(route.addresses(world))) for route in routes()]


@pytest.mark.parametrize("method", UNSAFE)
def test_nothing_is_changed_without_our_own_form(world: World, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = world.browser("author").cookies
    answers = {}
    for address in addresses(world):
        if not address.startswith(BY_TOKEN):
            response = client.generic(method, address, b"", content_type="text/plain")
            answers[address] = response.status_code
    assert {one: status for one, status in answers.items() if status not in REFUSED} == {}
    assert sum(status == 403 for status in answers.values()) >= 30


@pytest.mark.parametrize("role", ["anonymous", "author", "moderator"])
def test_following_links_changes_nothing(world: World, role: str) -> None:
    client = world.browser(role)
    written: set[tuple[str, str]] = set()

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        found = WRITES.match(sql)
        if found and not found[1].startswith(LEFT_BEHIND):
            written.add((found[1], asked))
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        for route in routes():
            for asked in list(route.addresses(world))[::SOME]:
                headers = world.token(role) if asked.startswith(BY_TOKEN) else {}
                client.get(asked, headers=headers)
    assert written == set()
