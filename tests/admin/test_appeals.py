"""Judging appeals, and warning and restricting people, in the admin."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from reader.actions import appeals, changes, moderation, sanctions
from reader.actions.wording import Wording
from reader.models import Appeal, Decision, Document, Rule, Sanction, User
from tests.factories import make_annotation, make_document, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db
LIST = "/admin/reader/appeal/"


@pytest.fixture
def appeal(author: User, moderator: User, document: Document) -> Appeal:
    """An appeal against the site moderator's denial."""
    annotation = make_annotation(author, document, body="Hardly civil words.")
    decision = moderation.decide(
        moderator=moderator, annotation=annotation, act="deny", reason="abuse", note="Kindly."
    )
    return appeals.appeal(appellant=author, decision=decision, words="It was <b>irony</b>.")


def judge_url(appeal: Appeal) -> str:
    return reverse("admin:reader_appeal_judge", args=[appeal.pk])


def page_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert not [one for one in Page(text).problems() if "label" not in one]
    return text


def test_another_moderator_reads_all_it_takes(
    appeal: Appeal, author: User, browser: Callable[[str], Client]
) -> None:
    annotation = appeal.decision.annotation
    assert annotation is not None
    annotation.refresh_from_db()
    changes.edit_annotation(
        editor=author,
        annotation=annotation,
        wording=Wording("Much kinder."),
        version=annotation.version,
    )
    text = page_of(browser("document moderator"), f"{LIST}{appeal.pk}/change/")
    for words in (
        "Hardly civil words.",
        "It was &lt;b&gt;irony",
        "Kindly.",
        "The margin",
        "Mo Mod",
    ):
        assert words in text
    assert "Much kinder." not in text
    assert judge_url(appeal) in text


def test_what_became_private_is_not_shown(
    appeal: Appeal, author: User, browser: Callable[[str], Client]
) -> None:
    annotation = appeal.decision.annotation
    assert annotation is not None
    annotation.refresh_from_db()
    changes.edit_annotation(
        editor=author,
        annotation=annotation,
        wording=Wording("A secret."),
        visibility="private",
        version=annotation.version,
    )
    text = page_of(browser("moderator"), f"{LIST}{appeal.pk}/change/")
    assert "A secret." not in text
    assert "Hardly civil words." not in text


def test_whoever_decided_is_told_why_they_cannot_judge(appeal: Appeal, moderator: User) -> None:
    browser = signed_in(moderator)
    text = page_of(browser, f"{LIST}{appeal.pk}/change/")
    assert "another moderator must judge" in text
    assert judge_url(appeal) not in text
    answer = browser.post(judge_url(appeal), {"act": "change", "note": "Mine."})
    assert answer.status_code == 403
    assert Appeal.objects.get().state == "open"


@pytest.mark.parametrize(
    ("act", "state", "status"),
    [("uphold", "upheld", "denied"), ("change", "changed", "approved"),
     ("send_back", "sent_back", "denied")],
)  # fmt: skip
def test_it_is_judged_once_and_the_appellant_told(
    appeal: Appeal,
    author: User,
    browser: Callable[[str], Client],
    act: str,
    state: str,
    status: str,
) -> None:
    judging = browser("moderator")
    assert f"{appeal.pk}/change" in page_of(judging, f"{LIST}?state__exact=open")
    answer = judging.post(judge_url(appeal), {"act": act, "note": "Heard."})
    assert answer.status_code == 302
    appeal.refresh_from_db()
    assert appeal.state == state
    assert appeal.decision.annotation is not None
    assert appeal.decision.annotation.status == status
    row = Decision.objects.order_by("-pk")[0]
    assert (row.act, row.judges, row.note) == (act, appeal.decision, "Heard.")
    assert "Your appeal was judged" in page_of(signed_in(author), "/notifications/")
    assert "Heard." in page_of(signed_in(author), "/accounts/standing/")
    again = judging.post(judge_url(appeal), {"act": act, "note": "Once more"})
    assert again.status_code == 403
    assert f"{appeal.pk}/change" not in page_of(judging, f"{LIST}?state__exact=open")


@pytest.mark.parametrize(
    "sent",
    [{}, {"act": "approve"}, {"act": "send_back", "note": ""}, {"act": "send_back", "note": " "},
     {"act": "uphold", "note": "long " * 101}, {"act": "uphold", "note": "a\0b"}],
)  # fmt: skip
def test_what_will_not_do_comes_back(
    appeal: Appeal, browser: Callable[[str], Client], sent: dict[str, str]
) -> None:
    answer = browser("moderator").post(judge_url(appeal), sent)
    assert answer.status_code == 422
    assert sent.get("note", "").split("\0")[0] in answer.content.decode()
    assert Appeal.objects.get().state == "open"


@pytest.mark.parametrize("role", ["anonymous", "reader", "editor", "document editor"])
def test_nobody_else_judges(appeal: Appeal, browser: Callable[[str], Client], role: str) -> None:
    answer = browser(role).post(judge_url(appeal), {"act": "change"})
    assert answer.status_code in {302, 403}
    assert Appeal.objects.get().state == "open"


def test_a_moderator_elsewhere_finds_none(appeal: Appeal) -> None:
    elsewhere = promote(make_user(is_staff=True), "document:moderator", make_document())
    browser = signed_in(elsewhere)
    assert browser.get(f"{LIST}{appeal.pk}/change/").status_code in {302, 404}
    assert browser.post(judge_url(appeal), {"act": "change"}).status_code == 404
    assert "irony" not in page_of(browser, LIST)
    assert signed_in(elsewhere).get(f"{LIST}999999999999999999999/change/").status_code != 500


def test_the_next_that_waits_follows_and_each_leads_to_its_neighbours(
    appeal: Appeal, author: User, moderator: User
) -> None:
    judge = promote(make_user(is_staff=True), "moderator")
    made = [
        sanctions.sanction(moderator=who, person=author, act="warn", reason="abuse").decision
        for who in (moderator, judge, moderator)
    ]
    others = [appeals.appeal(appellant=author, decision=one, words="Why?") for one in made]
    judging = signed_in(judge)

    def page(one: Appeal) -> str:
        return reverse("admin:reader_appeal_change", args=[one.pk])

    middle = page_of(judging, page(others[0]))
    assert f'href="{page(appeal)}" data-key="k"' in middle
    assert f'href="{page(others[2])}" data-key="j"' in middle, "not the one they decided on"
    answer = judging.post(judge_url(others[0]), {"act": "uphold"})
    assert answer["Location"] == page(others[2])
    answer = judging.post(judge_url(others[2]), {"act": "uphold"})
    assert answer["Location"] == LIST
    assert 'data-key="j"' not in page_of(judging, page(appeal))


def person_url(person: User) -> str:
    return reverse("admin:reader_sanction_person", args=[person.pk])


def day(after: int) -> str:
    return (timezone.localdate() + timedelta(days=after)).isoformat()


@pytest.mark.parametrize("act", ["warn", "limit", "suspend", "close"])
def test_a_moderator_says_it_and_the_person_reads_it(
    author: User,
    browser: Callable[[str], Client],
    act: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    EmailAddress.objects.create(user=author, email=author.email, verified=True, primary=True)
    rule = Rule.objects.create(title="Be kind")
    moderating = browser("moderator")
    data = {"act": act, "reason": "abuse", "note": "Enough.", "rule": rule.pk}
    if act == "suspend":
        data["until"] = day(3)
    with django_capture_on_commit_callbacks(execute=True):
        assert moderating.post(person_url(author), data).status_code == 302
    author.refresh_from_db()
    wanted = {"warn": "good", "limit": "limited", "suspend": "suspended", "close": "closed"}
    assert author.standing == wanted[act]
    assert Sanction.objects.get().decision.rule == "Be kind"
    text = page_of(moderating, person_url(author))
    assert "Enough." in text
    assert "Enough." in page_of(signed_in(author), "/accounts/standing/")
    (letter,) = mail.outbox
    assert "/accounts/standing/" in letter.body
    assert "Enough." not in letter.body
    if act != "warn":
        lifting = {"act": "lift", "reason": "amends", "note": "All is well.", "rule": rule.pk}
        with django_capture_on_commit_callbacks(execute=True):
            assert moderating.post(person_url(author), lifting).status_code == 302
        author.refresh_from_db()
        assert author.standing == "good"
        row = Decision.objects.order_by("-pk")[0]
        said = (row.act, row.reason, row.note, row.rule)
        assert said == ("lift", "amends", "All is well.", "Be kind")
        text = page_of(signed_in(author), "/accounts/standing/")
        for words in ("Restriction lifted", "The person has made amends", "All is well."):
            assert words in text
        assert "/accounts/standing/" in mail.outbox[1].body
        assert "All is well." not in mail.outbox[1].body


@pytest.mark.parametrize("reason", ["", "abuse", "spam", "nonsense"])
def test_lifting_needs_a_reason_of_its_own(
    author: User, moderator: User, browser: Callable[[str], Client], reason: str
) -> None:
    sanctions.sanction(moderator=moderator, person=author, act="limit", reason="abuse")
    sent = {"act": "lift", "reason": reason, "note": "Typed words"}
    answer = browser("moderator").post(person_url(author), sent)
    assert answer.status_code == 422
    assert "Typed words" in answer.content.decode()
    author.refresh_from_db()
    assert author.standing == "limited"
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [{}, {"act": "approve", "reason": "abuse"}, {"act": "warn"}, {"act": "suspend"},
     {"act": "suspend", "reason": "abuse"}, {"act": "suspend", "reason": "abuse", "until": day(-2)},
     {"act": "warn", "reason": "abuse", "until": day(2)}, {"act": "warn", "reason": "x"},
     {"act": "warn", "reason": "amends"},
     {"act": "warn", "reason": "abuse", "rule": "77"},
     {"act": "suspend", "reason": "abuse", "until": "9999-12-31"},
     {"act": "warn", "reason": "abuse", "until": "soon"}],
)  # fmt: skip
def test_what_cannot_be_done_comes_back_with_its_words(
    author: User, browser: Callable[[str], Client], sent: dict[str, str]
) -> None:
    answer = browser("moderator").post(person_url(author), {"note": "Typed words", **sent})
    assert answer.status_code == 422
    assert "Typed words" in answer.content.decode()
    assert not Decision.objects.exists()


def test_only_moderators_of_the_site_and_not_about_themselves(
    author: User, document: Document, moderator: User, browser: Callable[[str], Client]
) -> None:
    data = {"act": "warn", "reason": "abuse"}
    for role in ("anonymous", "reader", "editor", "document editor", "document moderator"):
        assert browser(role).post(person_url(author), data).status_code in {302, 403}
        assert browser(role).get(person_url(author)).status_code in {302, 403}
    own = signed_in(moderator)
    assert "Nobody decides on themselves." in page_of(own, person_url(moderator))
    assert own.post(person_url(moderator), data).status_code == 403
    assert own.get(person_url(User(pk=999_999))).status_code == 404
    assert not Decision.objects.exists()
    assert own.post(person_url(author), {"act": "lift"}).status_code == 403


def test_the_way_there_stands_at_the_authors_record(
    author: User, document: Document, browser: Callable[[str], Client]
) -> None:
    item = make_annotation(author, document)
    page = reverse("admin:reader_queueitem_change", args=[item.pk])
    assert person_url(author) in page_of(browser("moderator"), page)
    assert person_url(author) not in page_of(browser("document moderator"), page)
    account = reverse("admin:reader_user_change", args=[author.pk])
    assert person_url(author) in browser("superuser").get(account).content.decode()


def test_the_list_of_appeals_costs_the_same_however_long(
    author: User, moderator: User, document: Document, browser: Callable[[str], Client]
) -> None:
    judging, counts = browser("moderator"), []
    for _turn in range(2):
        for _number in range(3):
            made = sanctions.sanction(
                moderator=moderator, person=author, act="warn", reason="abuse"
            )
            appeals.appeal(appellant=author, decision=made.decision, words="Why?")
        with CaptureQueriesContext(connection) as queries:
            page_of(judging, LIST)
            page_of(judging, "/admin/reader/sanction/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
