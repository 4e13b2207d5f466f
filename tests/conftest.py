"""Fixtures shared by all tests."""

import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client

from reader.models import Decision, Document, User
from reader.queries.layouts import forget_layouts
from reader.queries.sections import forget_sections
from reader.web.drawing import forget_drawn
from tests import factories, prepared

TRIGGERS = import_module("reader.migrations.0019_whole_moderation")
TESTS = Path(__file__).parent
WHOLE_SITES = {TESTS, TESTS / "security", TESTS / "live"}
PREPARED = pytest.StashKey[Path | None]()


def pytest_configure(config: pytest.Config) -> None:
    """Have a folder for prepared sites before there are processes that share it."""
    config.stash[PREPARED] = prepared.open_place()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it, in the process that made it."""
    if place := config.stash[PREPARED]:
        shutil.rmtree(place)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what tries whole sites, which is slow: at the end no core waits for another."""
    items.sort(key=lambda item: item.path.parent not in WHOLE_SITES)


@pytest.fixture(autouse=True)
def _fresh_limits(request: pytest.FixtureRequest) -> None:
    """Keep the throttles of one test out of the next: they count in the shared cache."""
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        request.getfixturevalue("db")
        for cache in caches.all(initialized_only=False):
            cache.clear()


@pytest.fixture(autouse=True)
def _nothing_drawn() -> None:
    """Forget what earlier tests read: the next one's documents have the same numbers."""
    forget_drawn()
    forget_sections()
    forget_layouts()


@pytest.fixture
def author(db: None) -> User:
    """Somebody who writes."""
    return factories.make_user("author", name="Ada Author")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody else, signed in, with no part in anything."""
    return factories.make_user("stranger", name="Sam Stranger")


@pytest.fixture
def moderator(db: None) -> User:
    """Somebody who moderates the whole site, without being a superuser."""
    return factories.promote(factories.make_user("mod", name="Mo Moderator"), "moderator")


@pytest.fixture
def document(db: None) -> Document:
    """A short document, open for annotating."""
    return factories.make_document(slug="close-reading")


@pytest.fixture
def as_author(client: Client, author: User) -> Client:
    """A browser in which the author is signed in."""
    client.force_login(author, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def log_emptied_afterwards(transactional_db: None) -> Iterator[None]:
    """Empty the log after a test that commits: the flush that follows it is refused otherwise."""
    yield
    with connection.schema_editor() as editor:
        TRIGGERS.drop_triggers(apps, editor)
    Decision.objects.all().delete()
    with connection.schema_editor() as editor:
        TRIGGERS.add_triggers(apps, editor)
