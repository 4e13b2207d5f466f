"""Private words are nowhere in the admin, not even for superusers; hostile words do nothing."""

import pytest
from django.test import Client

from reader.actions.changes import delete_annotation, edit_annotation
from reader.actions.moderation import flag
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Tag, User
from tests import factories
from tests.admin.conftest import make_staff
from tests.admin.test_access import TABLE

CANARY = "kingfisher"
PAGES = [
    "/admin/",
    *(
        f"/admin/{name.removesuffix('_changelist').replace('_', '/')}/{query}"
        for name in TABLE
        if name.endswith("_changelist")
        for query in ("", f"?q={CANARY}")
    ),
]


def pages_with(client: Client, words: str) -> set[str]:
    """Return the lists in which the words stand or a search finds them, its own echo left out."""
    found = set()
    for page in PAGES:
        response = client.get(page)
        assert response.status_code == 200, page
        html = response.content.decode()
        for echo in (f'value="{CANARY}"', f"q={CANARY}", f"q%3D{CANARY}"):
            html = html.replace(echo, "")
        hits = response.context["cl"].result_count if "?q=" in page else 0
        if words in html or (hits and words == CANARY):
            found.add(page)
    return found


@pytest.fixture
def as_superuser(document: Document) -> Client:
    client = Client()
    client.force_login(make_staff("superuser", document))
    return client


def test_private_words_are_nowhere(as_superuser: Client, author: User, document: Document) -> None:
    secret = factories.make_annotation(
        author, document, body=CANARY, visibility="private", tags=(CANARY,)
    )
    edit = factories.make_annotation(
        author,
        document,
        body=CANARY,
        motivation="editing",
        replacement=CANARY,
        visibility="private",
    )
    assert pages_with(as_superuser, CANARY) == set()
    tag = Tag.objects.get(name=CANARY)
    for item in (secret, edit):
        for page in ("queueitem", "annotation"):
            response = as_superuser.get(f"/admin/reader/{page}/{item.pk}/change/", follow=True)
            assert CANARY not in response.content.decode()
    assert as_superuser.get(f"/admin/reader/tag/{tag.pk}/change/").status_code == 302


def test_the_same_words_in_public_are_found(
    as_superuser: Client, author: User, document: Document
) -> None:
    factories.make_annotation(author, document, body=CANARY, tags=(CANARY,))
    found = pages_with(as_superuser, CANARY)
    assert {"/admin/reader/annotation/", "/admin/reader/tag/"} <= found


@pytest.mark.parametrize("how", ["made private", "deleted"])
def test_words_taken_back_leave_queue_and_reports(
    as_superuser: Client, author: User, stranger: User, document: Document, how: str
) -> None:
    item = factories.make_annotation(author, document, body=CANARY)
    flag(reporter=stranger, annotation=item, reason="abuse", note=f"It says {CANARY}.")
    assert "/admin/reader/queueitem/" in pages_with(as_superuser, CANARY)
    if how == "deleted":
        delete_annotation(editor=author, annotation=item)
    else:
        edit_annotation(
            editor=author,
            annotation=Annotation.objects.get(pk=item.pk),
            version=1,
            wording=Wording(CANARY),
            visibility="private",
        )
    assert pages_with(as_superuser, CANARY) == set()


def test_hostile_words_are_inert(
    as_superuser: Client, author: User, stranger: User, document: Document
) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    item = factories.make_annotation(
        author, document, body=f"Look: {attack}", motivation="commenting"
    )
    User.objects.filter(pk=author.pk).update(name=attack)
    flag(reporter=stranger, annotation=item, reason="abuse", note=attack)
    for needle in ("<script>alert", "<img src=x"):
        assert pages_with(as_superuser, needle) == set()
    page = as_superuser.get("/admin/reader/queueitem/").content.decode()
    assert "<script>alert" not in page
    assert 'class="body" hx-disable' in page
