"""The page of a form letter, and the card at the desk that stands for its copies."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.changes import delete_annotation
from reader.models import Annotation, Campaign, CampaignMembership, Disposition, Document, User
from tests.campaigning import LETTER, copies
from tests.factories import force_status, make_annotation, make_document, make_user, promote

MOST_QUERIES = 12
CANARY = "Zanzibar-canary"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def document(db: None) -> Document:
    return make_document()


@pytest.fixture
def letters(author: User, document: Document) -> list[Annotation]:
    bodies = [*copies(4), f"{LETTER} My grandmother reads no English at all."]
    return [make_annotation(author, document, body=body) for body in bodies]


@pytest.fixture
def reviewer(document: Document) -> User:
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


@pytest.fixture
def as_reviewer(reviewer: User) -> Client:
    return signed_in(reviewer)


def address(document: Document, pk: int | None = None) -> str:
    return reverse("campaign", args=[document.slug, pk or Campaign.objects.get().pk])


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("anonymous", 302),
        ("stranger", 403),
        ("author", 403),
        ("document:moderator", 403),
        ("moderator", 403),
        ("document:reviewer", 200),
        ("document:editor", 200),
        ("editor", 200),
        ("admin", 200),
    ],
)
def test_the_page_is_for_reviewers(
    author: User, document: Document, letters: list[Annotation], who: str, status: int
) -> None:
    client = Client()
    if who != "anonymous":
        person = {"stranger": make_user(), "author": author}.get(who)
        client = signed_in(person or promote(make_user(), who, document))
    answer = client.get(address(document))
    assert answer.status_code == status
    assert ("grandmother" in answer.content.decode()) == (status == 200)
    posted = client.post(address(document), {"apart": letters[0].uid})
    assert posted.status_code == (302 if status == 200 else status)
    assert CampaignMembership.objects.filter(is_apart=True).exists() == (status == 200)


def test_the_page_shows_the_letter_once_and_what_each_adds(
    as_reviewer: Client, document: Document, letters: list[Annotation]
) -> None:
    content = as_reviewer.get(address(document)).content.decode()
    assert content.count("That is all we ask") == 1
    assert "5 threads in nearly the same words" in content
    assert "<mark>My grandmother reads no English at all</mark>" in content
    assert content.index("grandmother") < content.index("Anna Petrova")
    assert content.count('name="threads"') == 5
    assert content.count('-0" checked>') == 4
    assert '-0" checked>' not in as_reviewer.get(address(document) + "?tick=none").content.decode()


def test_a_thread_is_taken_out_and_put_back(
    as_reviewer: Client, document: Document, letters: list[Annotation]
) -> None:
    uid = letters[1].uid
    answer = as_reviewer.post(address(document), {"apart": uid}, follow=True)
    assert answer.redirect_chain == [(address(document), 302)]
    assert "taken out" in answer.content.decode()
    desk = as_reviewer.get(reverse("review", args=[document.slug])).content.decode()
    assert f'id="r-{uid}"' in desk
    answer = as_reviewer.post(address(document), {"fold": uid}, follow=True)
    assert "taken out" not in answer.content.decode()
    desk = as_reviewer.get(reverse("review", args=[document.slug])).content.decode()
    assert f'id="r-{uid}"' not in desk


@pytest.mark.parametrize("data", [{}, {"apart": ""}, {"apart": "x" * 22}, {"fold": "1" * 400}])
def test_what_is_not_there_cannot_be_taken_out(
    as_reviewer: Client, document: Document, letters: list[Annotation], data: dict[str, str]
) -> None:
    assert as_reviewer.post(address(document), data).status_code == 404


def test_a_thread_of_no_campaign_is_answered_in_words(
    author: User, as_reviewer: Client, document: Document, letters: list[Annotation]
) -> None:
    own = make_annotation(author, document, body="A remark.")
    answer = as_reviewer.post(address(document), {"apart": own.uid}, follow=True)
    assert "the same as no other thread" in answer.content.decode()


def test_a_reviewer_of_one_document_has_no_say_in_another(
    author: User, as_reviewer: Client, document: Document, letters: list[Annotation]
) -> None:
    other = make_document()
    foreign = [make_annotation(author, other, body=body) for body in copies(2)]
    pk = Campaign.objects.get(document=other).pk
    assert as_reviewer.get(address(document, pk)).status_code == 404
    assert as_reviewer.get(address(other, pk)).status_code == 403
    here = address(document, Campaign.objects.get(document=document).pk)
    assert as_reviewer.post(here, {"apart": foreign[0].uid}).status_code == 403
    assert not CampaignMembership.objects.filter(is_apart=True).exists()


@pytest.mark.parametrize("state", ["pending", "denied", "spam", "private", "deleted"])
def test_what_a_reviewer_may_not_read_shows_nowhere(
    author: User, as_reviewer: Client, document: Document, letters: list[Annotation], state: str
) -> None:
    hidden = make_annotation(
        author,
        document,
        body=f"{LETTER} {CANARY} adds some words here.",
        visibility="private" if state == "private" else "public",
    )
    if state == "deleted":
        delete_annotation(editor=author, annotation=hidden)
    elif state != "private":
        force_status(hidden, state)
    for page in (
        as_reviewer.get(address(document)),
        as_reviewer.get(reverse("review", args=[document.slug])),
        as_reviewer.get(reverse("review", args=[document.slug]) + "?fold=0"),
        as_reviewer.post(
            reverse("decide_many", args=[document.slug]), {"campaign": Campaign.objects.get().pk}
        ),
    ):
        content = page.content.decode()
        assert page.status_code == 200
        assert CANARY not in content
        assert hidden.uid not in content
    assert "5 threads" in as_reviewer.get(address(document)).content.decode()


def test_the_desk_folds_and_unfolds(
    as_reviewer: Client, document: Document, letters: list[Annotation]
) -> None:
    desk = reverse("review", args=[document.slug])
    content = as_reviewer.get(desk).content.decode()
    assert content.count("<article") == 2
    assert "And 3 more in nearly the same words" in content
    assert address(document) in content
    unfolded = as_reviewer.get(desk + "?fold=0").content.decode()
    assert unfolded.count("<article") == 5
    assert "Every copy of a form letter" in unfolded


def test_all_copies_are_decided_together(
    as_reviewer: Client, document: Document, letters: list[Annotation]
) -> None:
    many = reverse("decide_many", args=[document.slug])
    asked = as_reviewer.post(many, {"campaign": Campaign.objects.get().pk, "back": ""})
    content = asked.content.decode()
    assert [one.uid in content for one in letters] == [True] * 4 + [False]
    threads = [one.uid for one in letters[:4]]
    data = {"threads": threads, "outcome": "answered", "reason": "It is there.", "decide": "1"}
    assert as_reviewer.post(many, data).status_code == 302
    assert Disposition.objects.count() == 4
    content = as_reviewer.get(address(document)).content.decode()
    assert "1 is undecided" in content
    assert len(re.findall(r"-[0-9]+\" checked>", content)) == 0


@pytest.mark.parametrize("pk", ["0", "-1", "x", "9" * 30, "99999"])
def test_a_campaign_that_is_none_stands_for_no_thread(
    as_reviewer: Client, document: Document, letters: list[Annotation], pk: str
) -> None:
    answer = as_reviewer.post(reverse("decide_many", args=[document.slug]), {"campaign": pk})
    assert answer.status_code == 200
    assert "No thread is chosen." in answer.content.decode()


def test_the_page_asks_the_database_as_often_for_many_as_for_few(
    author: User, as_reviewer: Client, document: Document, letters: list[Annotation]
) -> None:
    def queries(page: str) -> int:
        as_reviewer.get(page)  # counts the threads of this version
        with CaptureQueriesContext(connection) as asked:
            assert as_reviewer.get(page).status_code == 200
        return len(asked)

    desk = reverse("review", args=[document.slug])
    few = queries(address(document)), queries(desk)
    for body in copies(8):
        make_annotation(make_user(), document, body=body)
    assert (queries(address(document)), queries(desk)) == few
    assert max(few) <= MOST_QUERIES


def test_members_come_in_pages(
    author: User, as_reviewer: Client, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reader.web.campaigns.MEMBERS_A_PAGE", 3)
    for body in copies(5):
        make_annotation(author, document, body=body)
    pages = [as_reviewer.get(f"{address(document)}?page={n}").content.decode() for n in (1, 2)]
    assert [page.count('name="threads"') for page in pages] == [3, 2]
    assert "Page 2 of 2" in pages[1]
