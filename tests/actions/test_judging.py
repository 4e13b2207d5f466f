"""The outside judge: what it is asked, what its answers do, and what its silence leaves."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reader.actions import changes, judging, moderation, posting, webhooks
from reader.actions.errors import Conflict, Invalid
from reader.actions.wording import Wording
from reader.management.webhook_worker import JUDGE, Courier, work_due
from reader.models import Annotation, Decision, Document, Hold, Notification, Question, User
from reader.policy.transitions import TABLE, Who
from reader.sealing import chained_hash
from tests.factories import make_annotation, make_reply
from tests.holding import held_by, turn_on
from tests.receiving import Receiver, receiving

CANARY = "canary-held-word"


@pytest.fixture
def judge(settings: Any, document: Document) -> Iterator[Receiver]:
    """A judge on this machine, whom the document's first posts check asks."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with receiving() as running:
        running.answers = [200]
        turn_on(document, "first")
        judging.set_judge(document=document, url=running.url)
        yield running


def say(judge: Receiver, verdict: object, **more: object) -> None:
    judge.says = json.dumps({"verdict": verdict, **more}).encode()


def let_time_pass() -> None:
    ago = timezone.now() - timedelta(seconds=1)
    Question.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=ago)


def test_writing_asks_nobody_and_the_courier_asks_signed(
    judge: Receiver, author: User, document: Document
) -> None:
    say(judge, "approve")
    made = make_annotation(author, document, body=f"Some {CANARY}.", tags=("tag",))
    assert judge.bodies == []
    assert judging.ask_all_due() == (1, 0)
    (told,), (headers,) = judge.told, judge.headers
    assert told["annotation"]["body"] == f"Some {CANARY}."
    assert told["annotation"]["passage"] == "The margin"
    assert told["annotation"]["tags"] == ["tag"]
    assert told["annotation"]["uid"] == made.uid
    assert told["document"]["slug"] == document.slug
    assert [hold["check"] for hold in told["holds"]] == ["first"]
    assert author.get_full_name() not in judge.bodies[0].decode()
    signed = f"{told['id']}.{headers['webhook-timestamp']}.".encode() + judge.bodies[0]
    key = base64.b64decode(document.judge_secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert judging.ask_all_due() == (0, 0)


@pytest.mark.parametrize(
    ("verdict", "after", "reason"),
    [("approve", "approved", ""), ("deny", "denied", "other"), ("spam", "spam", "spam")],
)
def test_a_verdict_is_a_decision_in_the_log_that_can_be_undone(
    judge: Receiver,
    author: User,
    moderator: User,
    document: Document,
    verdict: str,
    after: str,
    reason: str,
) -> None:
    say(judge, verdict, why="It says so.")
    made = make_annotation(author, document)
    judging.ask_all_due()
    made.refresh_from_db()
    assert (made.status, made.attention_since) == (after, None)
    decision = Decision.objects.get()
    assert (decision.act, decision.before, decision.after) == (verdict, "pending", after)
    assert (decision.actor_name, decision.reason) == ("Outside judge", reason)
    assert decision.note == "It says so."
    assert decision.hash == chained_hash(decision)
    assert Notification.objects.filter(recipient=author, kind="moderated").exists()
    moderation.undo(moderator=moderator, decision=decision)
    made.refresh_from_db()
    assert made.status == "pending"
    assert made.attention_since is not None
    assert held_by(made) == ["first"]


def test_nobody_can_sign_in_as_the_judge_or_be_called_so(
    judge: Receiver, author: User, document: Document
) -> None:
    say(judge, "approve")
    for _time in range(2):
        make_annotation(author, document)
    assert judging.ask_all_due() == (2, 0)
    account = User.objects.get(kind=User.Kind.SYSTEM)
    assert not account.is_active
    assert not account.has_usable_password()
    assert not account.get_all_permissions()


def test_hold_leaves_it_to_the_moderators_with_a_reason(
    judge: Receiver, author: User, document: Document
) -> None:
    say(judge, "hold", why="Look at the tone.")
    made = make_annotation(author, document)
    judging.ask_all_due()
    made.refresh_from_db()
    assert made.status == "pending"
    assert not Decision.objects.exists()
    assert Hold.objects.get(check_name="outside").why == "Look at the tone."


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}",
        b"[]",
        b'"approve"',
        b"null",
        b"not json",
        b"\xff\xfe",
        b'{"verdict": "APPROVE"}',
        b'{"verdict": "undo"}',
        b'{"verdict": "limit"}',
        b'{"verdict": ["approve"]}',
        b'{"verdict": {"a": 1}}',
        b'{"verdict": "approve", "why": 7}',
        b'{"verdict": "approve", "why": "' + b"x" * 20_000 + b'"}',
        b"[" * 16_000,
    ],
)
def test_what_is_no_verdict_changes_nothing(
    judge: Receiver, author: User, document: Document, said: bytes
) -> None:
    judge.says = said
    made = make_annotation(author, document)
    assert judging.ask_all_due() == (0, 1)
    made.refresh_from_db()
    assert made.status == "pending"
    assert not Decision.objects.exists()
    question = Question.objects.get()
    assert question.answered_at is None
    assert question.last_error


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_judge_who_fails_is_asked_again_and_then_no_more(
    judge: Receiver, author: User, document: Document, status: int
) -> None:
    say(judge, "approve")
    judge.answers, judge.more = [status], {"Location": judge.url}
    make_annotation(author, document)
    tries = 0
    while Question.objects.filter(next_attempt_at__isnull=False).exists():
        tries += 1
        assert judging.ask_all_due() == (0, 1)
        let_time_pass()
    assert tries == len(judging.PAUSES) + 1
    assert Annotation.objects.get().status == "pending"
    assert judging.ask_all_due() == (0, 0)


def test_a_judge_who_is_silent_or_private_holds_up_nobody(
    judge: Receiver, author: User, document: Document, settings: Any, monkeypatch: Any
) -> None:
    made = make_annotation(author, document)
    judge.hold = threading.Event()
    monkeypatch.setattr(posting, "SECONDS", 0.5)
    assert judging.ask_all_due() == (0, 1)
    judge.hold.set()
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    let_time_pass()
    asked = len(judge.bodies)
    assert judging.ask_all_due() == (0, 1)
    assert len(judge.bodies) == asked
    assert "not a public address" in Question.objects.get().last_error
    with pytest.raises(Invalid):
        judging.set_judge(document=document, url="http://127.0.0.1/")
    made.refresh_from_db()
    assert made.status == "pending"


def test_what_was_changed_meanwhile_is_not_decided_on(
    judge: Receiver, author: User, moderator: User, document: Document
) -> None:
    say(judge, "approve")
    edited, decided, gone = (make_annotation(author, document, body=f"{n}.") for n in "abc")
    before = {
        question.annotation_id: question
        for question in Question.objects.select_related("annotation__document")
    }
    changes.edit_annotation(
        editor=author, annotation=edited, version=edited.version, wording=Wording("Other words.")
    )
    moderation.decide(moderator=moderator, annotation=decided, act="deny", reason="rules")
    changes.delete_annotation(editor=author, annotation=gone)
    for one in (edited, decided, gone):
        question = before[one.pk]
        lease = timezone.now() + timedelta(minutes=1)
        Question.objects.filter(pk=question.pk).update(next_attempt_at=lease)
        judging._follow(question, lease, "approve", "")
        one.refresh_from_db()
    assert (edited.status, decided.status, gone.is_deleted) == ("pending", "denied", True)
    assert Decision.objects.count() == 1


def test_other_words_are_asked_about_anew(
    judge: Receiver, author: User, document: Document
) -> None:
    say(judge, "hold")
    made = make_annotation(author, document)
    judging.ask_all_due()
    changes.edit_annotation(
        editor=author, annotation=made, version=made.version, wording=Wording("Other words.")
    )
    assert judging.ask_all_due() == (1, 0)
    assert [one["annotation"]["body"] for one in judge.told] == ["A remark.", "Other words."]
    assert judge.told[0]["id"] != judge.told[1]["id"]


def test_a_lease_that_has_lapsed_decides_nothing(
    judge: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    question = Question.objects.select_related("annotation__document").get()
    lapsed = timezone.now() - timedelta(minutes=1)
    judging._follow(question, lapsed, "approve", "")
    assert Annotation.objects.get().status == "pending"
    assert Question.objects.get().answered_at is None


def test_a_judge_never_moves_what_a_moderator_moved() -> None:
    moves = {move for (who, _act), moves in TABLE.items() if who == Who.OUTSIDE for move in moves}
    assert moves == {("pending", "approved"), ("pending", "denied"), ("pending", "spam")}


def test_a_change_in_the_very_moment_wins(
    judge: Receiver, author: User, document: Document
) -> None:
    made = make_annotation(author, document)
    changes.edit_annotation(
        editor=author,
        annotation=Annotation.objects.get(),
        version=made.version,
        wording=Wording("Other words."),
    )
    with pytest.raises(Conflict), transaction.atomic():
        moderation.carry_out(
            who=Who.OUTSIDE, actor=judging._outside_judge(), annotation=made, act="approve"
        )
    assert not Decision.objects.exists()


def test_without_a_judge_nothing_is_asked(author: User, document: Document) -> None:
    turn_on(document, "first")
    make_annotation(author, document)
    assert not Question.objects.exists()
    assert work_due() == []


def test_the_check_that_asks_about_everything_holds_everything(
    judge: Receiver, author: User, stranger: User, document: Document
) -> None:
    turn_on(document, "outside")
    say(judge, "approve")
    made = make_annotation(author, document)
    assert held_by(made) == ["outside"]
    judging.ask_all_due()
    made.refresh_from_db()
    assert made.status == "approved"
    assert make_reply(stranger, made).status == "pending"


def test_the_courier_knows_whom_to_ask_at_a_constant_price(
    judge: Receiver, author: User, document: Document
) -> None:
    for number in range(3):
        make_annotation(author, document, body=f"Number {number}.")
    with CaptureQueriesContext(connection) as asked:
        assert work_due() == [(JUDGE, document.pk)]
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_the_courier_asks_beside_its_webhooks(
    judge: Receiver, author: User, document: Document
) -> None:
    say(judge, "hold", why="Look.")
    made = make_annotation(author, document)
    courier = Courier()
    courier.look()
    assert judge.came.wait(10)
    for work in list(courier._busy.values()):
        assert work.result(10)
    assert Hold.objects.filter(annotation=made, why="Look.").exists()
    assert webhooks.deliver_all_due() == (0, 0)
    courier._pool.shutdown()
    courier._chair.leave()
