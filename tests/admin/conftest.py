"""People with different parts, each in a browser of their own, and things that wait."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from reader.actions.moderation import flag
from reader.models import Annotation, Document, User
from tests import factories

ROLES = ("reader", "moderator", "document moderator", "editor", "document editor", "superuser")


@pytest.fixture
def browser(document: Document) -> Callable[[str], Client]:
    """A function that returns a browser signed in as a new person of that role."""

    def open_browser(role: str) -> Client:
        client = Client()
        if role != "anonymous":
            client.force_login(make_staff(role, document), settings.AUTHENTICATION_BACKENDS[0])
        return client

    return open_browser


def make_staff(role: str, document: Document) -> User:
    """Return a new person of one of ``ROLES``; the parts in a document are in this one."""
    user = factories.make_user()
    if role == "moderator":
        return factories.promote(user, "moderator")
    if role == "editor":
        return factories.promote(user, "editor")
    if role == "superuser":
        return factories.promote(user, "admin")
    if role.startswith("document "):
        User.objects.filter(pk=user.pk).update(is_staff=True)
        return factories.promote(user, role.replace(" ", ":"), document)
    return user


@pytest.fixture
def as_moderator(moderator: User) -> Client:
    """A browser in which the site's moderator is signed in."""
    client = Client()
    client.force_login(moderator, settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def reported(author: User, stranger: User, document: Document) -> Annotation:
    """An approved comment that a reader has reported as abuse."""
    annotation = factories.make_annotation(author, document, body="Hardly civil words.")
    flag(reporter=stranger, annotation=annotation, reason="abuse", note="This hurts.")
    annotation.refresh_from_db()
    return annotation


@pytest.fixture
def pending(author: User) -> Annotation:
    """A comment in a reviewed document that waits for its first look."""
    reviewed = factories.make_document(slug="reviewed", annotating="reviewed")
    return factories.make_annotation(author, reviewed, body="May I come in?")
