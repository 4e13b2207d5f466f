"""Check 7: no route, by any method, tells anybody what they may not read.

Every route of the site is asked for everything that it can be about, by everybody. What is
written that way is taken back before the next request.
"""

from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.security.routes import ASKED, routes
from tests.security.world import ROLES, SOUGHT, STATES, World, make_world

# By these everybody tries everything; by the others those who must not read it.
BY_ALL, OTHERS = ("GET",), ("POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
OUTSIDE = ("former member",)
SOME = 3  # every third address of a route: what everybody reads, what is spam, what is a group's
ODD = "wxnobodysaidthis"


@pytest.fixture
def world(db: None) -> World:
    """The site."""
    return make_world()


def ask(client: Client, method: str, address: str, **headers: str) -> HttpResponse:
    """Send a request, and take back what it did to the database and to the browser."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        response = client.generic(
            method, address, b"", content_type="application/json", headers=headers
        )
        transaction.set_rollback(True)
    client.cookies.clear()
    for name, value in cookies.items():
        client.cookies[name] = value
    return response  # type: ignore[return-value]  # an answer with what the test client adds


def said(response: Any) -> str:
    """Return all that an answer tells: its headers and its content."""
    content = b"".join(response) if response.streaming else response.content
    return f"{response.headers}{content.decode(errors='replace')}"


@pytest.mark.parametrize(("role", "method"), [*product(ROLES, BY_ALL), *product(OUTSIDE, OTHERS)])
def test_nothing_leaks(world: World, role: str, method: str) -> None:
    client = world.browser(role)
    hidden = world.hidden_from(role)
    leaks, broken, asked = set(), set(), 0
    for route in routes():
        for address in list(route.addresses(world))[:: 1 if method in BY_ALL else SOME]:
            headers = world.token(role) if address.startswith(("/api", "/w3c")) else {}
            response = ask(client, method, address, **headers)
            asked += 1
            if response.status_code >= 500:
                broken.add(address)
            # A word that stands in the address itself is no news.
            told = said(response).replace(address, "")
            leaks |= {(address, word) for word in hidden if word in told and word not in address}
    assert (leaks, broken) == (set(), set())
    assert asked > (450 if method in BY_ALL else 150)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reads_what_it_may(world: World, role: str) -> None:
    """Without this the test above would be content with a site that answers nothing."""
    client = world.browser(role)
    page = said(ask(client, "GET", f"/d/{world.document.slug}/p1/"))
    shown = {state for state in STATES if f"zq{state}canary" in page}
    assert shown == {
        state
        for state in STATES
        if state != "draft"
        and f"zq{state}canary" not in world.hidden_from(role)
        and state != "deleted"
    }


@pytest.mark.parametrize("name", sorted(ASKED))
@pytest.mark.parametrize("role", ROLES)
def test_looking_for_what_is_hidden_finds_what_looking_for_nothing_finds(
    world: World, role: str, name: str
) -> None:
    """Not the words alone: a count or a suggestion would tell that there is something."""
    client = world.browser(role)
    route = next(one for one in routes() if one.name == name)
    shape = route.shape.replace("<slug>", world.document.slug)
    for state in STATES:
        if f"zq{state}canary" in world.hidden_from(role):
            found, nothing = (
                content(ask(client, "GET", f"/{shape}?{ASKED[name]}={word}")).replace(word, "")
                for word in (SOUGHT[state], ODD)
            )
            assert found == nothing


def content(response: HttpResponse) -> str:
    """Return what an answer holds, without what is another in every answer."""
    lines = response.content.decode().splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)
