"""The map: who sees it, what it says, where it leads."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.dispositions import Ruling, decide_thread
from reader.actions.responses import publish_responses
from reader.models import Document, User
from reader.queries.coverage import MOST_COLUMNS
from tests.editions import make_draft, make_edition
from tests.factories import TEXT, make_annotation, make_document, make_reply, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

MOST_QUERIES = 12


def page(client: Client, document: Document, **query: str) -> str:
    """Return the map's HTML."""
    response = client.get(reverse("map", args=[document.slug]), query)
    assert response.status_code == 200
    return response.content.decode()


def numbers(html: str, ref: str) -> list[int]:
    """Return the numbers in a row of the table."""
    row = html.partition(f'id="row-{ref}"')[2].partition("</tr>")[0]
    return [int(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td.*?</td>", row)]


@pytest.fixture
def reviewer(document: Document) -> User:
    """Somebody who decides threads."""
    return promote(make_user("rita"), "document:reviewer", document)


@pytest.fixture
def discussed(document: Document, author: User, stranger: User, reviewer: User) -> Document:
    """A document with a decided comment, an unanswered question and a note that is not public."""
    comment = make_annotation(author, document)
    make_reply(stranger, comment)
    decide_thread(reviewer=reviewer, root=comment, ruling=Ruling("answered", "Yes."))
    make_annotation(stranger, document, "Nobody reads", motivation="questioning")
    make_annotation(stranger, document, "A promise", visibility="private")
    return document


def test_the_table_says_the_numbers(client: Client, discussed: Document) -> None:
    html = page(client, discussed)
    # people, threads, replies, questions, unanswered, contested, decided, undecided, highlights
    assert numbers(html, "p1") == [2, 1, 1, 0, 0, 0, 1, 0, 0]
    assert numbers(html, "p2") == [0] * 9
    assert numbers(html, "p3") == [1, 1, 0, 1, 1, 0, 0, 1, 0]
    assert Page(html).problems() == []


def test_everybody_sees_the_same_numbers(
    client: Client, discussed: Document, author: User, stranger: User, moderator: User
) -> None:
    people = [author, stranger, moderator, promote(make_user(), "admin")]
    tables = {
        tuple(map(tuple, (numbers(page(browser, discussed), ref) for ref in ("p1", "p2", "p3"))))
        for browser in (client, *map(signed_in, people))
    }
    assert len(tables) == 1


def test_numbers_lead_reviewers_to_the_desk_and_others_to_the_paragraph(
    client: Client, discussed: Document, reviewer: User
) -> None:
    base = f"/d/{discussed.slug}/"
    for html, is_desk in (
        (page(client, discussed), False),
        (page(signed_in(reviewer), discussed), True),
    ):
        row = unescape(html.partition('id="row-p3"')[2].partition("</tr>")[0])
        assert (f"{base}review/?in=p3..p3&state=unanswered" in row) == is_desk
        assert (f"{base}review/?in=p3..p3&state=undecided" in row) == is_desk
        assert (f"{base}review/" in html) == is_desk
        assert f'href="{base}p3/"' in row


def test_a_past_edition_has_its_own_map(
    client: Client, discussed: Document, reviewer: User
) -> None:
    make_edition(discussed, "Something before.", TEXT[1])
    now, then = page(client, discussed), page(client, discussed, edition="1")
    assert "1 note on a passage" in now
    assert numbers(now, "p2") == [2, 1, 1, 0, 0, 0, 1, 0, 0]
    assert numbers(then, "p3") == [1, 1, 0, 1, 1, 0, 0, 1, 0]
    assert "review/?in=" not in page(signed_in(reviewer), discussed, edition="1")
    assert "/p3/?edition=1" in then


def test_a_draft_has_no_map(discussed: Document) -> None:
    make_draft(discussed, "Something else.")
    editor = promote(make_user(), "document:editor", discussed)
    address = reverse("map", args=[discussed.slug])
    assert signed_in(editor).get(address, {"edition": "2"}).status_code == 404
    assert signed_in(editor).get(address).status_code == 200


def test_a_document_that_is_not_published_has_no_map_for_others(client: Client, db: None) -> None:
    hidden = make_document(slug="hidden", is_published=False)
    address = reverse("map", args=[hidden.slug])
    assert client.get(address).status_code == 404
    editor = promote(make_user(), "document:editor", hidden)
    assert signed_in(editor).get(address).status_code == 200


@pytest.mark.parametrize("order", ["contested", "people", "nonsense", "", "__class__", "undecided"])
@pytest.mark.parametrize("number", ["1", "0", "-1", "x", "99"])
def test_any_order_and_page_is_answered(
    client: Client, discussed: Document, order: str, number: str
) -> None:
    assert "<table" in page(client, discussed, order=order, page=number)


def test_the_table_is_sorted_by_a_column(client: Client, discussed: Document) -> None:
    def first(html: str) -> str:
        return html.partition('<tr id="row-')[2].partition('"')[0]

    assert first(page(client, discussed)) == "p1"
    unanswered = page(client, discussed, order="unanswered")
    assert first(unanswered) == "p3"
    assert unanswered.count('aria-sort="descending"') == 1
    assert 'aria-sort="descending"' not in page(client, discussed)


def test_a_long_text_is_drawn_in_few_columns_and_paged(client: Client, author: User) -> None:
    long = make_document(*(f"Paragraph number {n} of many." for n in range(1, 451)), slug="long")
    make_annotation(author, long, "number 300 of")
    html = page(client, long)
    columns = re.search(r'viewBox="0 0 (\d+) 100"', html)
    assert columns is not None
    assert int(columns[1]) <= MOST_COLUMNS
    assert html.count('id="row-') == 100
    link = re.search(r'href="(\?page=3#row-p\d+)"[^>]*><title>(.*?)</title>', html)
    assert link is not None
    assert link[2] == "¶ 298 to ¶ 300: 1 thread, 1 undecided"
    assert 'id="row-p298"' in page(client, long, page="3")


def test_short_texts_link_to_their_paragraphs(client: Client, discussed: Document) -> None:
    html = page(client, discussed)
    assert f'<a href="/d/{discussed.slug}/p3/" tabindex="-1"><title>¶ 3: 1 thread' in html
    assert "style=" not in html


def test_the_most_marked_passage_is_shown(client: Client, discussed: Document) -> None:
    assert "Most marked" not in page(client, discussed)
    for _number in range(3):
        make_annotation(make_user(), discussed, "A promise", motivation="highlighting", body="")
    html = page(client, discussed)
    assert "Most marked" in html
    assert f'href="/d/{discussed.slug}/#p2:~:text=A%20promise,-' in html
    assert "3 people" in html


def test_an_empty_discussion_says_so(client: Client, document: Document) -> None:
    html = page(client, document)
    assert "Nobody has written" in html
    assert 'role="img"' not in html


def test_the_responses_are_linked_for_those_who_may_read_them(
    client: Client, discussed: Document, reviewer: User
) -> None:
    address = reverse("responses", args=[discussed.slug])
    assert address not in page(client, discussed)
    assert address in page(signed_in(reviewer), discussed)
    publish_responses(reviewer=reviewer, document=discussed, with_open=True)
    assert address in page(client, discussed)


@pytest.mark.parametrize("query", ["", "?edition=1", "?edition=1&page=2"])
def test_the_old_address_leads_to_the_map(client: Client, document: Document, query: str) -> None:
    response = client.get(f"/d/{document.slug}/overview/{query}")
    assert response.status_code == 301
    assert response.headers["Location"] == f"/d/{document.slug}/map/{query}"


@pytest.mark.parametrize("who", ["anonymous", "reviewer", "editor"])
def test_queries_do_not_grow(discussed: Document, reviewer: User, who: str) -> None:
    people = {"reviewer": reviewer, "editor": promote(make_user(), "editor")}
    browser = signed_in(people[who]) if who in people else Client()

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(browser, discussed)
        return len(captured)

    page(browser, discussed)
    few = asked()
    for number in range(12):
        make_annotation(make_user(), discussed, TEXT[1 + number % 3][:9], body=f"Note {number}.")
    page(browser, discussed)
    assert asked() <= few + 1, "one for the words of the passages"
    assert few < MOST_QUERIES
