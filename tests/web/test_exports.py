"""The pages for taking a document away and bringing annotations in, as everybody meets them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.changes import delete_annotation
from reader.models import Annotation, Document, User
from reader.queries import exporting
from reader.text.exporters import FORMATS
from tests.actions.test_importing import row, w3c
from tests.exporting import command, exported, there_and_back
from tests.factories import make_annotation, make_document, make_reply, make_user, promote
from tests.web.pages import Page

pytestmark = pytest.mark.django_db
CANARY = "canary-71d"
TOKEN = "12345678-abc"
ROLES = ["anonymous", "stranger", "author", "reviewer", "editor", "moderator"]
READERS = {  # besides the author's own
    "private": {"author"},
    "pending": {"author", "moderator"},
    "denied": {"author", "moderator"},
    "deleted": set(),
    "approved": set(ROLES),
}


def browser(person: User | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
    return client


def people(document: Document, author: User) -> dict[str, User | None]:
    return {
        "anonymous": None,
        "stranger": make_user(),
        "author": author,
        "reviewer": promote(make_user(), "document:reviewer", document),
        "editor": promote(make_user(), "document:editor", document),
        "moderator": promote(make_user(), "document:moderator", document),
    }


def url(document: Document) -> str:
    return reverse("export_document", args=[document.slug])


def download(client: Client, document: Document, **query: Any) -> str:
    answer = client.get(url(document), query)
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer).decode()


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("state", sorted(READERS))
def test_the_canary_leaves_with_its_readers_only(
    document: Document, author: User, name: str, state: str
) -> None:
    root = make_annotation(
        author,
        document,
        body=f"Words {CANARY}",
        tags=(f"tag {CANARY}",),
        visibility="private" if state == "private" else "public",
        status=state if state in ("pending", "denied") else "",
    )
    make_reply(author, root, body="A reply.") if state not in ("private", "pending") else None
    if state == "deleted":
        delete_annotation(editor=author, annotation=root)
    for role, person in people(document, author).items():
        text = download(browser(person), document, format=name).replace("\\-", "-")
        assert (CANARY in text) == (role in READERS[state]), role


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_download_has_a_name_and_is_never_shown_or_sniffed(
    client: Client, document: Document, name: str
) -> None:
    answer = client.get(url(document), {"format": name})
    chosen = FORMATS[name]
    assert answer["Content-Disposition"] == (
        f'attachment; filename="close-reading-edition-1.{chosen.extension}"'
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == chosen.content_type
    assert "no-store" in answer["Cache-Control"]
    head = client.head(url(document), {"format": name})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("query", ["format=pdf", "format=", "edition=7", "edition=x", "edition="])
def test_what_there_is_not_is_not_found(client: Client, document: Document, query: str) -> None:
    assert client.get(f"{url(document)}?{query}").status_code == 404


def test_unpublished_documents_and_drafts_are_not_exported(
    client: Client, document: Document, author: User
) -> None:
    hidden = make_document(is_published=False)
    assert client.get(url(hidden)).status_code == 404
    assert client.get(url(hidden), {"format": "html"}).status_code == 404
    edition = document.current_edition
    assert edition is not None
    draft = document.editions.create(number=2, text=edition.text, based_on=edition)
    editor = promote(author, "document:editor", document)
    query = {"format": "html", "edition": str(draft.number)}
    assert browser(editor).get(url(document), query).status_code == 404


def test_every_role_gets_the_page_and_editors_are_led_to_the_import(
    document: Document, author: User
) -> None:
    leads = reverse("import_annotations", args=[document.slug])
    for role, person in people(document, author).items():
        answer = browser(person).get(url(document))
        html = answer.content.decode()
        assert answer.status_code == 200
        assert Page(html).problems() == []
        assert (leads in html) == (role == "editor")


def test_the_page_takes_few_queries_whatever_was_written(
    as_author: Client, author: User, document: Document
) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_author.get(address).status_code == 200
        return len(captured)

    progress = reverse("export_progress", args=[document.slug]) + f"?token={TOKEN}"
    before = queries(url(document))
    for _number in range(5):
        make_annotation(author, document)
    assert queries(url(document)) == before <= 12
    assert queries(progress) <= 12


def progress_of(client: Client, document: Document, token: str = TOKEN) -> str:
    address = reverse("export_progress", args=[document.slug])
    return client.get(address, {"token": token}).content.decode()


def test_progress_is_told_until_the_file_is_complete(
    client: Client, document: Document, author: User
) -> None:
    for _number in range(3):
        make_annotation(author, document)
    assert "hx-get" in progress_of(client, document)  # it waits for the download to begin
    answer = client.get(url(document), {"format": "jsonld", "token": TOKEN})
    assert isinstance(answer, StreamingHttpResponse)
    pieces: Iterator[bytes] = iter(answer)
    next(pieces)
    caches["pages"].set(f"export:{TOKEN}", ("running", 1, 3), 60)
    told = progress_of(client, document)
    assert 'value="33"' in told
    assert "hx-get" in told
    list(pieces)
    told = progress_of(client, document)
    assert "hx-get" not in told
    assert "The file is complete." in told


@pytest.mark.parametrize("token", ["", "short", "x" * 65, "a b c d e f", "<script>123"])
def test_a_token_that_is_none_is_not_found(client: Client, document: Document, token: str) -> None:
    address = reverse("export_progress", args=[document.slug])
    assert client.get(address, {"token": token}).status_code == 404
    assert download(client, document, format="jsonld", token=token)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_error_halfway_does_not_look_like_success(
    client: Client, document: Document, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole = exporting.sections

    def failing(*args: Any) -> Iterator[Any]:
        yield next(iter(whole(*args)))
        raise ConnectionError

    monkeypatch.setattr(exporting, "sections", failing)
    answer = client.get(url(document), {"format": name, "token": TOKEN})
    assert isinstance(answer, StreamingHttpResponse)
    received = []
    with pytest.raises(ConnectionError):
        received.extend(iter(answer))
    text = b"".join(received).decode()
    assert "NOT COMPLETE" in text
    assert "The export is complete." not in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert "the file is not complete" in progress_of(client, document)


def send(client: Client, document: Document, data: Any, act: str = "save", **fields: str) -> Any:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    file = SimpleUploadedFile("annotations.json", raw)
    address = reverse("import_annotations", args=[document.slug])
    return client.post(address, {"file": file, "act": act, **fields})


def test_only_editors_get_to_the_import(document: Document, author: User) -> None:
    address = reverse("import_annotations", args=[document.slug])
    for role, person in people(document, author).items():
        client = browser(person)
        expected = 200 if role == "editor" else 403
        assert client.get(address).status_code == expected, role
        assert send(client, document, [w3c(role)]).status_code == expected, role
    assert Annotation.objects.count() == 1


@pytest.fixture
def editor(document: Document, author: User) -> Client:
    return browser(promote(author, "document:editor", document))


def test_the_report_says_what_came_of_the_file(editor: Client, document: Document) -> None:
    lost = w3c("3", exact="Nothing like these words is in it.")
    rows = [w3c("1"), w3c("2", body=None, motivation="replying", target="x"), lost]
    tried = send(editor, document, rows, act="try").content.decode()
    assert "2 annotations would come in" in tried
    assert not Annotation.objects.exists()
    answer = send(editor, document, rows)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "2 annotations came in" in html
    assert "1 has no place in this text" in html
    assert "1 was refused" in html
    assert Page(html).problems() == []
    assert "2 were here already" in send(editor, document, rows).content.decode()


def test_hypothesis_comes_in_by_the_page(editor: Client, document: Document) -> None:
    assert "1 annotation came in" in send(editor, document, {"rows": [row()]}).content.decode()
    group = row("2", permissions={"read": ["group:x"]})
    assert "0 annotations came in" in send(editor, document, [group]).content.decode()
    with_groups = send(editor, document, [group], with_groups="on").content.decode()
    assert "1 annotation came in" in with_groups


@pytest.mark.parametrize("data", [b"", b"no json", b"[1", b"{}", b"\xff\xff"])
def test_a_malformed_file_is_answered_with_its_reason(
    editor: Client, document: Document, data: bytes
) -> None:
    answer = send(editor, document, data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Annotation.objects.exists()


def test_a_form_without_a_file_or_with_too_large_a_one_is_refused(
    editor: Client, document: Document
) -> None:
    address = reverse("import_annotations", args=[document.slug])
    assert editor.post(address, {"act": "save"}).status_code == 422
    assert send(editor, document, [w3c()], act="launch").status_code == 422
    answer = send(editor, document, b" " * 20_000_001)
    assert answer.status_code == 422
    assert "too large" in answer.content.decode()


def test_the_commands_export_and_restore(author: User, document: Document, tmp_path: Path) -> None:
    make_annotation(author, document, body="for all")
    make_annotation(author, document, body="for me", visibility="private")
    file = tmp_path / "export.jsonld"
    command("export_annotations", document.slug, "--output", str(file), "--as", author.username)
    assert file.read_text() == exported(author, document)
    command("export_annotations", document.slug, "--output", str(file))
    assert "for me" not in file.read_text()
    assert list(tmp_path.iterdir()) == [file]
    Annotation.objects.all().delete()
    said = command("import_annotations", document.slug, str(file), "--restore")
    assert said.startswith("1 restored, 0 were there, 0 refused.")
    assert "1 were there" in command("import_annotations", document.slug, str(file))
    before, after, _result = there_and_back(author, document)
    assert before == after


def test_the_commands_say_what_they_cannot_do(document: Document, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[")
    for words in (
        ["export_annotations", "nowhere"],
        ["export_annotations", document.slug, "--as", "nobody"],
        ["export_annotations", document.slug, "--edition", "9"],
        ["import_annotations", "nowhere", str(bad)],
        ["import_annotations", document.slug, str(bad)],
        ["import_annotations", document.slug, str(bad), "--restore"],
        ["import_annotations", document.slug, str(tmp_path / "none.json")],
    ):
        with pytest.raises(CommandError):
            call_command(*words)
