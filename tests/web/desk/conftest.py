"""Who works at the desk, and what they work on."""

import pytest
from django.test import Client

from reader.models import Document, Edition, User
from tests.editions import make_draft, make_edition
from tests.factories import make_annotation, make_document, make_user, promote
from tests.web.browsers import signed_in
from tests.web.desk.working import NEW, OLD


@pytest.fixture
def editor(db: None) -> User:
    """Somebody who edits one document, and nothing else."""
    return make_user("editor", name="Ed Editor")


@pytest.fixture
def at_desk(editor: User) -> Client:
    """The editor's browser."""
    return signed_in(editor)


@pytest.fixture
def edited(author: User, editor: User) -> Document:
    """A document with a note on words that will change, that will go and that will stay."""
    document = make_document(*OLD, slug="edited")
    promote(editor, "document:editor", document)
    make_annotation(author, document, "a reader answers", body="On words that changed.")
    make_annotation(author, document, "sentence about herrings", body="On words that went.")
    make_annotation(author, document, "once made in public", body="On words that stayed.")
    return document


@pytest.fixture
def draft(edited: Document) -> Edition:
    """Its next edition, not published yet."""
    return make_draft(edited, *NEW)


@pytest.fixture
def published(draft: Edition, edited: Document) -> Edition:
    """Its next edition, published."""
    return make_edition(edited, *NEW)


@pytest.fixture
def people(edited: Document, editor: User, author: User, moderator: User) -> dict[str, Client]:
    """Everybody's browsers."""
    elsewhere = make_user()
    promote(elsewhere, "document:editor", make_document("Another text."))
    return {
        "anonymous": Client(),
        "reader": signed_in(author),
        "moderator": signed_in(moderator),
        "reviewer": signed_in(promote(make_user(), "document:reviewer", edited)),
        "elsewhere": signed_in(elsewhere),
        "editor": signed_in(editor),
        "admin": signed_in(promote(make_user(), "admin")),
    }


@pytest.fixture(params=["draft", "published"])
def worked_on(request: pytest.FixtureRequest) -> Edition:
    """The next edition, before and after it is published."""
    edition: Edition = request.getfixturevalue(request.param)
    return edition
