"""The editor's desk: who works there, what lies on it, and what each decision does."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from reader.models import Document, Edition, User
from tests.editions import make_draft, make_edition
from tests.factories import make_annotation, make_document, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

OLD = (
    "The margin is where a reader answers, and a reader has all the time in the world.",
    "A promise, once made in public, is kept in public by those who made it there.",
    "This sentence about herrings will be gone from the next edition altogether.",
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
)
NEW = (
    "The margin is where a reader replies, and a reader has all the time in the world.",
    "A promise, once made in public, is kept in public by those who made it there.",
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
)


@pytest.fixture
def editor(document: Document) -> User:
    return make_user("editor", name="Ed Editor")


@pytest.fixture
def desk_document(author: User, editor: User) -> Document:
    document = make_document(*OLD, slug="desk")
    promote(editor, "document:editor", document)
    make_annotation(author, document, "a reader answers", body="On words that changed.")
    make_annotation(author, document, "sentence about herrings", body="On words that went.")
    make_annotation(author, document, "once made in public", body="On words that stayed.")
    return document


@pytest.fixture
def draft(desk_document: Document) -> Edition:
    return make_draft(desk_document, *NEW)


def desk_url(edition: Edition, **query: str) -> str:
    address = reverse("desk", args=[edition.document.slug, edition.number])
    return f"{address}?{'&'.join(f'{k}={v}' for k, v in query.items())}" if query else address


def test_smoke(draft: Edition, editor: User) -> None:
    client = signed_in(editor)
    response = client.get(desk_url(draft))
    assert response.status_code == 200
    html = response.content.decode()
    print(html.partition("<main")[2].partition("</main>")[0])
    assert Page(html).problems() == []
    assert "On words that went." in html
