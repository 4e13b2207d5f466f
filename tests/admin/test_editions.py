"""Adding an edition in the admin: a draft first, with errors in their place and text kept."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.models import Document, Edition
from tests.editions import make_draft, make_edition

CANARY = "canary words of a draft"
Browser = Callable[[str], Client]


def address(document: Document) -> str:
    return reverse("admin:reader_document_edition", args=[document.pk])


def next_text(document: Document, *paragraphs: str) -> str:
    return "\n\n".join([document.title, *paragraphs, f"The end of {document.slug}."])


@pytest.mark.parametrize("role", ["editor", "document editor", "superuser"])
def test_editors_add_a_draft_and_land_on_its_desk(
    browser: Browser, document: Document, role: str
) -> None:
    sent = {"pasted": next_text(document, CANARY), "label": "Second reading"}
    answer = browser(role).post(address(document), sent)
    draft = Edition.objects.get(document=document, number=2)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("desk", args=[document.slug, 2])
    assert (draft.is_draft, draft.label, draft.source_name) == (
        True,
        "Second reading",
        "pasted.txt",
    )
    document.refresh_from_db()
    assert document.current_edition_id != draft.pk


def test_a_file_does_as_well(browser: Browser, document: Document) -> None:
    file = SimpleUploadedFile("second.md", next_text(document, CANARY).encode())
    browser("editor").post(address(document), {"file": file})
    assert Edition.objects.get(document=document, number=2).source_name == "second.md"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"pasted": "   "},
        {"pasted": "\udce4".encode("utf-8", "replace").decode() + "\0"},
        {"pasted": "x", "label": "l" * 121},
        {"pasted": "x", "note": "n" * 401},
    ],
)
def test_bad_input_is_refused_and_kept(
    browser: Browser, document: Document, sent: dict[str, str]
) -> None:
    answer = browser("editor").post(address(document), {"note": "My note.", **sent})
    assert answer.status_code == 422
    assert sent.get("note", "My note.") in answer.content.decode()
    assert document.editions.count() == 1


def test_a_file_and_pasted_text_at_once_are_too_many(browser: Browser, document: Document) -> None:
    file = SimpleUploadedFile("second.txt", b"Words.")
    answer = browser("editor").post(address(document), {"file": file, "pasted": "Other words."})
    assert answer.status_code == 422
    assert "Other words." in answer.content.decode()


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"", b"PK\x03\x04 not a text \x00"])
def test_a_file_that_is_no_text_is_refused(
    browser: Browser, document: Document, data: bytes
) -> None:
    answer = browser("editor").post(address(document), {"file": SimpleUploadedFile("a.txt", data)})
    assert answer.status_code == 422
    assert document.editions.count() == 1


def test_the_text_of_the_current_edition_is_no_new_one(
    browser: Browser, document: Document
) -> None:
    assert document.current_edition is not None
    same = f"{document.title}\n\n{document.current_edition.text}"
    answer = browser("editor").post(address(document), {"pasted": same})
    assert answer.status_code == 422
    assert "to the letter" in answer.content.decode()


def test_a_draft_is_replaced_only_when_asked_to(browser: Browser, document: Document) -> None:
    make_draft(document, "The first try.")
    editor = browser("editor")
    sent = {"pasted": next_text(document, "The second try.")}
    assert editor.post(address(document), sent).status_code == 422
    assert editor.post(address(document), {**sent, "replace": "on"}).status_code == 302
    assert "The second try." in Edition.objects.get(document=document, number=2).text


@pytest.mark.parametrize("role", ["anonymous", "reader", "moderator", "document moderator"])
def test_nobody_else_adds_one(browser: Browser, document: Document, role: str) -> None:
    client = browser(role)
    sent = {"pasted": next_text(document, CANARY)}
    assert client.get(address(document)).status_code in {302, 403}
    assert client.post(address(document), sent).status_code in {302, 403}
    assert document.editions.count() == 1


@pytest.mark.parametrize("pk", [0, 10**18, 987_654])
def test_a_document_that_is_not_there(browser: Browser, pk: int, document: Document) -> None:
    url = reverse("admin:reader_document_edition", args=[pk])
    assert browser("editor").get(url).status_code == 404


@pytest.mark.parametrize("role", ["moderator", "document moderator", "editor", "superuser"])
def test_drafts_are_in_the_lists_of_editors_only(
    browser: Browser, document: Document, role: str
) -> None:
    draft = make_draft(document, CANARY)
    client = browser(role)
    pages = [
        reverse("admin:reader_edition_changelist"),
        reverse("admin:reader_edition_change", args=[draft.pk]),
        reverse("admin:reader_block_changelist"),
        reverse("admin:reader_block_change", args=[draft.blocks.first().pk]),  # type: ignore[union-attr]  # it has blocks
    ]
    seen = any(CANARY in client.get(page).content.decode() for page in pages)
    assert seen == (role in {"editor", "superuser"})


def test_the_page_of_an_edition_leads_to_where_it_is_worked_on(
    browser: Browser, document: Document
) -> None:
    edition = make_edition(document, "Other words than before.")
    shown = browser("editor").get(reverse("admin:reader_edition_change", args=[edition.pk]))
    links = shown.content.decode()
    assert reverse("compare", args=[document.slug, 1, 2]) in links
    assert reverse("desk", args=[document.slug, 2]) in links
    assert edition.get_absolute_url() in links


def test_the_page_of_a_document_leads_to_all_that_can_be_done(
    browser: Browser, document: Document
) -> None:
    second = make_edition(document, "Other words than before.")
    draft = make_draft(document, "Other words again.", label="Third reading")
    client = browser("editor")
    page = client.get(reverse("admin:reader_document_change", args=[document.pk])).content.decode()
    for name, *numbers in (
        ("edition", 1),
        ("edition", 2),
        ("edition", 3),
        ("compare", 1, 2),
        ("compare", 2, 3),
        ("desk", 2),
        ("undo_publish", 2),
        ("desk", 3),
    ):
        assert f'"{reverse(name, args=[document.slug, *numbers])}"' in page, (name, numbers)
    for name, number in (("desk", 1), ("undo_publish", 1), ("undo_publish", 3)):
        assert f'"{reverse(name, args=[document.slug, number])}"' not in page, (name, number)
    assert address(document) in page
    assert (second.is_draft, draft.is_draft) == (False, True)


def test_the_page_of_a_document_asks_no_more_for_more_editions(
    browser: Browser, document: Document
) -> None:
    client = browser("superuser")
    url = reverse("admin:reader_document_change", args=[document.pk])
    counted = []
    for n in (2, 3, 4, 5):
        make_edition(document, f"Other words than {n - 1}.")
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        counted.append(len(captured))
    assert counted == counted[:1] * 4
