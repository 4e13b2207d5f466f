"""The public record: what it tells, what it never tells, and that it can be taken away."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader import policy
from reader.actions import appeals, groups, moderation, sanctions
from reader.actions.annotations import create_annotation
from reader.actions.changes import delete_annotation, edit_annotation
from reader.actions.people import erase_account
from reader.actions.wording import Wording
from reader.models import Annotation, Decision, Document, Group, Rule, User
from reader.queries import decision_log, public_record
from reader.sealing import seal_shown
from tests.factories import (
    make_annotation,
    make_document,
    make_reply,
    make_user,
    passage_of,
    promote,
)
from tests.web.browsers import signed_in
from tests.web.pages import Page

CANARY = "zqcanary"
MOST_QUERIES = 14
DOORS = ("decisions", "decisions_csv", "decisions_json")


def text_of(client: Client, name: str, slug: str = "", **query: Any) -> str:
    """Return what one of the record's addresses answers; without a slug, the site's."""
    address = reverse(name, args=[slug]) if slug else reverse(f"site_{name}")
    response: Any = client.get(address, query)
    assert response.status_code == 200
    content = b"".join(response) if response.streaming else response.content
    return str(content.decode())


def numbers(client: Client, slug: str = "") -> list[int]:
    return [
        row["number"] for row in json.loads(text_of(client, "decisions_json", slug))["decisions"]
    ]


@pytest.fixture
def telling(document: Document, moderator: User) -> Document:
    """A document with a decision of each kind, by people and in words that nobody may read."""
    writer = make_user(f"{CANARY}author", name=f"{CANARY} Writer")
    User.objects.filter(pk=moderator.pk).update(name=f"{CANARY} Decider")
    moderator.refresh_from_db()
    judge = promote(make_user(name=f"{CANARY} Judge"), "moderator")
    rule = Rule.objects.create(document=document, title="Speak to the argument")
    for act in ("approve", "deny", "spam"):
        note = make_annotation(
            writer, document, body=f"{CANARY} {act}", tags=(f"{CANARY}tag",), status="pending"
        )
        Annotation.objects.filter(pk=note.pk).update(
            attention_since=timezone.now() - timedelta(hours=3)
        )
        decision = moderation.decide(
            moderator=moderator,
            annotation=note,
            act=act,
            reason="" if act == "approve" else "abuse",
            note=f"{CANARY} said to the author",
            rule=None if act == "approve" else rule,
        )
        if act == "deny":
            asked = appeals.appeal(appellant=writer, decision=decision, words=f"{CANARY} says why")
            appeals.judge(moderator=judge, appeal=asked, act="change", note=f"{CANARY} judged")
    until = timezone.now() + timedelta(days=3)
    sanctions.sanction(
        moderator=moderator, person=writer, act="suspend", reason="spam", until=until,
        note=f"{CANARY} to the person",
    )  # fmt: skip
    return document


@pytest.fixture
def people(author: User, moderator: User, document: Document) -> list[Client]:
    """Browsers of everybody there is, the curious first."""
    reviewer = promote(make_user(), "document:reviewer", document)
    admin = promote(make_user(), "admin")
    return [Client(), *map(signed_in, (author, reviewer, moderator, admin))]


def test_it_says_what_was_done_and_why(client: Client, telling: Document) -> None:
    html = text_of(client, "decisions", telling.slug)
    for words in (
        "Approved",
        "Denied",
        "Marked as spam",
        "Changed on appeal",
        "Insult or harassment",
        "Rule: Speak to the argument",
        "A moderator",
        "Another moderator, on appeal",
        "3\xa0hours",
    ):
        assert words in html
    assert Page(html).problems() == []
    rows = json.loads(text_of(client, "decisions_json", telling.slug))["decisions"]
    assert [row["act"] for row in rows] == ["spam", "change", "deny", "approve"]
    assert [row["by"] for row in rows] == ["moderator", "judge", "moderator", "moderator"]
    assert rows[1]["judges"] == rows[2]["number"]
    assert rows[1]["item"] == rows[2]["item"] != rows[0]["item"]
    summary = public_record.summary(telling)
    assert (summary.total, summary.waited) == (4, 3)
    assert 10_800 <= (summary.median or 0) < 10_860
    assert summary.reasons == (("abuse", 2),), "an appeal's judgement is not another reason"


def test_nobody_is_named_and_nothing_quoted(people: list[Client], telling: Document) -> None:
    secrets = {CANARY, decision_log.head().hash}
    secrets |= set(Annotation.objects.values_list("uid", flat=True))
    for name in DOORS:
        for slug in (telling.slug, ""):
            answers = {text_of(one, name, slug) for one in people}
            for told in answers:
                assert not [one for one in secrets if one in told.partition("</header>")[2] or (
                    name != "decisions" and one in told
                )]  # fmt: skip
    listed = {tuple(numbers(one, telling.slug)) for one in people}
    assert len(listed) == 1


def test_the_site_tells_of_restrictions_too(client: Client, telling: Document) -> None:
    html = text_of(client, "decisions")
    assert "Suspended" in html
    assert "An account" in html
    assert telling.title in html
    assert len(numbers(client)) == len(numbers(client, telling.slug)) + 1
    assert Page(html).problems() == []


def test_what_is_not_public_is_not_there(
    client: Client, author: User, moderator: User, document: Document
) -> None:
    shown = make_annotation(author, document)
    moderation.decide(moderator=moderator, annotation=shown, act="approve")
    before = (numbers(client), numbers(client, document.slug))
    total = public_record.summary(None).total

    hidden = make_annotation(author, document, "A promise")
    moderation.decide(moderator=moderator, annotation=hidden, act="approve")
    group = groups.make_group(maker=author, name="Circle", kind="private")
    in_group = _in(group, author, document)
    moderation.decide(moderator=author, annotation=in_group, act="spam")
    draft = make_document(slug="draft")
    in_draft = make_annotation(author, draft)
    moderation.decide(moderator=moderator, annotation=in_draft, act="approve")
    Document.objects.filter(pk=draft.pk).update(is_published=False)
    assert len(numbers(client)) == len(before[0]) + 1, "what is still public is there"

    for visibility in ("private", "group"):
        Annotation.objects.filter(pk=hidden.pk).update(
            visibility=visibility, group=group if visibility == "group" else None
        )
        Document.objects.filter(pk=document.pk).update(last_event=document.last_event + 50)
        document.refresh_from_db()
        assert (numbers(client), numbers(client, document.slug)) == before
        assert public_record.summary(None).total == total
        assert public_record.summary(document).total == total
    assert numbers(signed_in(promote(make_user(), "admin"))) == before[0]


def _in(group: Group, author: User, document: Document) -> Annotation:
    return create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=passage_of(document, "The margin"),
        wording=Wording("For us.", None, []),
        visibility="group",
        group=group,
    )


def test_a_document_that_nobody_reads_has_no_record(client: Client, author: User) -> None:
    hidden = make_document(slug="hidden", is_published=False)
    for name in DOORS:
        for slug in ("hidden", "unknown"):
            assert client.get(reverse(name, args=[slug])).status_code == 404
    editor = signed_in(promote(author, "document:editor", hidden))
    assert editor.get(reverse("decisions", args=["hidden"])).status_code == 200


def test_deciding_and_undoing_show_at_once(
    client: Client, author: User, moderator: User, document: Document
) -> None:
    assert "Nothing has been decided yet" in text_of(client, "decisions", document.slug)
    note = make_annotation(author, document)
    decision = moderation.decide(moderator=moderator, annotation=note, act="deny", reason="rules")
    assert "undone since" not in text_of(client, "decisions", document.slug)
    moderation.undo(moderator=moderator, decision=decision)
    html = text_of(client, "decisions", document.slug)
    assert "undone since" in html
    delete_annotation(editor=author, annotation=Annotation.objects.get(pk=note.pk))
    assert len(numbers(client, document.slug)) == 2, "what was decided stays on the record"


@pytest.mark.parametrize("leaves", [False, True])
def test_what_became_private_stays_off_the_record_when_it_is_deleted(
    client: Client, author: User, moderator: User, document: Document, leaves: bool
) -> None:
    note = make_annotation(author, document)
    moderation.decide(moderator=moderator, annotation=note, act="deny", reason="rules")
    assert len(numbers(client, document.slug)) == 1
    note.refresh_from_db()
    edit_annotation(
        editor=author,
        annotation=note,
        wording=Wording("Mine."),
        visibility="private",
        version=note.version,
    )
    assert numbers(client, document.slug) == []
    if leaves:
        erase_account(person=author)
    else:
        delete_annotation(editor=author, annotation=Annotation.objects.get(pk=note.pk))
    for slug in (document.slug, ""):
        assert numbers(client, slug) == []
    assert public_record.summary(document).total == 0
    assert public_record.summary(None).total == 0


def test_the_seal_changes_with_every_decision_and_is_known_again(
    client: Client, author: User, moderator: User, document: Document, settings: Any
) -> None:
    note = make_annotation(author, document)
    moderation.decide(moderator=moderator, annotation=note, act="approve")
    noted = seal_shown(decision_log.head().hash)
    assert noted in text_of(client, "decisions", document.slug)
    assert json.loads(text_of(client, "decisions_json"))["seal"] == noted
    moderation.decide(moderator=moderator, annotation=note, act="spam")
    assert noted not in text_of(client, "decisions", document.slug)
    assert list(decision_log.faults(noted)) == []
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert list(decision_log.faults(noted)) == []
    assert list(decision_log.faults("f" * 64)) != []


def test_pages_go_on_to_the_end(
    client: Client, author: User, moderator: User, document: Document,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(public_record, "ROWS_A_PAGE", 2)
    monkeypatch.setattr(public_record, "AT_ONCE", 2)
    note = make_annotation(author, document)
    for act in ("approve", "spam", "approve", "spam", "approve"):
        moderation.decide(moderator=moderator, annotation=note, act=act)
    seen: list[int] = []
    window = public_record.entries(document)
    while window.older:
        seen += [entry.number for entry in window.entries]
        window = public_record.entries(document, window.older)
    seen += [entry.number for entry in window.entries]
    assert seen == numbers(client, document.slug) == sorted(seen, reverse=True)
    assert len(seen) == 5
    assert f"?before={seen[1]}" in text_of(client, "decisions", document.slug)


@pytest.mark.parametrize("before", ["x", "-1", "0", "1e3", "9" * 40, "١", ""])
def test_any_page_is_answered(client: Client, document: Document, before: str) -> None:
    text_of(client, "decisions", document.slug, before=before)
    text_of(client, "decisions", before=before)


def test_a_rule_runs_in_no_spreadsheet(
    client: Client, author: User, moderator: User, document: Document
) -> None:
    rule = Rule.objects.create(document=document, title='=HYPERLINK("https://evil.example")')
    note = make_annotation(author, document)
    moderation.decide(moderator=moderator, annotation=note, act="deny", reason="rules", rule=rule)
    plain = list(csv.DictReader(io.StringIO(text_of(client, "decisions_csv", document.slug))))
    assert plain[0]["rule"] == rule.title
    table = text_of(client, "decisions_csv", document.slug, **{"for": "spreadsheets"})
    safe = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert safe[0]["rule"] == f"'{rule.title}"


def test_exports_are_attachments_and_take_no_body_for_head(
    client: Client, telling: Document
) -> None:
    for name in DOORS[1:]:
        for address in (reverse(name, args=[telling.slug]), reverse(f"site_{name}")):
            response: Any = client.head(address)
            assert response["Content-Disposition"].startswith("attachment;")
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response.content == b""
            assert client.post(address).status_code == 405


def test_the_number_of_queries_does_not_grow(
    client: Client, author: User, moderator: User, document: Document
) -> None:
    def asked() -> list[int]:
        counts = []
        for name in DOORS:
            for slug in (document.slug, ""):
                with CaptureQueriesContext(
                    connection,
                ) as caught:
                    text_of(client, name, slug)
                counts.append(len(caught))
        return counts

    note = make_annotation(author, document)
    moderation.decide(moderator=moderator, annotation=note, act="approve")
    few = asked()
    for _time in range(6):
        answer = make_reply(author, note)
        moderation.decide(moderator=moderator, annotation=answer, act="spam")
    assert asked() == few
    assert max(few) <= MOST_QUERIES


def test_the_reader_page_leads_there(client: Client, document: Document) -> None:
    html = client.get(document.get_absolute_url()).text
    assert f'href="{reverse("decisions", args=[document.slug])}"' in html
    assert f'href="{reverse("site_decisions")}"' in html


def test_moderators_read_more_in_the_admin_than_the_record_has(
    moderator: User, telling: Document
) -> None:
    listed = Decision.objects.filter(policy.decisions_in_public_record())
    read = Decision.objects.filter(policy.decisions_visible_to(moderator))
    assert set(listed) <= set(read)
    assert not AnonymousUser().is_authenticated
