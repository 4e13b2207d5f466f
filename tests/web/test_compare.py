"""Two editions compared: what is shown of them, to whom, and in which shape."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from reader.models import Block, Document, User
from reader.queries.comparison import ComparedRow
from reader.templatetags.differences import change_label, word_difference, word_runs
from reader.text.diff import Change, Op, Row, Words
from tests.editions import make_draft, make_edition
from tests.factories import make_annotation, make_document, make_reply, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

OLD = (
    "The margin is where a reader answers, and a reader has all the time in the world.",
    "A promise, once made in public, is kept in public.",
    *(f"Paragraph number {n} says what it has always said about the sea." for n in range(8)),
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
)
NEW = (
    "The margin is where a reader replies, and a reader has all the time in the world.",
    *OLD[2:10],
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
    "Brand new words close the text.",
)
RUN = re.compile(r"<(ins|del) class=\"run\"><span[^>]*>[^<]*</span>(.*?)<span", re.DOTALL)


@pytest.fixture
def revised(author: User) -> Document:
    """A document with a reworded, a deleted and a new paragraph, and a note on each old one."""
    document = make_document(*OLD, slug="compared")
    make_annotation(author, document, "a reader answers", body="On words that changed.")
    make_annotation(author, document, "once made in public", body="On words that went.")
    make_annotation(author, document, "Paragraph number 3", body="On words that stayed.")
    make_edition(document, *NEW)
    return document


def compared(client: Client, document: Document, older: int, newer: int, **query: str) -> str:
    """Return the page that compares the editions, which must be well built."""
    response = client.get(reverse("compare", args=[document.slug, older, newer]), query)
    assert response.status_code == 200
    html = response.content.decode()
    assert Page(html).problems() == []
    return html.partition("<main")[2].partition("</main>")[0]


def test_words_are_inserted_and_deleted_in_elements_and_in_words(
    client: Client, revised: Document
) -> None:
    html = compared(client, revised, 1, 2, view="inline")
    runs = RUN.findall(html)
    assert ("del", "answers") in runs
    assert ("ins", "replies") in runs
    assert '<span class="sr-only" lang="en">[deleted: </span>' in html
    assert '<span class="sr-only" lang="en">[inserted: </span>' in html


def test_each_side_holds_its_own_words_only(client: Client, revised: Document) -> None:
    html = compared(client, revised, 1, 2, view="side")
    before = "".join(part.partition("</p>")[0] for part in html.split('words before">')[1:])
    after = "".join(part.partition("</p>")[0] for part in html.split('words after">')[1:])
    assert {tag for tag, _words in RUN.findall(before)} == {"del"}
    assert {tag for tag, _words in RUN.findall(after)} == {"ins"}


def test_view_that_nobody_chose_holds_both_and_a_chosen_one_itself(
    client: Client, revised: Document
) -> None:
    shapes = {
        view: tuple(
            name in compared(client, revised, 1, 2, view=view) for name in ("in-one", "both")
        )
        for view in ("", "side", "inline", "nonsense")
    }
    assert shapes == {
        "": (True, True),
        "nonsense": (True, True),
        "side": (False, True),
        "inline": (True, False),
    }


def test_changes_are_named_and_linked_in_a_chain(client: Client, revised: Document) -> None:
    html = compared(client, revised, 1, 2)
    labels = re.findall(r'<h2 id="change-\d-title">(.*?)</h2>', html)
    assert labels == ["The words of ¶ 1 changed", "¶ 2 was deleted", "¶ 11 is new"]
    total = len(labels)
    assert [f'id="change-{n}"' in html for n in range(1, total + 2)] == [True] * total + [False]
    assert re.findall(r'class="next-change" href="(.*?)"', html) == [
        f"#change-{n}" for n in range(2, total + 1)
    ]
    assert re.findall(r'class="previous-change" href="(.*?)"', html) == [
        f"#change-{n}" for n in range(1, total)
    ]


def test_unchanged_paragraphs_are_folded_until_asked_for(client: Client, revised: Document) -> None:
    html = compared(client, revised, 1, 2)
    assert "7 unchanged paragraphs" in html
    assert "Paragraph number 0" in html, "one on either side is context"
    assert "Paragraph number 3" not in html
    link = re.search(r'<a href="\?open=(\d+)#row-(\d+)"', html)
    assert link is not None
    opened = compared(client, revised, 1, 2, open=link[1])
    assert "Paragraph number 3" in opened
    assert f'id="row-{link[2]}"' in opened
    for nonsense in ("0", "-1", "x", "99999999999999", "1"):
        assert "Paragraph number 3" not in compared(client, revised, 1, 2, open=nonsense)


def test_threads_of_what_changed_stand_beside_it(client: Client, revised: Document) -> None:
    html = compared(client, revised, 1, 2)
    assert "On words that changed." in html
    assert "On words that stayed." not in html
    gone = html.partition("On words that are gone")[2]
    assert "On words that went." in gone
    assert "On words that changed." not in gone


def test_threads_say_how_many_more_there_are(client: Client, revised: Document) -> None:
    for n in range(4):
        make_annotation(make_user(), revised, "a reader replies", body=f"Another remark {n}.")
    html = compared(client, revised, 1, 2)
    assert "2 more threads" in html
    assert f'href="/d/{revised.slug}/p1/">2 more threads' in html


def test_hidden_words_stay_hidden(
    client: Client, author: User, stranger: User, revised: Document
) -> None:
    words = "a reader replies"
    make_annotation(author, revised, words, body="canary one", visibility="private")
    seen = make_annotation(author, revised, words, body="canary two", status="pending")
    make_reply(author, seen, "canary three", status="pending")
    for browser in (client, signed_in(stranger)):
        assert "canary" not in compared(browser, revised, 1, 2)
    assert "canary one" in compared(signed_in(author), revised, 1, 2)


def test_order_of_the_numbers_is_put_right(client: Client, revised: Document) -> None:
    slug = revised.slug
    response = client.get(f"/d/{slug}/compare/2..1/")
    assert response.headers["Location"] == f"/d/{slug}/compare/1..2/"
    same = client.get(f"/d/{slug}/compare/1..1/")
    assert same.headers["Location"] == f"/d/{slug}/e/1/"


@pytest.mark.parametrize("pair", ["1..3", "3..4", "3..3", "0..1", "1..x", "1..", "1..99999999999"])
def test_unknown_editions_are_not_found(client: Client, revised: Document, pair: str) -> None:
    assert client.get(f"/d/{revised.slug}/compare/{pair}/").status_code == 404


def test_text_that_only_differs_in_nothing(client: Client, revised: Document) -> None:
    make_edition(revised, *OLD)
    html = compared(client, revised, 1, 3)
    assert "No paragraph is different." in html
    assert "The text is the same." in html


def test_draft_is_compared_with_the_threads_of_the_current_edition(revised: Document) -> None:
    make_draft(revised, *NEW[:-1])
    editor = promote(make_user(), "document:editor", revised)
    make_annotation(editor, revised, "Brand new words", body="On words that will go.")
    html = compared(signed_in(editor), revised, 2, 3)
    assert "On words that will go." in html
    assert "On words that are gone" not in html
    assert "is not published yet" in html


@pytest.mark.django_db
def test_many_changes_come_in_pages_that_lead_to_each_other(client: Client) -> None:
    old = [f"Sentence {n} has its own words, {n * n} of them, and keeps them." for n in range(120)]
    new = [text.replace("keeps", "loses") for text in old]
    document = make_document(*old, slug="long")
    make_edition(document, *new)
    first, second, third = (compared(client, document, 1, 2, page=str(n)) for n in (1, 2, 3))
    assert "Sentence 49 " in first
    assert "Sentence 50 " not in first
    assert 'href="?page=2#change-51"' in first
    assert 'id="change-51"' in second
    assert 'href="?page=1#change-50"' in second
    assert "Sentence 119 " in third


@pytest.mark.django_db
def test_long_words_and_markup_are_shown_as_they_are(client: Client) -> None:
    document = make_document("A <script>alert(1)</script> & more.", slug="marked-up")
    make_edition(document, "A <script>alert(2)</script> & more.")
    html = compared(client, document, 1, 2)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def block(number: int | None, text: str = "Some words.") -> Block:
    """Return a paragraph, or a heading (which has no number)."""
    return Block(number=number, text=text)


@pytest.mark.parametrize(
    ("change", "old", "new", "moved", "label"),
    [
        (Change.EDITED, [4], [4], False, "The words of ¶ 4 changed"),
        (Change.EDITED, [4], [5], False, "The words of ¶ 4 changed; it is ¶ 5 now"),
        (Change.EDITED, [4], [9], True, "¶ 4 moved, is ¶ 9 now, and its words changed"),
        (Change.MOVED, [4], [9], True, "¶ 4 moved and is ¶ 9 now"),
        (Change.SPLIT, [4], [4, 5], False, "¶ 4 was split into ¶ 4 and ¶ 5"),
        (Change.MERGED, [4, 5, 6], [4], False, "¶ 4, ¶ 5 and ¶ 6 were merged into ¶ 4"),
        (Change.INSERTED, [], [7], False, "¶ 7 is new"),
        (Change.DELETED, [7], [], False, "¶ 7 was deleted"),
        (Change.DELETED, [None], [], False, "heading “Some words.” was deleted"),
    ],
)
def test_every_change_has_its_words(
    change: Change, old: list[int | None], new: list[int | None], moved: bool, label: str
) -> None:
    row = Row(change, tuple(range(len(old))), tuple(range(len(new))), (), moved)
    compared_row = ComparedRow(0, row, [block(n) for n in old], [block(n) for n in new], 1)
    assert change_label(compared_row) == label


def test_long_stretches_that_stayed_are_shortened_in_a_card() -> None:
    start, end = "word " * 60, " tail" * 60
    shown = word_difference(f"{start}old{end}", f"{start}new{end}", short=True)
    assert len(shown) < 400
    assert shown.count("…") == 2
    whole = word_difference(f"{start}old{end}", f"{start}new{end}")
    assert start in whole
    assert end in whole


def test_break_between_paragraphs_is_seen_when_it_comes_or_goes() -> None:
    shown = word_runs([Words(Op.SAME, "One."), Words(Op.INSERTED, "\n\n"), Words(Op.SAME, "Two.")])
    assert "¶" in shown
