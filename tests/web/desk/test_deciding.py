"""What each decision at the desk does, and what it is about."""

import re

import pytest
from django.test import Client

from reader.actions.changes import adjust_passage
from reader.models import Anchor, Edition, User
from tests.editions import misses_under_lock
from tests.factories import (
    make_user,
    passage_of,
    promote,
)
from tests.web.browsers import signed_in
from tests.web.desk.working import (
    address,
    anchor_of,
    cases_in,
    decide,
    look,
    main_of,
    note,
    seen_case,
    tallies,
    words_of,
)


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


def test_texts_are_compared_before_others_have_to_wait(
    at_desk: Client, worked_on: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    for act in ("confirm", "back"):
        case = seen_case(at_desk, worked_on, "that changed")

        def send(act: str = act, case: str = case) -> None:
            assert decide(at_desk, worked_on, "that changed", act, case=case).status_code == 302

        assert not misses_under_lock(monkeypatch, send), act


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
