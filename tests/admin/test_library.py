"""The library's and the people's rooms do what their labels say."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reader.admin import base
from reader.models import Annotation, Document, Tag, User
from tests import factories

ADD = "/admin/reader/document/add/"


def text_file(text: str, name: str = "essay.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/plain")


def test_a_document_is_made_from_a_file(browser: Callable[[str], Client]) -> None:
    client = browser("editor")
    sent = {"file": text_file("An essay\n\nOne.\n\nTwo."), "slug": "essay", "language": "en"}
    response = client.post(ADD, sent)
    document = Document.objects.get(slug="essay")
    assert response.url == f"/admin/reader/document/{document.pk}/change/"  # type: ignore[attr-defined]
    assert document.title == "An essay"
    assert document.current_edition is not None
    assert [block.text for block in document.current_edition.blocks.all()] == ["One.", "Two."]
    assert document.current_edition.created_by_id == int(client.session["_auth_user_id"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "file"),
        ({"file": text_file("Title\n\nText."), "slug": "close-reading"}, "slug"),
        ({"file": SimpleUploadedFile("x.txt", b"\xff\xfe\x00")}, "file"),
        ({"file": text_file("Title\n\nText.", "x.exe")}, "file"),
        ({"file": text_file("Title\n\nText."), "source_url": "javascript:alert(1)"}, "source_url"),
    ],
)
def test_what_cannot_be_imported_is_refused_at_its_field(
    browser: Callable[[str], Client], sent: dict[str, object], field: str
) -> None:
    before = Document.objects.count()
    client = browser("editor")
    response = client.post(ADD, {"language": "en", **sent})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Document.objects.count() == before


def test_a_large_file_is_refused(
    browser: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reader.admin.documents.MAX_FILE", 10)
    client = browser("editor")
    response = client.post(ADD, {"file": text_file("Title\n\nA text."), "language": "en"})
    assert "file" in response.context["form"].errors


def test_documents_are_counted_per_page_not_per_row(
    browser: Callable[[str], Client], author: User, document: Document
) -> None:
    client = browser("superuser")
    factories.make_reply(author, factories.make_annotation(author, document))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            rows = client.get("/admin/reader/document/").context["cl"].result_list
        lives = {row.slug: (row.life.annotations, row.life.replies) for row in rows}
        assert lives["close-reading"] == (1, 1)
        return len(captured)

    few = queries()
    for number in range(8):
        factories.make_document(slug=f"more-{number}")
    assert queries() == few


def test_a_tag_is_renamed_unless_the_name_is_taken(
    browser: Callable[[str], Client], author: User, document: Document
) -> None:
    factories.make_annotation(author, document, tags=("meter", "metre"))
    client = browser("superuser")
    tag = Tag.objects.get(name="meter")
    url = f"/admin/reader/tag/{tag.pk}/change/"
    assert client.post(url, {"name": "metre"}).status_code == 200
    assert Tag.objects.filter(name="meter").exists()
    assert client.post(url, {"name": "rhythm"}).status_code == 302
    tag.refresh_from_db()
    assert tag.name == "rhythm"


def test_removing_a_person_erases_their_words(
    browser: Callable[[str], Client], author: User, stranger: User, document: Document
) -> None:
    root = factories.make_annotation(author, document, body="Mine.")
    note = factories.make_annotation(author, document, body="A secret.", visibility="private")
    factories.make_reply(stranger, root, body="Theirs.")
    browser("superuser").post(f"/admin/reader/user/{author.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=author.pk).exists()
    assert set(Annotation.objects.filter(pk__in=[root.pk, note.pk]).values_list("body")) == {("",)}
    assert Annotation.objects.filter(body="Theirs.").exists()


def test_a_person_is_added_and_given_a_password(browser: Callable[[str], Client]) -> None:
    client = browser("superuser")
    secret = "a long enough secret"
    sent = {
        "username": "newcomer",
        "name": "New Comer",
        "email": "new@example.org",
        "usable_password": "true",
        "password1": secret,
        "password2": secret,
        "document_roles-TOTAL_FORMS": "0",
        "document_roles-INITIAL_FORMS": "0",
    }
    client.post("/admin/reader/user/add/", sent)
    person = User.objects.get(username="newcomer")
    assert person.check_password(secret)
    assert not person.is_staff
    client.post("/admin/reader/user/add/", {**sent, "username": "Newcomer"})
    assert User.objects.filter(username__iexact="newcomer").count() == 1


def test_a_long_list_is_not_counted_to_its_end(
    browser: Callable[[str], Client],
    author: User,
    document: Document,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _number in range(4):
        factories.make_annotation(author, document)
    client = browser("superuser")
    whole = client.get("/admin/reader/annotation/").context["cl"]
    assert (whole.result_count, whole.paginator.is_capped) == (4, False)
    monkeypatch.setattr(base, "MOST_COUNTED", 3)
    capped = client.get("/admin/reader/annotation/").context["cl"]
    assert (capped.result_count, capped.paginator.is_capped) == (3, True)


def test_a_document_links_to_its_own_page(
    browser: Callable[[str], Client], document: Document
) -> None:
    page = browser("editor").get(f"/admin/reader/document/{document.pk}/change/").content.decode()
    assert f'href="{document.get_absolute_url()}"' in page
