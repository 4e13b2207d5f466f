"""The review desk's page, its cards, and the filters that are kept."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.actions.dispositions import Ruling, decide_thread
from reader.models import Document, ReviewVisit, SavedFilter, User
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 12


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def document(db: None) -> Document:
    return make_document(*(f"Paragraph number {n} has its words." for n in range(1, 31)))


@pytest.fixture
def reviewer(document: Document) -> User:
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


@pytest.fixture
def as_reviewer(reviewer: User) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def open_limits(settings: object) -> None:
    settings.POSTS_PER_MINUTE = 1000  # type: ignore[attr-defined]  # pytest-django's settings


def desk(document: Document, query: str = "") -> str:
    return reverse("review", args=[document.slug]) + query


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("anonymous", 302),
        ("stranger", 403),
        ("document:moderator", 403),
        ("moderator", 403),
        ("document:reviewer", 200),
        ("document:editor", 200),
        ("editor", 200),
        ("admin", 200),
    ],
)
def test_the_desk_is_for_reviewers(author: User, document: Document, who: str, status: int) -> None:
    root = make_annotation(author, document, "number 3", body="Canary words.")
    person = make_user()
    client = Client()
    if who != "anonymous":
        client = signed_in(promote(person, who, document) if who != "stranger" else person)
    for address in (desk(document), reverse("save_filter", args=[document.slug])):
        assert client.get(address).status_code == status
    card = client.get(reverse("review_thread", args=[root.uid]), headers=HTMX)
    assert card.status_code == (401 if who == "anonymous" else status)
    assert ("Canary words." in card.content.decode()) == (status == 200)
    assert ("Canary words." in client.get(desk(document)).content.decode()) == (status == 200)


def test_unknown_and_hidden_documents_are_not_there(document: Document, reviewer: User) -> None:
    Document.objects.update(is_published=False)
    assert signed_in(make_user()).get(desk(document)).status_code == 404
    client = signed_in(promote(make_user(), "admin"))
    assert client.get(reverse("review", args=["nowhere"])).status_code == 404
    assert signed_in(reviewer).get(desk(document)).status_code == 200


def test_a_card_without_htmx_is_at_the_desk(
    author: User, as_reviewer: Client, document: Document
) -> None:
    root = make_annotation(author, document, "number 3")
    answer = as_reviewer.get(reverse("review_thread", args=[root.uid]))
    assert answer.headers["Location"] == desk(document, f"?thread={root.uid}#r-{root.uid}")
    content = as_reviewer.get(answer.headers["Location"]).content.decode()
    assert f'id="r-{root.uid}"' in content


@pytest.mark.usefixtures("open_limits")
def test_the_number_of_queries_does_not_grow(
    author: User, stranger: User, as_reviewer: Client, reviewer: User, document: Document
) -> None:
    def grow(number: int) -> None:
        for n in range(1, number + 1):
            root = make_annotation(author, document, f"number {n}", tags=(f"tag{n}",))
            make_reply(stranger, root)
            if n % 2:
                decide_thread(reviewer=reviewer, root=root, ruling=Ruling("answered", "Yes."))

    def count(query: str) -> int:
        as_reviewer.get(desk(document, query))  # counts the threads of this version
        with CaptureQueriesContext(connection) as queries:
            assert as_reviewer.get(desk(document, query)).status_code == 200
        return len(queries)

    addresses = ["", "?state=undecided", "?in=p2..p9&tag=tag3", "?at=p2", "?contested=on&edition=1"]
    grow(3)
    few = [count(query) for query in addresses]
    grow(25)
    many = [count(query) for query in addresses]
    assert max(few + many) <= MOST_QUERIES
    assert many[0] <= few[0]
    assert all(after <= max(before, MOST_QUERIES) for before, after in zip(few, many, strict=True))


@pytest.mark.parametrize(
    "query",
    [
        "?in=p2..nowhere",
        "?in=p999999999",
        "?state=perhaps",
        "?edition=99999999999999999999",
        "?edition=-1",
        "?campaign=x",
        "?at=-x.0.0",
        "?at=999999999.1.1",
        "?at=p999",
        "?at=orphans",
        "?at=%27%3B--",
        "?thread=nobody",
        "?author=" + "x" * 5000,
        "?tag=%F0%9F%98%80",
        "?unread=perhaps&contested=0",
    ],
)
def test_what_is_not_understood_is_no_error(
    author: User, as_reviewer: Client, document: Document, query: str
) -> None:
    make_annotation(author, document, "number 3")
    assert as_reviewer.get(desk(document, query)).status_code == 200


def test_what_is_not_understood_is_said(as_reviewer: Client, document: Document) -> None:
    content = as_reviewer.get(desk(document, "?state=perhaps&in=here")).content.decode()
    assert "Not understood, and so not asked for: Decision, Paragraphs." in content


def test_what_is_asked_for_stands_there_and_can_be_taken_away(
    author: User, as_reviewer: Client, document: Document
) -> None:
    make_annotation(author, document, "number 3")
    content = as_reviewer.get(desk(document, "?state=undecided&in=p2..p4&contested=on")).content
    text = content.decode()
    assert f'href="{desk(document)}?in=p2..p4&amp;contested=on"' in text
    assert "0 threads are like this" in text
    assert "No thread is like that." in text


def test_an_empty_desk_says_so(as_reviewer: Client, document: Document) -> None:
    content = as_reviewer.get(desk(document)).content.decode()
    assert "Nobody has written in the margin yet." in content


@pytest.mark.usefixtures("open_limits")
def test_the_page_leads_to_what_comes_next(
    author: User, as_reviewer: Client, document: Document
) -> None:
    made = [make_annotation(author, document, f"number {n} has") for n in range(1, 26)]
    seen: list[str] = []
    response = as_reviewer.get(desk(document, "?motivation=commenting"))
    content = response.content.decode()
    while True:
        seen += [root.uid for root in made if f'id="r-{root.uid}"' in content]
        window = response.context["window"]
        if window.after is None:
            break
        address = desk(document, f"?motivation=commenting&at={window.after}")
        response = as_reviewer.get(address)
        content = response.content.decode()
    assert seen == [root.uid for root in made]
    assert 'rel="next"' not in content


def test_looking_at_the_desk_notes_nothing_and_staying_does(
    as_reviewer: Client, reviewer: User, author: User, document: Document
) -> None:
    as_reviewer.get(desk(document))
    assert not ReviewVisit.objects.exists()
    as_reviewer.post(reverse("review_pulse", args=[document.slug]), {"known": 0})
    visit = ReviewVisit.objects.get(user=reviewer)
    assert visit.since is None
    long_ago = timezone.now() - timedelta(days=2)
    ReviewVisit.objects.update(last_at=long_ago)
    make_annotation(author, document, "number 3", body="Since I was here.")
    content = as_reviewer.get(desk(document, "?unread=on")).content.decode()
    assert "Since I was here." in content
    assert ReviewVisit.objects.get(user=reviewer).last_at == long_ago
    as_reviewer.post(reverse("review_pulse", args=[document.slug]), {"known": 0})
    assert ReviewVisit.objects.get(user=reviewer).since == long_ago


def save(client: Client, document: Document, **sent: str) -> int:
    return client.post(reverse("save_filter", args=[document.slug]), sent).status_code


def test_a_filter_is_saved_in_one_way_of_writing_it(
    as_reviewer: Client, reviewer: User, document: Document
) -> None:
    sent = {"name": "  To   do ", "query": "state=undecided&at=p9&x=1&in=p2..p4&motivation="}
    answer = as_reviewer.post(reverse("save_filter", args=[document.slug]), sent)
    saved = SavedFilter.objects.get()
    assert (saved.name, saved.query, saved.owner) == (
        "To do",
        "state=undecided&in=p2..p4",
        reviewer,
    )
    assert answer.headers["Location"] == desk(document, f"?{saved.query}")
    assert save(as_reviewer, document, name="To do", query="tag=law") == 302
    assert SavedFilter.objects.get().query == "tag=law"


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "query": "tag=law"},
        {"name": "Empty", "query": ""},
        {"name": "Nothing", "query": "state=perhaps"},
        {"name": "x" * 81, "query": "tag=law"},
        {"name": "a\0b", "query": "tag=law"},
    ],
)
def test_what_is_no_filter_is_refused(
    as_reviewer: Client, document: Document, sent: dict[str, str]
) -> None:
    assert save(as_reviewer, document, **sent) == 422
    assert not SavedFilter.objects.exists()


def test_saved_filters_are_ones_own_until_they_are_shared(
    as_reviewer: Client, reviewer: User, document: Document
) -> None:
    save(as_reviewer, document, name="Canary own", query="tag=law")
    save(as_reviewer, document, name="Canary shared", query="tag=law", is_shared="on")
    other = signed_in(promote(make_user(), "document:reviewer", document))
    page = reverse("save_filter", args=[document.slug])
    content = other.get(page).content.decode()
    assert "Canary own" not in content
    assert "Canary shared" in content
    assert "shared by Rita Reviewer" in content
    elsewhere = promote(reviewer, "document:reviewer", make_document(slug="elsewhere"))
    there = signed_in(elsewhere).get(reverse("save_filter", args=["elsewhere"]))
    assert "Canary" not in there.content.decode()


def test_only_who_saved_a_filter_deletes_it(
    as_reviewer: Client, reviewer: User, document: Document
) -> None:
    save(as_reviewer, document, name="Shared", query="tag=law", is_shared="on")
    save(as_reviewer, document, name="Own", query="tag=law")
    shared, own = (SavedFilter.objects.get(name=name) for name in ("Shared", "Own"))

    def delete(client: Client, saved: SavedFilter) -> int:
        address = reverse("delete_filter", args=[document.slug, saved.uid])
        return client.post(address).status_code

    other = signed_in(promote(make_user(), "document:reviewer", document))
    stranger = signed_in(make_user())
    assert (delete(other, shared), delete(other, own)) == (403, 404)
    assert (delete(stranger, shared), delete(Client(), shared)) == (403, 302)
    assert SavedFilter.objects.count() == 2
    assert (delete(as_reviewer, shared), delete(as_reviewer, shared)) == (302, 404)
