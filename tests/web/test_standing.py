"""What moderators said to somebody, on a page of their own, and appealing against it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.actions import appeals, changes, moderation, sanctions
from reader.actions.wording import Wording
from reader.models import Appeal, Decision, Document, Rule, User
from tests.factories import make_annotation, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db
PAGE = "/accounts/standing/"


def denied(author: User, moderator: User, document: Document, **more: str) -> Decision:
    """Return the decision that took down a new comment."""
    annotation = make_annotation(author, document, body=more.pop("body", "Hardly civil."))
    values = {"act": "deny", "reason": "abuse", "note": "Say it kindly.", **more}
    return moderation.decide(moderator=moderator, annotation=annotation, **values)  # type: ignore[arg-type]  # strings alone


def text_of(browser: Client, address: str = PAGE) -> str:
    """Return a page, built as it should be."""
    answer = browser.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert not Page(text).problems()
    return text


def test_one_reads_what_was_said_to_one(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    rule = Rule.objects.create(title="Argue with words, not with people")
    until = timezone.now() + timedelta(days=3)
    sanctions.sanction(
        moderator=moderator,
        person=author,
        act="suspend",
        reason="abuse",
        note="Three times now.",
        rule=rule,
        until=until,
    )
    text = text_of(signed_in(author))
    for words in ("Suspended", "Insult or harassment", "Three times now.", rule.title, "You may"):
        assert words in text
    assert f'datetime="{until.isoformat()[:16]}' in text
    assert moderator.name not in text
    assert "Three times now." not in text_of(signed_in(stranger))
    assert Client().get(PAGE).status_code == 302


def test_what_was_taken_down_stands_there_as_it_was(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    decision = denied(author, moderator, document)
    assert decision.annotation is not None
    annotation = decision.annotation
    annotation.refresh_from_db()
    changes.edit_annotation(
        editor=author, annotation=annotation, wording=Wording("Civil."), version=annotation.version
    )
    text = text_of(signed_in(author))
    assert "Hardly civil." in text
    assert "Say it kindly." in text
    assert reverse("appeal", args=[decision.pk]) not in text  # it waits anew, in other words
    assert "Hardly civil." not in text_of(signed_in(stranger))


def test_the_number_of_queries_is_constant(
    author: User, moderator: User, document: Document
) -> None:
    browser = signed_in(author)
    counts = []
    for turn in range(2):
        for number in range(4):
            denied(author, moderator, document, body=f"Number {number} of {turn}")
            sanctions.sanction(moderator=moderator, person=author, act="warn", reason="abuse")
        with CaptureQueriesContext(connection) as queries:
            text_of(browser)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_appeal_is_made_once_and_its_state_is_shown(
    author: User, moderator: User, document: Document
) -> None:
    decision = denied(author, moderator, document)
    browser, address = signed_in(author), reverse("appeal", args=[decision.pk])
    assert address in text_of(browser)
    text_of(browser, address)
    answer = browser.post(address, {"words": "It was\nirony."})
    assert answer.status_code == 302
    assert Appeal.objects.get().words == "It was\nirony."
    assert "waits for another moderator" in text_of(browser)
    again = browser.post(address, {"words": "Once more, then."})
    assert again.status_code == 403
    assert "Once more, then." in again.content.decode()
    other = promote(make_user(), "moderator")
    appeals.judge(moderator=other, appeal=Appeal.objects.get(), act="uphold", note="No irony.")
    text = text_of(browser)
    assert "the decision stays" in text
    assert "No irony." in text


@pytest.mark.parametrize("words", ["", "   ", "x" * 2_001, "zero\0byte"])
def test_words_that_will_not_do_come_back(
    author: User, moderator: User, document: Document, words: str
) -> None:
    decision = denied(author, moderator, document)
    address = reverse("appeal", args=[decision.pk])
    answer = signed_in(author).post(address, {"words": words})
    assert answer.status_code == 422
    assert not Appeal.objects.exists()
    assert words.strip("\0 ")[:4] in answer.content.decode()


def test_words_are_kept_while_somebody_signs_in_again(
    client: Client, author: User, moderator: User, document: Document
) -> None:
    decision = denied(author, moderator, document)
    address = reverse("appeal", args=[decision.pk])
    answer = client.post(address, {"words": "Typed for an hour.", "writer": author.username})
    assert answer.status_code == 302
    client.force_login(author, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert "Typed for an hour." in text_of(client, address)


def test_nobody_appeals_for_another(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    decision = denied(author, moderator, document)
    for number in (decision.pk, decision.pk + 100, 999_999_999):
        address = reverse("appeal", args=[number])
        assert signed_in(stranger).get(address).status_code == 404
        assert signed_in(moderator).post(address, {"words": "Mine!"}).status_code == 404
    assert Client().get(reverse("appeal", args=[decision.pk])).status_code == 302
    assert not Appeal.objects.exists()


def test_whoever_is_suspended_can_appeal(author: User, moderator: User) -> None:
    until = timezone.now() + timedelta(days=3)
    made = sanctions.sanction(
        moderator=moderator, person=author, act="suspend", reason="abuse", until=until
    )
    address = reverse("appeal", args=[made.decision_id])
    assert signed_in(author).post(address, {"words": "Why me?"}).status_code == 302
    assert Appeal.objects.get().appellant == author


HELD = "A moderator looks at what you write for everybody"


def test_where_one_writes_one_is_told_that_it_waits(
    author: User, moderator: User, stranger: User, document: Document
) -> None:
    root = make_annotation(stranger, document)
    forms = (document.get_absolute_url(), reverse("reply", args=[root.uid]))
    assert all(HELD not in text_of(signed_in(author), page) for page in forms)
    sanctions.sanction(moderator=moderator, person=author, act="limit", reason="spam")
    assert all(HELD in text_of(signed_in(author), page) for page in forms)
    assert all(HELD not in text_of(signed_in(stranger), page) for page in forms)
    Document.objects.filter(pk=document.pk).update(annotating="reviewed")
    assert HELD in text_of(signed_in(stranger), forms[1])
    assert HELD not in text_of(signed_in(moderator), forms[1]), "theirs waits for nobody"


def test_what_was_kept_can_be_appealed_by_who_reported_it(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    annotation = make_annotation(author, document)
    moderation.flag(reporter=stranger, annotation=annotation, reason="abuse")
    decision = moderation.decide(moderator=moderator, annotation=annotation, act="approve")
    address = reverse("appeal", args=[decision.pk])
    assert address in text_of(signed_in(stranger))
    assert address not in text_of(signed_in(author))
    assert signed_in(stranger).post(address, {"words": "Look again."}).status_code == 302


def test_what_is_new_is_counted_until_it_is_read(author: User, moderator: User) -> None:
    browser = signed_in(author)
    assert "has said something about your account" not in text_of(browser, "/notifications/")
    sanctions.sanction(moderator=moderator, person=author, act="warn", reason="abuse")
    text = text_of(browser, "/notifications/")
    assert "has said something about your account" in text
    assert "Notices: 1 unread" in text
    before = timezone.now() - timedelta(hours=1)
    out_of_time = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00Z"]
    for until in out_of_time:
        assert browser.post("/notifications/read/", {"until": until}).status_code == 302
    for until, said in ((before.isoformat(), True), (out_of_time[0], False)):
        assert browser.post(f"{PAGE}seen/", {"until": until}).status_code == 302
        assert ("Notices: 1 unread" in text_of(browser, "/notifications/")) == said
    assert Client().post(f"{PAGE}seen/").status_code == 302
    assert browser.get(f"{PAGE}seen/").status_code == 405


def test_the_ways_to_it(author: User, moderator: User, document: Document) -> None:
    decision = denied(author, moderator, document)
    browser = signed_in(author)
    assert PAGE in text_of(browser, reverse("settings"))
    assert f"{PAGE}#decision-{decision.pk}" in text_of(browser, document.get_absolute_url())


def test_lifting_is_told_as_what_it_lifts(author: User, moderator: User, stranger: User) -> None:
    browser = signed_in(author)
    sanctions.sanction(moderator=moderator, person=author, act="limit", reason="abuse")
    browser.post(f"{PAGE}seen/")
    assert "Notices: 1 unread" not in text_of(browser, "/notifications/")
    rule = Rule.objects.create(title="Nobody is restricted for ever")
    lifted = sanctions.lift(
        moderator=moderator, person=author, reason="served", note="Welcome back.", rule=rule
    )
    text = text_of(browser)
    for words in ("Restriction lifted", "It has served its purpose", "Welcome back.", rule.title):
        assert words in text
    assert reverse("appeal", args=[lifted.decision_id]) not in text
    assert "Welcome back." not in text_of(signed_in(stranger))
    told = text_of(browser, "/notifications/")
    assert "Notices: 1 unread" in told
    assert f"{PAGE}#decision-{lifted.decision_id}" in told
    assert "Welcome back." not in told
    again = sanctions.sanction(moderator=moderator, person=author, act="limit", reason="abuse")
    sanctions.lift(moderator=moderator, person=author, reason="mistake")
    again.refresh_from_db()
    lifted.refresh_from_db()
    assert again.lifted_at is not None
    assert lifted.lifted_at is None


def test_how_an_appeal_about_oneself_was_judged_is_a_notice(
    author: User, moderator: User, stranger: User
) -> None:
    made = sanctions.sanction(moderator=moderator, person=author, act="limit", reason="abuse")
    browser = signed_in(author)
    browser.post(f"{PAGE}seen/")
    asked = appeals.appeal(appellant=author, decision=made.decision, words="It was irony.")
    assert "Your appeal was judged" not in text_of(browser, "/notifications/")
    other = promote(make_user(), "moderator")
    appeals.judge(moderator=other, appeal=asked, act="change", note="You are right.")
    told = text_of(browser, "/notifications/")
    assert "Your appeal was judged: Limited to reviewed posting" in told
    assert f"{PAGE}#decision-{made.decision_id}" in told
    assert "Notices: 1 unread" in told
    assert "You are right." not in told
    assert "Your appeal was judged" not in text_of(signed_in(stranger), "/notifications/")
    before = (timezone.now() - timedelta(hours=1)).isoformat()
    browser.post(f"{PAGE}seen/", {"until": before})
    assert "Notices: 1 unread" in text_of(browser, "/notifications/")
    assert ">new<" in text_of(browser)
    browser.post(f"{PAGE}seen/")
    told = text_of(browser, "/notifications/")
    assert "Notices: 1 unread" not in told
    assert "Your appeal was judged: Limited" in told, "it stays, read"
    assert ">new<" not in text_of(browser)
