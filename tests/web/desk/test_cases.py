"""What lies on the desk, however much it is."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.suggestions import accept_suggestion
from reader.models import Document, Edition, User
from tests.editions import make_draft
from tests.factories import (
    make_annotation,
    make_document,
    make_user,
    promote,
)
from tests.web.browsers import signed_in
from tests.web.desk.working import (
    NEW,
    OLD,
    address,
    cases_in,
    decide,
    look,
    note,
    tallies,
)


def test_the_head_says_what_changes(at_desk: Client, draft: Edition) -> None:
    html = look(at_desk, draft)
    assert "Edition 2" in html
    assert "after Edition 1" in html
    assert "1 changed, 1 deleted" in html
    assert "1 word inserted, 13 words deleted" in html
    assert reverse("compare", args=["edited", 1, 2]) in html
    assert "3 annotations: 1 keeps its words, 1 stands on words that changed, 1 without" in html
    assert "Publish edition 2" in html


def test_a_case_shows_both_passages_and_what_is_like_them(at_desk: Client, draft: Edition) -> None:
    html = look(at_desk, draft)
    assert cases_in(html) == [note("that changed").uid, note("that went").uid]
    first, second = html.split("<article")[1:]
    assert "a reader answers</mark>" in first
    assert re.search(r"<del[^>]*>.*answers.*</del><ins[^>]*>.*replies", first)
    assert "sentence about herrings</mark>" in second
    assert "sentence twice, whatever</mark>" in second  # resembles it
    assert "Put it here" in second
    assert "Confirm this place" in first
    assert "Confirm this place" not in second


def test_filters_show_what_they_say(at_desk: Client, draft: Edition) -> None:
    decide(at_desk, draft, "that went", "orphan")
    changed, went = note("that changed").uid, note("that went").uid
    expected = {
        "open": [changed],
        "fuzzy": [changed],
        "orphaned": [],
        "decided": [went],
        "all": [changed, went],
    }
    for show, uids in expected.items():
        html = look(at_desk, draft, show=show)
        assert cases_in(html) == uids, show
        assert tallies(html) == {name: len(found) for name, found in expected.items()}


def test_empty_lists_say_why(at_desk: Client, draft: Edition) -> None:
    assert "Nothing has been decided yet." in look(at_desk, draft, show="decided")
    for words, act in (("that changed", "confirm"), ("that went", "orphan")):
        decide(at_desk, draft, words, act)
    assert "Everything is decided." in look(at_desk, draft)
    assert "There are no such cases." in look(at_desk, draft, show="fuzzy")


def test_a_desk_with_nothing_to_decide_says_so(at_desk: Client, edited: Document) -> None:
    longer = make_draft(edited, *OLD, "One more paragraph.")
    assert "every annotation keeps its words" in look(at_desk, longer)


def test_the_first_edition_has_nothing_to_decide(at_desk: Client, edited: Document) -> None:
    edition = edited.current_edition
    assert edition is not None
    html = look(at_desk, edition)
    assert "This is the first edition" in html
    assert "Undo publication" not in html
    assert at_desk.get(address("undo_publish", edition)).status_code == 403


def test_what_an_earlier_edition_left_is_not_asked_again(
    at_desk: Client, published: Edition, edited: Document
) -> None:
    decide(at_desk, published, "that went", "orphan")
    edited.refresh_from_db()
    third = make_draft(edited, *NEW, "And one more.")
    assert cases_in(look(at_desk, third)) == []
    html = look(at_desk, third, show="orphaned")
    assert cases_in(html) == [note("that went").uid]
    assert "in an earlier edition" in html


def test_accepted_suggestions_are_counted_and_no_cases(
    at_desk: Client, edited: Document, editor: User, author: User
) -> None:
    suggested = make_annotation(
        author, edited, "kept in public", motivation="editing", replacement="kept there"
    )
    accept_suggestion(editor=editor, annotation=suggested)
    collected = Edition.objects.get(document=edited, published_at=None)
    html = look(at_desk, collected, show="all")
    assert "<strong>1</strong> suggestion is taken up" in html
    assert re.search(r"<del[^>]*>.*in public.*</del><ins[^>]*>.*there", html)
    assert suggested.get_absolute_url() in html
    assert suggested.uid not in cases_in(html)
    at_desk.post(address("publish", collected))
    html = look(at_desk, Edition.objects.get(pk=collected.pk), show="all")
    assert "<strong>1</strong> suggestion is taken up" in html
    assert suggested.uid not in cases_in(html)


@pytest.fixture
def _in_a_hurry(settings: Any) -> None:
    settings.POSTS_PER_MINUTE = 1_000


def many(author: User, count: int, slug: str) -> Edition:
    """Return a draft in which so many annotations lose their words, or find them changed."""
    names = [
        f"Paragraph {n} speaks of harbour number {n} and of nothing else." for n in range(count)
    ]
    document = make_document(*names, slug=slug)
    for n in range(count):
        make_annotation(author, document, f"harbour number {n}", body=f"Why {n}?")
    changed = [
        f"Paragraph {n} speaks of haven number {n} and of nothing else." for n in range(count)
    ]
    return make_draft(document, *changed)


def queries_of(client: Client, edition: Edition) -> int:
    look(client, edition, show="all")  # what is remembered between requests is known from here on
    with CaptureQueriesContext(
        connection,
    ) as captured:
        look(client, edition, show="all")
    return len(captured)


@pytest.mark.usefixtures("_in_a_hurry")
def test_the_number_of_queries_does_not_grow(author: User) -> None:
    client = signed_in(promote(make_user(), "admin"))
    few, lots = many(author, 5, "few"), many(author, 50, "lots")
    assert queries_of(client, few) == queries_of(client, lots)
    for edition in (few, lots):
        edition.document.refresh_from_db()
        client.post(address("publish", edition))
    assert queries_of(client, few) == queries_of(client, lots)


@pytest.mark.usefixtures("_in_a_hurry")
def test_pages_put_together_are_all_cases(author: User) -> None:
    client = signed_in(promote(make_user(), "admin"))
    edition = many(author, 50, "lots")
    pages = [cases_in(look(client, edition, page=str(page))) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 10]
    assert len({uid for page in pages for uid in page}) == 50
    # Deciding the last of a page leads to the one that moved up to it.
    uid, following = pages[0][-1], pages[1][0]
    url = address("desk_case", edition, uid)
    response = client.post(url, {"act": "orphan", "show": "open"})
    assert response["Location"].endswith(f"/desk/#case-{following}")
    assert following in cases_in(look(client, edition))
