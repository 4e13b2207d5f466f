"""The editor's desk: who works there, what lies on it, and what each decision does."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.changes import adjust_passage
from reader.actions.editions import discard_draft
from reader.actions.suggestions import accept_suggestion
from reader.models import Anchor, Annotation, Document, Edition, User
from tests.editions import make_draft, make_edition
from tests.factories import (
    force_status,
    make_annotation,
    make_document,
    make_reply,
    make_user,
    passage_of,
    promote,
)
from tests.web.browsers import signed_in
from tests.web.pages import Page

OLD = (
    "The margin is where a reader answers, and a reader has all the time in the world.",
    "A promise, once made in public, is kept in public by those who made it there.",
    "This sentence about herrings will be gone from the next edition altogether.",
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
)
NEW = (
    "The margin is where a reader replies, and a reader has all the time in the world.",
    "A promise, once made in public, is kept in public by those who made it there.",
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
)
CANARY = "canary-7d1e"
ACTS = ("desk", "desk_case", "publish", "undo_publish", "discard")


@pytest.fixture
def editor(db: None) -> User:
    """Somebody who edits one document, and nothing else."""
    return make_user("editor", name="Ed Editor")


@pytest.fixture
def at_desk(editor: User) -> Client:
    """The editor's browser."""
    return signed_in(editor)


@pytest.fixture
def edited(author: User, editor: User) -> Document:
    """A document with a note on words that will change, that will go and that will stay."""
    document = make_document(*OLD, slug="edited")
    promote(editor, "document:editor", document)
    make_annotation(author, document, "a reader answers", body="On words that changed.")
    make_annotation(author, document, "sentence about herrings", body="On words that went.")
    make_annotation(author, document, "once made in public", body="On words that stayed.")
    return document


@pytest.fixture
def draft(edited: Document) -> Edition:
    """Its next edition, not published yet."""
    return make_draft(edited, *NEW)


@pytest.fixture
def published(draft: Edition, edited: Document) -> Edition:
    """Its next edition, published."""
    return make_edition(edited, *NEW)


def note(words: str) -> Annotation:
    return Annotation.objects.get(body__contains=words)


def address(name: str, edition: Edition, *more: str) -> str:
    return reverse(name, args=[edition.document.slug, edition.number, *more])


def main_of(response: Any) -> str:
    """Return the page's own part; the page must be well built."""
    html = response.content.decode()
    assert Page(html).problems() == []
    return str(html.partition("<main")[2].partition("</main>")[0])


def look(client: Client, edition: Edition, **query: str) -> str:
    response = client.get(address("desk", edition), query)
    assert response.status_code == 200
    return main_of(response)


def cases_in(html: str) -> list[str]:
    return re.findall(r'<article class="case[^"]*" id="case-(\w+)"', html)


def decide(client: Client, edition: Edition, words: str, act: str, **more: Any) -> Any:
    return client.post(address("desk_case", edition, note(words).uid), {"act": act, **more})


def anchor_of(words: str, edition: Edition) -> Anchor:
    return Anchor.objects.select_related("first_block").get(annotation=note(words), edition=edition)


def words_of(anchor: Anchor) -> str:
    assert anchor.first_block is not None
    return str(anchor.first_block.text[anchor.start : anchor.end])


# Who gets in.


@pytest.fixture
def people(edited: Document, editor: User, author: User, moderator: User) -> dict[str, Client]:
    """Everybody's browsers."""
    elsewhere = make_user()
    promote(elsewhere, "document:editor", make_document("Another text."))
    return {
        "anonymous": Client(),
        "reader": signed_in(author),
        "moderator": signed_in(moderator),
        "reviewer": signed_in(promote(make_user(), "document:reviewer", edited)),
        "elsewhere": signed_in(elsewhere),
        "editor": signed_in(editor),
        "admin": signed_in(promote(make_user(), "admin")),
    }


WORKERS = {"editor", "admin"}


def test_a_draft_is_there_for_its_editors_alone(people: dict[str, Client], draft: Edition) -> None:
    uid = note("that changed").uid
    for who, client in people.items():
        for name in ACTS:
            url = address(name, draft, *([uid] if name == "desk_case" else []))
            statuses = {client.get(url).status_code}
            if who not in WORKERS:
                statuses.add(client.post(url, {"act": "orphan"}).status_code)
                allowed = (
                    {404, 405} if name == "publish" else {404, 405} if name == "desk" else {404}
                )
                assert statuses <= allowed, (who, name)
            else:
                assert statuses <= {200, 405, 409}, (who, name)
    draft.refresh_from_db()
    assert draft.is_draft
    assert not Anchor.objects.filter(edition=draft).exists()


def test_of_a_published_edition_readers_are_told_that_they_may_not(
    people: dict[str, Client], published: Edition
) -> None:
    uid = note("that changed").uid
    for who in people.keys() - WORKERS:
        for name in ("desk", "desk_case", "undo_publish", "discard"):
            url = address(name, published, *([uid] if name == "desk_case" else []))
            assert people[who].get(url).status_code == 403, (who, name)
        for name in ("desk_case", "publish", "undo_publish", "discard"):
            url = address(name, published, *([uid] if name == "desk_case" else []))
            assert people[who].post(url, {"act": "orphan"}).status_code == 403, (who, name)
    published.refresh_from_db()
    assert not published.is_draft
    assert not Anchor.objects.filter(edition=published, decided_at__isnull=False).exists()


def test_an_unpublished_document_is_not_there_at_all(
    people: dict[str, Client], published: Edition
) -> None:
    Document.objects.filter(pk=published.document_id).update(is_published=False)
    for who in ("anonymous", "reader", "elsewhere"):
        assert people[who].get(address("desk", published)).status_code == 404, who


def test_bad_numbers_are_not_found(at_desk: Client, draft: Edition) -> None:
    for number in ("0", "7", "x", "99999999999999999999", "-1"):
        assert at_desk.get(f"/d/edited/e/{number}/desk/").status_code == 404, number
    assert at_desk.get(address("desk_case", draft, "a" * 22)).status_code == 404
    for page in ("x", "-1", "0", "999999999999999999999"):
        look(at_desk, draft, page=page, show="nonsense")


def test_an_editor_whose_session_has_ended_is_asked_to_sign_in(draft: Edition) -> None:
    for uid in (note("that went").uid, "a" * 22):  # nobody learns whether there is such a case
        url = address("desk_case", draft, uid)
        response = Client().post(url, {"act": "orphan"}, headers={"HX-Request": "true"})
        assert response.status_code == 401
        assert "postil:signed-out" in response["HX-Trigger"]
    assert not Anchor.objects.filter(edition=draft).exists()


def test_who_edits_no_more_is_told_so_in_the_case(
    at_desk: Client, published: Edition, editor: User
) -> None:
    editor.document_roles.all().delete()
    url = address("desk_case", published, note("that went").uid)
    response = at_desk.post(url, {"act": "orphan"}, headers={"HX-Request": "true"})
    assert response.status_code == 403
    html = response.content.decode()
    assert 'role="alert"' in html
    assert "<html" not in html  # a page has no place inside a case
    assert not Anchor.objects.filter(edition=published, decided_at__isnull=False).exists()


def test_a_note_of_another_document_is_no_case_here(
    at_desk: Client, draft: Edition, author: User
) -> None:
    other = make_annotation(author, make_document("Another text."), "Another text")
    url = address("desk_case", draft, other.uid)
    assert at_desk.post(url, {"act": "orphan"}).status_code == 404
    reply = make_reply(author, note("that changed"))
    assert (
        at_desk.post(address("desk_case", draft, reply.uid), {"act": "orphan"}).status_code == 404
    )


# What nobody else's desk shows.


def test_notes_of_others_that_editors_may_not_read_are_neither_shown_nor_counted(
    at_desk: Client, draft: Edition, edited: Document, author: User, editor: User
) -> None:
    before = look(at_desk, draft, show="all")
    hidden = [
        make_annotation(author, edited, "a reader answers", body=CANARY, visibility="private"),
        make_annotation(author, edited, "about herrings", body=CANARY, status="pending"),
        make_annotation(author, edited, "about herrings", body=CANARY, status="denied"),
    ]
    after = look(at_desk, draft, show="all")
    assert CANARY not in after
    assert cases_in(after) == cases_in(before)
    assert tallies(after) == tallies(before)
    for one in hidden:
        assert one.uid not in after
        url = address("desk_case", draft, one.uid)
        assert at_desk.get(url).status_code == 404
        assert at_desk.post(url, {"act": "orphan"}).status_code == 404
    mine = make_annotation(editor, edited, "about herrings", body="Mine.", visibility="private")
    assert mine.uid in look(at_desk, draft, show="all")


def test_once_published_they_are_hidden_all_the_same(
    at_desk: Client, edited: Document, author: User
) -> None:
    make_annotation(author, edited, "a reader answers", body=CANARY, visibility="private")
    make_annotation(author, edited, "about herrings", body=CANARY, status="pending")
    edition = make_edition(edited, *NEW)
    html = look(at_desk, edition, show="all")
    assert CANARY not in html
    assert len(cases_in(html)) == 2
    assert tallies(html)["fuzzy"] == 1


def test_a_thread_whose_root_was_taken_down_is_decided_without_its_words(
    at_desk: Client, draft: Edition, author: User
) -> None:
    root = note("that went")
    make_reply(author, root, body="A reply that stands.")
    force_status(root, "denied")
    html = look(at_desk, draft)
    assert "On words that went." not in html
    assert root.uid in cases_in(html)
    url = address("desk_case", draft, root.uid)
    assert at_desk.post(url, {"act": "orphan"}).status_code == 302
    assert root.uid in cases_in(look(at_desk, draft, show="decided"))


def tallies(html: str) -> dict[str, int]:
    """Return how many cases each filter counts."""
    found = re.findall(r'desk/(?:\?show=(\w+))?"[^>]*>[^<]*<span class="n">(\d+)</span>', html)
    return {name or "open": int(n) for name, n in found}


# What lies there.


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


# The new text beside a case.


def text_of(client: Client, edition: Edition, words: str, **query: str) -> str:
    response = client.get(address("desk_text", edition, note(words).uid), query)
    assert response.status_code == 200
    return main_of(response)


def refs_in(html: str) -> list[str]:
    return re.findall(r'<div class="desk-block[^"]*" data-ref="(\w+)"', html)


def test_the_text_beside_a_case_is_for_its_editors(
    people: dict[str, Client], draft: Edition, author: User
) -> None:
    url = address("desk_text", draft, note("that went").uid)
    for who, client in people.items():
        assert client.get(url).status_code == (200 if who in WORKERS else 404), who
    hidden = make_annotation(author, draft.document, "about herrings", visibility="private")
    assert people["editor"].get(address("desk_text", draft, hidden.uid)).status_code == 404
    make_edition(draft.document, *NEW)
    for who, client in people.items():
        assert client.get(url).status_code == (200 if who in WORKERS else 403), who


def test_the_text_beside_a_case_begins_where_its_words_would_be(
    at_desk: Client, author: User
) -> None:
    long = [f"Paragraph {n} of a long text tells of harbour {n} and no more." for n in range(40)]
    document = make_document(*long, slug="long")
    promote(User.objects.get(username="editor"), "document:editor", document)
    make_annotation(author, document, "of harbour 20", body="Gone from the middle.")
    draft = make_draft(document, *long[:20], *long[21:])
    html = text_of(at_desk, draft, "Gone from the middle")
    assert 'is-near" data-ref="p20"' in html or 'is-near" data-ref="p21"' in html
    middle = refs_in(html)
    assert len(middle) == 9
    earlier, later = re.findall(r'href="[^"]*[?]from=(\d+)"', html)
    before = refs_in(text_of(at_desk, draft, "Gone from the middle", **{"from": earlier}))
    after = refs_in(text_of(at_desk, draft, "Gone from the middle", **{"from": later}))
    refs = list(draft.blocks.order_by("position").values_list("ref", flat=True))
    at = refs.index(middle[0])
    assert before + middle + after == refs[at - 9 : at + 18]
    for start, block in zip(re.findall(r'data-start="(\d+)"', html), middle, strict=True):
        assert draft.blocks.get(ref=block).start == int(start)


@pytest.mark.parametrize("first", ["", "x", "-1", "9" * 30, "777777", "²"])
def test_nonsense_asks_for_some_text_or_none(at_desk: Client, draft: Edition, first: str) -> None:
    text_of(at_desk, draft, "that went", **{"from": first})


# Deciding.


@pytest.fixture(params=["draft", "published"])
def worked_on(request: pytest.FixtureRequest) -> Edition:
    """The next edition, before and after it is published."""
    edition: Edition = request.getfixturevalue(request.param)
    return edition


def test_confirming(at_desk: Client, worked_on: Edition, editor: User) -> None:
    response = decide(at_desk, worked_on, "that changed", "confirm")
    assert response.status_code == 302
    anchor = anchor_of("that changed", worked_on)
    assert (anchor.verdict, words_of(anchor)) == ("confirmed", "a reader replies")
    assert anchor.decided_by == editor
    # It goes on with the next case.
    assert response["Location"] == f"{address('desk', worked_on)}#case-{note('that went').uid}"


def test_what_has_no_place_cannot_be_confirmed(at_desk: Client, worked_on: Edition) -> None:
    response = decide(at_desk, worked_on, "that went", "confirm")
    assert response.status_code == 422
    assert "It has no place in this edition." in main_of(response)


def test_a_place_that_is_another_by_now_is_not_confirmed(at_desk: Client, draft: Edition) -> None:
    response = decide(at_desk, draft, "that changed", "confirm", case="open:3-9")
    assert response.status_code == 409
    assert "changed meanwhile" in main_of(response)
    assert not Anchor.objects.filter(edition=draft).exists()


def seen_case(client: Client, edition: Edition, words: str) -> str:
    """Return what the forms of a case say about how it stands."""
    html = look(client, edition, show="all").partition(f'id="case-{note(words).uid}"')[2]
    return str(re.findall(r'name="case" value="([^"]+)"', html)[0])


@pytest.mark.parametrize(
    ("act", "choice"),
    [
        ("confirm", "confirm it on “a reader replies”"),
        ("orphan", "leave it as an orphan"),
        ("move", "move it to “all the time”"),
    ],
)
def test_what_another_editor_decided_meanwhile_stands(
    at_desk: Client, worked_on: Edition, act: str, choice: str
) -> None:
    mine = seen_case(at_desk, worked_on, "that changed")
    other = signed_in(promote(make_user(name="Somebody Else"), "admin"))
    theirs = seen_case(other, worked_on, "that changed")
    decide(other, worked_on, "that changed", "move", exact="kept in public", case=theirs)
    start = worked_on.text.index("a reader replies")
    more = {"exact": "all the time"} if act == "move" else {"start": start, "end": start + 16}
    html = ""
    for headers in ({}, {"HX-Request": "true"}):
        url = address("desk_case", worked_on, note("that changed").uid)
        response = at_desk.post(url, {"act": act, "case": mine, **more}, headers=headers)
        assert response.status_code == 409
        html = response.content.decode()
        assert "Somebody has decided this meanwhile" in html
        assert f"You chose: {choice}." in html
        assert "kept in public</q>" in html  # what stands now
        assert "by Somebody Else" in html
    assert tallies(html)["decided"] == 1  # HTMX gets the new counts along with it
    assert words_of(anchor_of("that changed", worked_on)) == "kept in public"


def test_a_decision_that_is_another_by_now_is_not_taken_back(
    at_desk: Client, draft: Edition
) -> None:
    decide(at_desk, draft, "that changed", "confirm")
    seen = seen_case(at_desk, draft, "that changed")
    decide(at_desk, draft, "that changed", "back", case=seen)
    decide(at_desk, draft, "that changed", "orphan")
    response = decide(at_desk, draft, "that changed", "back", case=seen)
    assert response.status_code == 409
    assert anchor_of("that changed", draft).verdict == "orphaned"


def test_what_is_no_case_any_more_is_not_decided(
    at_desk: Client, draft: Edition, author: User
) -> None:
    seen = seen_case(at_desk, draft, "that went")
    root = note("that went")
    passage = passage_of(draft.document, "once made in public")
    adjust_passage(editor=author, annotation=root, version=root.version, passage=passage)
    response = decide(at_desk, draft, "that went", "orphan", case=seen)
    assert response.status_code == 409
    assert "nothing to decide" in main_of(response)
    assert not Anchor.objects.filter(edition=draft).exists()


def test_taking_a_candidate(at_desk: Client, worked_on: Edition) -> None:
    html = look(at_desk, worked_on).split("<article")[2]
    form = html[html.index('value="move"') :]
    fields = dict(re.findall(r'name="(start|end|exact|seen)" value="([^"]*)"', form)[:4])
    assert set(fields) == {"start", "end", "exact", "seen"}
    assert decide(at_desk, worked_on, "that went", "move", **fields).status_code == 302
    assert words_of(anchor_of("that went", worked_on)) == "sentence twice, whatever"


@pytest.mark.parametrize("paragraph", ["3", "¶ 3", "p3"])
def test_moving_by_hand(at_desk: Client, worked_on: Edition, paragraph: str) -> None:
    response = decide(
        at_desk, worked_on, "that went", "move", paragraph=paragraph, exact="same sentence"
    )
    assert response.status_code == 302
    assert words_of(anchor_of("that went", worked_on)) == "same sentence"


def test_words_that_occur_once_need_no_paragraph(at_desk: Client, draft: Edition) -> None:
    decide(at_desk, draft, "that went", "move", exact="kept in public")
    assert words_of(anchor_of("that went", draft)) == "kept in public"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Say which paragraph"),
        ({"paragraph": "77", "exact": "margin"}, "no such paragraph"),
        ({"paragraph": "nonsense", "exact": "margin"}, "no such paragraph"),
        ({"paragraph": "1", "exact": "herrings kept"}, "do not occur in this paragraph"),
        ({"exact": "public"}, "occur 2 times"),
        ({"start": "5", "end": "4"}, "ends before it begins"),
        ({"start": "5", "end": "99999999"}, "outside the text"),
        ({"start": "-5", "end": "9"}, ""),
        ({"start": "x", "end": "9"}, ""),
    ],
)
def test_moving_nowhere_keeps_the_words(
    at_desk: Client, draft: Edition, fields: dict[str, str], said: str
) -> None:
    response = decide(at_desk, draft, "that went", "move", **fields)
    assert response.status_code == 422
    html = main_of(response)
    assert said in html
    assert fields.get("exact", "") in html
    assert not Anchor.objects.filter(edition=draft).exists()


def test_leaving_and_taking_back(at_desk: Client, worked_on: Edition) -> None:
    decide(at_desk, worked_on, "that changed", "orphan")
    anchor = anchor_of("that changed", worked_on)
    assert (anchor.verdict, anchor.first_block) == ("orphaned", None)
    assert cases_in(look(at_desk, worked_on, show="decided")) == [note("that changed").uid]
    decide(at_desk, worked_on, "that changed", "back")
    html = look(at_desk, worked_on)
    assert cases_in(html) == [note("that changed").uid, note("that went").uid]
    assert re.search(r"<ins[^>]*>.*replies", html)


def test_an_act_that_is_none_is_refused(at_desk: Client, draft: Edition) -> None:
    assert decide(at_desk, draft, "that went", "explode").status_code == 422
    assert decide(at_desk, draft, "that went", "").status_code == 422


def test_htmx_gets_the_case_and_the_counts(at_desk: Client, draft: Edition) -> None:
    url = address("desk_case", draft, note("that changed").uid)
    response = at_desk.post(url, {"act": "confirm"}, headers={"HX-Request": "true"})
    html = response.content.decode()
    assert cases_in(html) == [note("that changed").uid]
    assert "is-decided" in html
    assert tallies(html) == {"open": 1, "fuzzy": 0, "orphaned": 1, "decided": 1, "all": 2}
    assert "placed by an editor" in html
    assert html.count("hx-swap-oob") == 3


# Publishing, and back.


def test_publishing(at_desk: Client, draft: Edition, edited: Document) -> None:
    decide(at_desk, draft, "that went", "move", exact="kept in public")
    response = at_desk.post(address("publish", draft))
    assert response["Location"] == edited.get_absolute_url()
    edited.refresh_from_db()
    assert edited.current_edition == draft
    assert words_of(anchor_of("that went", draft)) == "kept in public"
    html = look(at_desk, Edition.objects.get(pk=draft.pk))
    assert "Undo publication" in html
    assert cases_in(html) == [note("that changed").uid]


def test_undoing_keeps_what_was_decided(
    at_desk: Client, published: Edition, edited: Document
) -> None:
    decide(at_desk, published, "that went", "move", exact="kept in public")
    assert "Edition 1 again" in main_of(at_desk.get(address("undo_publish", published)))
    response = at_desk.post(address("undo_publish", published))
    assert response["Location"] == address("desk", published)
    edited.refresh_from_db()
    assert edited.current_edition is not None
    assert edited.current_edition.number == 1
    html = look(at_desk, Edition.objects.get(pk=published.pk), show="decided")
    assert cases_in(html) == [note("that went").uid]


def test_discarding_asks_first(at_desk: Client, draft: Edition) -> None:
    decide(at_desk, draft, "that went", "orphan")
    page = main_of(at_desk.get(address("discard", draft)))
    assert "1 decision" in page
    assert Edition.objects.filter(pk=draft.pk).exists()
    assert at_desk.post(address("discard", draft)).status_code == 302
    assert not Edition.objects.filter(pk=draft.pk).exists()


# What is no longer so.


def test_a_draft_that_is_gone_is_said_to_be_gone(
    at_desk: Client, draft: Edition, editor: User
) -> None:
    discard_draft(editor=editor, edition=draft)
    for name in ("publish", "discard", "undo_publish"):
        response = at_desk.post(address(name, draft))
        assert response.status_code == 409, name
        assert "was discarded" in main_of(response)
    assert decide(at_desk, draft, "that went", "orphan").status_code == 409
    assert at_desk.get(address("desk", draft)).status_code == 404


def test_what_is_published_is_not_published_again(at_desk: Client, published: Edition) -> None:
    for name in ("publish", "discard"):
        response = at_desk.post(address(name, published))
        assert response.status_code == 409, name
        assert "is published already" in main_of(response)
    at_desk.post(address("undo_publish", published))
    response = at_desk.post(address("undo_publish", published))
    assert response.status_code == 409
    assert "is a draft" in main_of(response)


def test_a_past_edition_is_not_worked_on(
    at_desk: Client, published: Edition, edited: Document
) -> None:
    third = make_edition(edited, *NEW, "And one more.")
    for response in (
        at_desk.get(address("desk", published)),
        decide(at_desk, published, "that went", "orphan"),
        at_desk.post(address("undo_publish", published)),
    ):
        assert response.status_code == 409
        html = main_of(response)
        assert "is past" in html
        assert address("desk", third) in html


def test_a_form_made_for_a_draft_that_was_replaced_changes_nothing(
    at_desk: Client, draft: Edition, edited: Document
) -> None:
    seen = re.findall(r'name="seen" value="([^"]+)"', look(at_desk, draft))[0]
    other = make_draft(edited, *NEW, "And one more.")
    assert other.number == draft.number
    for name in ("publish", "discard"):
        response = at_desk.post(address(name, draft), {"seen": seen})
        assert response.status_code == 409, name
        assert "was replaced" in main_of(response)
    assert decide(at_desk, draft, "that went", "orphan", seen=seen).status_code == 409
    other.refresh_from_db()
    assert other.is_draft
    assert not Anchor.objects.filter(edition=other).exists()


def test_undoing_with_a_draft_in_the_way(
    at_desk: Client, published: Edition, edited: Document
) -> None:
    make_draft(edited, *NEW, "And one more.")
    response = at_desk.post(address("undo_publish", published))
    assert response.status_code == 409
    assert "There is a draft of the next edition." in main_of(response)


def test_what_is_written_meanwhile_is_on_the_desk_at_once(
    at_desk: Client, draft: Edition, edited: Document, author: User
) -> None:
    assert len(cases_in(look(at_desk, draft))) == 2
    late = make_annotation(author, edited, "about herrings", body="Late.")
    assert late.uid in cases_in(look(at_desk, draft))


# Many.


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
