"""The response matrix: who reads it, what it holds, how it is taken away and published."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.changes import delete_annotation
from reader.actions.dispositions import Ruling, decide_thread
from reader.actions.responses import publish_responses
from reader.models import Annotation, Disposition, Document, Event, User
from tests.editions import make_edition
from tests.factories import TEXT, make_annotation, make_reply, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

MOST_QUERIES = 12
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("https://example.org","here")',
    "＝1+1",
    "＠SUM",
    "words;=1+1",
    "words\n=1+1",
]


@pytest.fixture
def reviewer(document: Document) -> User:
    """Somebody who decides threads."""
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


@pytest.fixture
def root(author: User, document: Document) -> Annotation:
    """A comment on the first paragraph."""
    return make_annotation(author, document, body="What margin?")


def page(browser: Client, document: Document, **query: str) -> str:
    """Return the matrix as a page."""
    response = browser.get(reverse("responses", args=[document.slug]), query)
    assert response.status_code == 200
    return response.content.decode()


def rows(html: str) -> list[list[str]]:
    """Return the words in the cells of the table."""
    return [
        [
            " ".join(re.sub("<[^>]*>", " ", cell).split())
            for cell in re.findall(r"<t[hd] .*?</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r'<tr role="row" id="r-.*?</tr>', html, re.DOTALL)
    ]


def table(browser: Client, document: Document, **query: str) -> list[list[str]]:
    """Return the rows of the file, its head first."""
    response = browser.get(reverse("responses_csv", args=[document.slug]), query)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    text = b"".join(response).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def publish(browser: Client, document: Document, **data: str) -> int:
    """Return the status of an attempt to publish."""
    address = reverse("publish_responses", args=[document.slug])
    return browser.post(address, {"act": "publish", **data}).status_code


@pytest.mark.parametrize("name", ["responses", "responses_csv"])
@pytest.mark.parametrize(
    ("who", "before"),
    [
        ("anonymous", 404),
        ("stranger", 404),
        ("author", 404),
        ("moderator", 404),
        ("document:moderator", 404),
        ("document:reviewer", 200),
        ("document:editor", 200),
        ("editor", 200),
        ("admin", 200),
    ],
)
def test_reviewers_read_it_always_and_others_once_published(
    document: Document,
    author: User,
    reviewer: User,
    root: Annotation,
    name: str,
    who: str,
    before: int,
) -> None:
    browser = Client()
    if who == "author":
        browser = signed_in(author)
    elif who != "anonymous":
        person = make_user()
        browser = signed_in(person if who == "stranger" else promote(person, who, document))
    address = reverse(name, args=[document.slug])
    assert browser.get(address).status_code == before
    publish_responses(reviewer=reviewer, document=document, with_open=True)
    assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("anonymous", 302),
        ("stranger", 403),
        ("document:moderator", 403),
        ("moderator", 403),
        ("document:reviewer", 302),
        ("document:editor", 302),
    ],
)
def test_reviewers_publish_it(document: Document, who: str, status: int) -> None:
    browser = Client()
    if who != "anonymous":
        person = make_user()
        browser = signed_in(person if who == "stranger" else promote(person, who, document))
    assert publish(browser, document) == status
    document.refresh_from_db()
    is_published = document.responses_published_at is not None
    assert is_published == (who in ("document:reviewer", "document:editor"))


def test_publishing_with_open_threads_asks_whether_that_is_known(
    client: Client, document: Document, reviewer: User, root: Annotation
) -> None:
    browser = signed_in(reviewer)
    assert "1 thread has no decision." in page(browser, document)
    address = reverse("publish_responses", args=[document.slug])
    refused = browser.post(address, {"act": "publish"})
    assert refused.status_code == 422
    assert "say that you publish with it open" in refused.content.decode()
    assert Page(refused.content.decode()).problems() == []
    assert client.get(reverse("responses", args=[document.slug])).status_code == 404
    assert publish(browser, document, with_open="on") == 302
    html = page(client, document)
    assert "by Rita Reviewer" in html
    assert "Publish the responses" not in html
    assert Event.objects.filter(document=document, name="responses.published").count() == 1


def test_what_is_published_can_be_withdrawn(
    client: Client, document: Document, reviewer: User
) -> None:
    browser = signed_in(reviewer)
    assert publish(browser, document, act="withdraw") == 422
    assert publish(browser, document) == 302
    assert publish(browser, document) == 302, "a second time changes nothing"
    assert Event.objects.filter(name="responses.published").count() == 1
    assert client.get(reverse("responses", args=[document.slug])).status_code == 200
    assert publish(signed_in(make_user()), document, act="withdraw") == 403
    assert publish(browser, document, act="withdraw") == 302
    assert client.get(reverse("responses", args=[document.slug])).status_code == 404
    assert Event.objects.filter(name="responses.withdrawn").count() == 1


def test_every_cell_has_something(document: Document, reviewer: User, author: User) -> None:
    make_edition(document, *TEXT[1:], "And more.")
    other = make_annotation(author, document, "Nobody", body="The other.")
    outcomes = [Ruling(value) for value in Disposition.Outcome.values if value != "duplicate"]
    outcomes += [Ruling("duplicate", "Said before.", duplicate_of=other.uid)]
    outcomes += [Ruling("answered", "There.", addressed_in=2)]
    for number, ruling in enumerate(outcomes):
        note = make_annotation(author, document, "The margin", body=f"Note {number}.")
        decide_thread(reviewer=reviewer, root=note, ruling=ruling)
    make_annotation(author, document, "A promise", motivation="editing", replacement="", body="")
    shown = rows(page(signed_in(reviewer), document))
    assert len(shown) == len(outcomes) + 2
    assert all(len(row) == 6 and all(row) for row in shown)
    assert shown[-1][3:] == [
        "Decision No decision yet",
        "Reason – Nothing",
        "Addressed in – Nothing",
    ]
    assert any("Edition 2" in row[5] for row in shown)
    assert any("Duplicate of another thread" in row[5] for row in shown)
    taken = table(signed_in(reviewer), document)
    assert len(taken) == len(shown) + 1
    assert all(len(row) == len(taken[0]) and all(row) for row in taken)


def test_rows_go_down_the_text_and_those_without_a_place_come_last(
    document: Document, reviewer: User, author: User
) -> None:
    for words in ("Nobody", "once made", "also a promise", "The margin"):
        make_annotation(author, document, words)
    make_edition(document, "Something first.", TEXT[1], TEXT[3])
    shown = rows(page(signed_in(reviewer), document))
    assert [row[0].removeprefix("Paragraph ") for row in shown] == [
        "¶ 2",
        "¶ 2",
        "¶ 3",
        "No longer in the text",
    ]
    assert [row[1] for row in shown][:2] == ["Passage The margin", "Passage also a promise"]


def test_only_public_threads_are_in_it(
    document: Document, reviewer: User, author: User, root: Annotation
) -> None:
    make_annotation(author, document, "Nobody", body="Mine alone.", visibility="private")
    make_annotation(author, document, "Nobody", body="Not yet.", status="pending")
    make_annotation(author, document, "Nobody", motivation="highlighting", body="")
    marked = make_annotation(author, document, "A promise", motivation="highlighting", body="")
    make_reply(author, marked, "Why I marked this.")
    shown = rows(page(signed_in(reviewer), document))
    assert [row[1] for row in shown] == ["Passage The margin", "Passage A promise"]
    delete_annotation(editor=author, annotation=root)
    assert len(rows(page(signed_in(reviewer), document))) == 1


def test_a_duplicate_of_what_is_hidden_does_not_lead_there(
    client: Client, document: Document, reviewer: User, author: User, root: Annotation
) -> None:
    other = make_annotation(author, document, "Nobody", body="The other.")
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("duplicate", duplicate_of=other.uid))
    publish_responses(reviewer=reviewer, document=document, with_open=True)
    assert other.uid in page(client, document, outcome="duplicate")
    Annotation.objects.filter(pk=other.pk).update(status="denied")
    assert other.uid not in page(client, document)
    assert "cannot be read" in page(client, document)
    assert other.uid not in str(table(client, document))


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        ("", 3),
        ("answered", 1),
        ("declined", 1),
        ("accepted", 0),
        ("decided", 2),
        ("undecided", 1),
        ("nonsense", 3),
        ("' OR 1=1", 3),
    ],
)
def test_rows_are_chosen_by_outcome(
    document: Document, reviewer: User, author: User, outcome: str, found: int
) -> None:
    for number, ruling in enumerate((Ruling("answered"), Ruling("declined", "No."), None)):
        note = make_annotation(author, document, body=f"Note {number}.")
        if ruling:
            decide_thread(reviewer=reviewer, root=note, ruling=ruling)
    browser = signed_in(reviewer)
    assert len(rows(page(browser, document, outcome=outcome, page="x"))) == found
    assert len(table(browser, document, outcome=outcome)) == found + 1


def test_the_file_holds_every_word(document: Document, reviewer: User, author: User) -> None:
    words = 'Say "this",\n\nand *that*; =1+1'
    note = make_annotation(author, document, body=words)
    decide_thread(reviewer=reviewer, root=note, ruling=Ruling("answered", "Yes;\nno."))
    head, row = table(signed_in(reviewer), document)
    cells = dict(zip(head, row, strict=True))
    assert cells["Words"] == words
    assert cells["Reason"] == "Yes;\nno."
    assert cells["Thread"].endswith(note.get_absolute_url())
    assert cells["Decision"] == "Answered"


@pytest.mark.parametrize("words", FORMULAS)
def test_no_cell_for_spreadsheets_is_a_formula(
    document: Document, reviewer: User, words: str
) -> None:
    note = make_annotation(make_user(), document, body=words)
    decide_thread(reviewer=reviewer, root=note, ruling=Ruling("answered", words))
    head, row = table(signed_in(reviewer), document, **{"for": "spreadsheets"})
    assert head[0].startswith("\ufeff")
    signs = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
    for cell in row:
        assert not any(piece.startswith(signs) for piece in re.split("[;\n]", cell))
    assert row.count(dict(zip(head, row, strict=True))["Reason"]) == 2, "words and reason alike"


def test_long_matrices_are_paged_and_queries_do_not_grow(
    document: Document, reviewer: User, author: User
) -> None:
    browser = signed_in(reviewer)

    def asked(name: str, **query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            response = browser.get(reverse(name, args=[document.slug]), query)
            _content = b"".join(response) if response.streaming else response.content
        return len(captured)

    def write(count: int) -> None:
        for number in range(count):
            note = make_annotation(make_user(), document, body=f"Note {number}.")
            decide_thread(reviewer=reviewer, root=note, ruling=Ruling("answered", "Yes."))

    write(2)
    page(browser, document)
    few, few_rows = asked("responses"), asked("responses_csv")
    write(53)
    shown = rows(page(browser, document)) + rows(page(browser, document, page="2"))
    assert len(shown) == 55
    assert asked("responses") == few <= MOST_QUERIES
    assert asked("responses_csv") == few_rows
