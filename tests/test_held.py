"""What a check holds: through every door it is what is pending, and its author is told calmly."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from reader.actions.changes import edit_annotation
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Hold, User, WordList
from tests.api.hypothesis_client import Api, note
from tests.api.w3c_client import W3C, remark
from tests.factories import make_annotation, make_user
from tests.holding import held_by, turn_on
from tests.test_policy_matrix import CANARY, DOORS, READERS, ROLES, Case
from tests.web.test_annotating import HTMX, fields, post

pytestmark = pytest.mark.django_db
LINKS = "https://a.example/ https://b.example/ https://c.example/ https://d.example/"


def held_case(role: str) -> Case:
    """Return the matrix's annotation, held when it was made public."""
    case = Case(role, "private", "approved")
    turn_on(case.document, "first")
    annotation = Annotation.objects.get(pk=case.annotation.pk)
    case.annotation = edit_annotation(
        editor=case.author,
        annotation=annotation,
        version=annotation.version,
        wording=Wording(annotation.body, None, [f"tag-{CANARY}"]),
        visibility="public",
    )
    assert held_by(case.annotation) == ["first"]
    return case


@pytest.mark.parametrize("role", ROLES)
def test_held_words_are_seen_by_whom_the_table_says(role: str) -> None:
    case = held_case(role)
    seen = {name: door(case) for name, door in DOORS.items()}
    assert seen == dict.fromkeys(DOORS, role in READERS["public", "pending"])


@pytest.mark.parametrize("path", ["form", "htmx"])
def test_the_author_is_told_that_it_waits_and_not_what_to_change(
    as_author: Client, document: Document, path: str
) -> None:
    turn_on(document)
    WordList.objects.create(name="Secret list", words="abracadabra")
    body = f"Abracadabra: {LINKS}"
    response = post(
        as_author, document, fields(document, body=body), **(HTMX if path == "htmx" else {})
    )
    page = str(response.headers) + response.content.decode()
    if path == "form":
        page += as_author.get("/").content.decode()
    assert Annotation.objects.get().status == "pending"
    assert "waits until a moderator has seen it" in page
    assert "contributions are looked at" in page
    why = list(Hold.objects.values_list("why", flat=True))
    assert len(why) == 3
    assert not any(told in page for told in (*why, "Secret list", "4 links"))


def test_an_answer_and_an_edit_that_wait_say_so(
    as_author: Client, author: User, document: Document
) -> None:
    root = make_annotation(make_user(), document)
    mine = make_annotation(author, document)
    turn_on(document, "links")
    sent = {"body": LINKS, "client_key": "key-2"}
    as_author.post(reverse("reply", args=[root.uid]), sent)
    said = as_author.get("/").content.decode()
    assert "It waits until a moderator has seen it" in said
    edited = {"body": LINKS, "version": mine.version, "visibility": "public"}
    response = as_author.post(reverse("edit", args=[mine.uid]), edited, headers=HTMX)
    assert "It waits until a moderator has seen it" in str(response.headers)
    assert Annotation.objects.filter(status="pending").count() == 2


def test_the_hypothesis_api_answers_as_before_with_the_status(
    author: User, document: Document
) -> None:
    turn_on(document, "links")
    api = Api(author)
    response = api.ask("post", "annotations", note(document, text="Fine."))
    assert response.json()["moderation_status"] == "APPROVED"
    uid = response.json()["id"]
    held = api.ask("post", "annotations", note(document, text=LINKS))
    assert (held.status_code, held.json()["moderation_status"]) == (200, "PENDING")
    edited = api.ask("patch", f"annotations/{uid}", {"text": LINKS})
    assert (edited.status_code, edited.json()["moderation_status"]) == (200, "PENDING")
    found = Api(make_user()).ask("get", f"annotations/{uid}")
    assert found.status_code == 404
    assert Hold.objects.count() == 2


def test_the_w3c_api_answers_as_before(author: User, document: Document) -> None:
    turn_on(document, "links")
    response = W3C(author).post("/w3c/", remark(document, body=_plain(LINKS)))
    assert response.status_code == 201
    made = Annotation.objects.get()
    assert made.status == "pending"
    assert W3C(make_user()).get(response["Location"]).status_code == 404
    assert W3C(author).get(response["Location"]).status_code == 200


def _plain(words: str) -> list[dict[str, Any]]:
    return [{"type": "TextualBody", "value": words}]


def test_a_held_text_is_found_again_by_its_author(author: User, document: Document) -> None:
    turn_on(document, "first")
    made = make_annotation(author, document, body="My own words.")
    client = Client()
    client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(made.get_absolute_url(), follow=True).content.decode()
    assert "My own words." in page
    assert "others cannot see this yet" in page
    assert "waits for a moderator" in client.get(reverse("notifications")).content.decode()
