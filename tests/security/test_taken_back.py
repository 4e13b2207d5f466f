"""Check 10: what was public and is taken back is in no old address, entity tag, feed or cache."""

from collections.abc import Callable

import pytest
from django.test import Client

from reader.actions.changes import delete_annotation, edit_annotation
from reader.actions.moderation import decide
from reader.actions.wording import Wording
from reader.models import Annotation, Decision
from tests.security.routes import routes
from tests.security.test_leaks import said
from tests.security.world import WORDS, World, make_world

CANARY = WORDS["approved"]


@pytest.fixture
def world(db: None) -> World:
    """The site."""
    return make_world()


def make_private(world: World, annotation: Annotation) -> None:
    edit_annotation(
        editor=world.people["author"],
        annotation=annotation,
        version=annotation.version,
        wording=Wording(annotation.body, None, [CANARY]),
        visibility="private",
    )


def delete(world: World, annotation: Annotation) -> None:
    delete_annotation(editor=world.people["author"], annotation=annotation)


def deny(world: World, annotation: Annotation) -> None:
    decide(
        moderator=world.people["moderator"],
        annotation=annotation,
        act=Decision.Act.DENY,
        reason="abuse",
    )


def copies(client: Client, world: World, role: str) -> dict[str, dict[str, str]]:
    """Return every address that tells the words, with what a browser would ask again with."""
    found = {}
    for route in routes():
        for address in route.addresses(world):
            headers = world.token(role) if address.startswith(("/api", "/w3c")) else {}
            response = client.get(address, headers=headers)
            if CANARY in said(response).replace(address, ""):
                told = {
                    "If-None-Match": response.headers.get("ETag", ""),
                    "If-Modified-Since": response.headers.get("Last-Modified", ""),
                }
                found[address] = headers | {name: value for name, value in told.items() if value}
                kept = response.headers.get("Cache-Control", "")
                assert "max-age" not in kept or "max-age=0" in kept or "private" in kept, address
    return found


@pytest.mark.parametrize("act", [make_private, delete, deny])
def test_no_old_copy_is_worth_anything(
    world: World, act: Callable[[World, Annotation], None]
) -> None:
    role = "stranger" if act is make_private else "anonymous"
    client = world.browser(role)
    old = copies(client, world, role)
    assert len(old) > 15  # pages, feeds, exports, programs' addresses
    act(world, world.annotations["approved"])
    leaks = set()
    for address, headers in old.items():
        for sent in (headers, {}):
            response = client.get(address, headers=sent)
            told = said(response).replace(address, "")
            if response.status_code == 304 or CANARY in told or response.status_code >= 500:
                leaks.add((address, response.status_code))
    assert leaks == set()
