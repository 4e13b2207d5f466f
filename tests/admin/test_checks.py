"""Checks in the admin: set on a document, seen on the queue's cards, tried without a trace."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reader.actions.moderation import decide
from reader.checks import CHECKS
from reader.models import Annotation, Document, Hold, User, WordList
from tests.admin.conftest import ROLES
from tests.factories import make_annotation, make_document, make_user, promote
from tests.holding import turn_on

TRY = "/admin/reader/wordlist/try/"
LISTS = "/admin/reader/wordlist/"
QUEUE = "/admin/reader/queueitem/"
LINKS = "https://a.example/ https://b.example/ https://c.example/ https://d.example/"


def page_of(document: Document) -> str:
    return f"/admin/reader/document/{document.pk}/change/"


def particulars(document: Document, **more: Any) -> dict[str, Any]:
    """Return what the document's page sends when nothing was changed."""
    no_parts = {
        "rules-TOTAL_FORMS": "0",
        "rules-INITIAL_FORMS": "0",
        "roles-TOTAL_FORMS": "0",
        "roles-INITIAL_FORMS": "0",
        "roles-MIN_NUM_FORMS": "0",
        "roles-MAX_NUM_FORMS": "1000",
    }
    sent = {
        "title": document.title,
        "annotating": document.annotating,
        "language": document.language,
        "is_published": "on",
        "judge_url": document.judge_url,
    }
    return {**no_parts, **sent, **more}


@pytest.mark.parametrize("role", ["editor", "document editor", "superuser"])
def test_who_edits_a_document_ticks_its_checks(
    browser: Callable[[str], Client], document: Document, role: str
) -> None:
    client = browser(role)
    page = client.get(page_of(document)).content.decode()
    assert page.count('name="chain"') == len(CHECKS)
    assert all(str(check.help)[:30] in page for check in CHECKS)
    sent = particulars(document, chain=["links", "words"])
    assert client.post(page_of(document), sent).status_code == 302
    document.refresh_from_db()
    assert document.checks == "links words"
    assert client.get(page_of(document)).content.decode().count("checked") >= 2
    client.post(page_of(document), particulars(document))
    document.refresh_from_db()
    assert document.checks == ""


def test_a_check_that_does_not_exist_is_refused(
    browser: Callable[[str], Client], document: Document
) -> None:
    sent = particulars(document, chain=["links", "nothing"])
    assert browser("editor").post(page_of(document), sent).status_code == 200
    document.refresh_from_db()
    assert document.checks == ""


def test_all_names_of_checks_fit_into_the_column() -> None:
    names = " ".join(check.name for check in CHECKS)
    assert len(names) <= (Document._meta.get_field("checks").max_length or 0)
    longest = Hold._meta.get_field("check_name").max_length or 0
    assert max(len(check.name) for check in CHECKS) <= longest


def test_the_operator_names_the_judge_and_sees_its_secret_once(
    browser: Callable[[str], Client], document: Document
) -> None:
    client = browser("superuser")
    url = "https://judge.example/"
    answer = client.post(page_of(document), particulars(document, judge_url=url), follow=True)
    document.refresh_from_db()
    assert (document.judge_url, document.judge_secret[:6]) == (url, "whsec_")
    assert document.judge_secret in answer.content.decode()
    assert document.judge_secret not in client.get(page_of(document)).content.decode()
    secret = document.judge_secret
    client.post(page_of(document), particulars(document, chain=["first"]))
    document.refresh_from_db()
    assert document.judge_secret == secret
    client.post(page_of(document), particulars(document, judge_url=""))
    document.refresh_from_db()
    assert (document.judge_url, document.judge_secret) == ("", "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://10.0.0.8/", "https://u:p@x.example/"]
)
def test_a_judge_at_a_private_address_is_refused(
    browser: Callable[[str], Client], document: Document, url: str
) -> None:
    client = browser("superuser")
    assert client.post(page_of(document), particulars(document, judge_url=url)).status_code == 200
    document.refresh_from_db()
    assert document.judge_url == ""


def test_an_editor_cannot_send_held_texts_elsewhere(
    browser: Callable[[str], Client], document: Document
) -> None:
    sent = particulars(document, judge_url="https://judge.example/")
    assert browser("editor").post(page_of(document), sent).status_code == 302
    document.refresh_from_db()
    assert document.judge_url == ""


def test_the_queues_card_says_which_check_holds_it_and_why(
    as_moderator: Client, author: User, moderator: User, document: Document
) -> None:
    turn_on(document, "links first")
    held = make_annotation(author, document, body=LINKS)
    page = as_moderator.get(QUEUE).content.decode()
    assert "Held by checks" in page
    assert "It holds 4 links." in page
    assert "<strong>First posts</strong>" in page
    decide(moderator=moderator, annotation=held, act="approve")
    card = as_moderator.get(f"{QUEUE}{held.pk}/change/").content.decode()
    assert "Held by checks" not in card


def test_holds_cost_the_queue_one_query_however_many(
    as_moderator: Client, document: Document
) -> None:
    turn_on(document, "first")
    counts = []
    for more in (1, 6):
        for number in range(more):
            make_annotation(make_user(), document, body=f"Number {number}.")
        as_moderator.get(QUEUE)
        with CaptureQueriesContext(connection) as asked:
            as_moderator.get(QUEUE)
        counts.append(sum('FROM "reader_hold"' in query["sql"] for query in asked))
    assert counts == [1, 1]


# -- Word lists -----------------------------------------------------------------------------------


def test_a_list_is_made_and_holds_from_then_on(
    as_moderator: Client, author: User, document: Document
) -> None:
    turn_on(document, "words")
    sent = {"name": "Gambling", "language": "", "words": "casino*\n\neasy money", "is_active": "on"}
    assert as_moderator.post(f"{LISTS}add/", sent).status_code == 302
    held = make_annotation(author, document, body="Casinos everywhere.")
    assert held.status == "pending"
    assert Hold.objects.get().why == "“casino*” is on the list Gambling."


@pytest.mark.parametrize(
    ("field", "value"),
    [("words", "fine\na*b"), ("words", "!?"), ("words", "x" * 65), ("language", "English!")],
)
def test_a_list_that_cannot_be_looked_for_is_refused(
    as_moderator: Client, field: str, value: str
) -> None:
    sent = {"name": "Odd", "language": "", "words": "fine", "is_active": "on", field: value}
    assert as_moderator.post(f"{LISTS}add/", sent).status_code == 200
    assert not WordList.objects.exists()


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"moderator", "superuser"}))
def test_nobody_else_makes_lists(browser: Callable[[str], Client], role: str) -> None:
    sent = {"name": "Mine", "language": "", "words": "fine", "is_active": "on"}
    assert browser(role).post(f"{LISTS}add/", sent).status_code in {302, 403}
    assert not WordList.objects.exists()


# -- Trying a text --------------------------------------------------------------------------------


def tried(client: Client, document: Document, body: str, author: str = "new") -> Any:
    return client.post(TRY, {"document": document.slug, "author": author, "body": body})


def test_trying_says_what_each_check_says_and_changes_nothing(
    as_moderator: Client, author: User, document: Document
) -> None:
    turn_on(document, "links words")
    WordList.objects.create(name="Gambling", words="casino*")
    make_annotation(author, document)
    with CaptureQueriesContext(connection) as asked:
        answer = tried(as_moderator, document, f"Casinos: {LINKS}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "It would wait for a moderator." in page
    assert "It holds 4 links." in page
    assert "“casino*” is on the list Gambling." in page
    said = {one.check.name: (one.is_on, bool(one.why)) for one in answer.context["tried"]}
    assert said["first"] == (False, True)
    assert said["crowds"] == (False, False)
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []
    assert Annotation.objects.count() == 1
    assert not Hold.objects.exists()


def test_trying_is_for_somebody_new_or_known(as_moderator: Client, document: Document) -> None:
    turn_on(document, "first")
    assert "It would wait" in tried(as_moderator, document, "Hello.").content.decode()
    known = tried(as_moderator, document, "Hello.", "known").content.decode()
    assert "No check would hold it." in known


def test_trying_agrees_with_posting(
    as_moderator: Client, moderator: User, document: Document
) -> None:
    turn_on(document)
    spam = make_annotation(make_user(), document, body=" ".join(["never seen words"] * 5))
    decide(moderator=moderator, annotation=spam, act="spam")
    for body in ("Hello.", LINKS, f"See {LINKS[:18]}", spam.body, "https://a.example/"):
        answer = tried(as_moderator, document, body)
        says = {one.check.name for one in answer.context["tried"] if one.is_on and one.why}
        made = make_annotation(make_user(), document, body=body)
        assert set(made.holds.values_list("check_name", flat=True)) == says
        made.delete()


@pytest.mark.parametrize(
    ("field", "value"),
    [("document", "no-such"), ("document", ""), ("body", ""), ("body", "\x01"), ("author", "me")],
)
def test_what_cannot_be_tried_says_why(
    as_moderator: Client, document: Document, field: str, value: str
) -> None:
    sent = {"document": document.slug, "author": "new", "body": "Hello.", field: value}
    answer = as_moderator.post(TRY, sent)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_the_page_is_for_moderators_and_their_documents(
    browser: Callable[[str], Client], document: Document
) -> None:
    opened = {role for role in ROLES if browser(role).get(TRY).status_code == 200}
    assert opened == {"moderator", "document moderator", "superuser"}
    mine = make_user(is_staff=True)
    promote(mine, "document:moderator", document)
    client = Client()
    client.force_login(mine, settings.AUTHENTICATION_BACKENDS[0])
    other = make_document()
    assert document.slug in client.get(TRY).content.decode()
    assert other.slug not in client.get(TRY).content.decode()
    assert tried(client, document, "Hello.").status_code == 200
    assert tried(client, other, "Hello.").status_code == 422


def test_hostile_words_are_shown_as_words(as_moderator: Client, document: Document) -> None:
    answer = tried(as_moderator, document, "<script>alert(1)</script>")
    assert "<script>alert" not in answer.content.decode()
