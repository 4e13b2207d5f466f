"""Telling other software: what it is told, how it knows who tells, and what failing leads to."""

import base64
import hashlib
import hmac
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reader import events
from reader.actions import changes, moderation, posting, reactions, webhooks
from reader.actions.annotations import create_annotation
from reader.actions.errors import Invalid
from reader.actions.forgetting import forget_all_old
from reader.actions.wording import Wording
from reader.models import (
    Annotation,
    Document,
    Group,
    Membership,
    User,
    Webhook,
    WebhookDelivery,
)
from reader.queries.webhooks import due
from tests.e2e.conftest import ROOT
from tests.factories import make_annotation, make_document, make_reply, passage_of
from tests.prepared import prepare
from tests.receiving import Receiver, receiving
from tests.serving import free_port, wait_for
from tests.test_start import environment, manage

CANARY = "canary-in-words"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A receiver on this machine, which the site is allowed to reach."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with receiving() as running:
        yield running


@pytest.fixture
def webhook(receiver: Receiver, db: None) -> Webhook:
    """A webhook for all documents."""
    return make_webhook(receiver.url)


def make_webhook(url: str, document: Document | None = None) -> Webhook:
    return Webhook.objects.create(
        name="Elsewhere", url=url, document=document, secret=webhooks.new_secret()
    )


def let_time_pass() -> None:
    """Make everything due that waits for another try."""
    WebhookDelivery.objects.filter(next_attempt_at__isnull=False).update(
        next_attempt_at=timezone.now() - timedelta(seconds=1)
    )


def names(receiver: Receiver) -> list[str]:
    return [one["event"]["name"] for one in receiver.told]


def test_message_holds_event_and_annotation_and_is_signed(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    made = make_annotation(author, document, body=CANARY)
    assert webhooks.deliver_all_due() == (1, 0)
    told, headers = receiver.told[0], receiver.headers[0]
    delivery = WebhookDelivery.objects.get()
    assert told["id"] == headers["webhook-id"] == f"msg_{delivery.pk}"
    assert told["event"]["name"] == "annotation.created"
    assert told["event"]["number"] == document.events.latest("number").number
    assert told["event"]["document"]["slug"] == "close-reading"
    assert told["annotation"]["body"][0]["value"] == CANARY
    assert told["annotation"]["id"] == told["annotation_url"]
    assert made.uid in told["annotation_url"]
    signed = f"{told['id']}.{headers['webhook-timestamp']}.".encode() + receiver.bodies[0]
    key = base64.b64decode(webhook.secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 10
    assert delivery.delivered_at is not None
    assert webhooks.deliver_all_due() == (0, 0)


def test_each_kind_of_change_is_told_in_order(
    webhook: Webhook, receiver: Receiver, author: User, stranger: User, document: Document
) -> None:
    made = make_annotation(author, document)
    answer = make_reply(stranger, made)
    reactions.react(person=stranger, annotation=made, stance="agree")
    changes.edit_annotation(
        editor=author, annotation=made, version=made.version, wording=Wording("Anew.")
    )
    changes.delete_annotation(editor=stranger, annotation=answer)
    webhooks.deliver_all_due()
    assert names(receiver) == [
        f"annotation.{verb}" for verb in ("created", "replied", "reacted", "edited", "deleted")
    ]
    numbers = [one["event"]["number"] for one in receiver.told]
    assert numbers == sorted(numbers)
    assert receiver.told[1]["annotation_url"].endswith(f"/w3c/{answer.uid}")
    assert receiver.told[1]["annotation"] is None  # it is deleted by the time it is sent
    assert receiver.told[3]["annotation"]["body"][0]["value"] == "Anew."


def test_what_is_not_for_everybody_goes_out_without_its_words(
    webhook: Webhook, receiver: Receiver, author: User, moderator: User, document: Document
) -> None:
    made = make_annotation(author, document, body=CANARY)
    moderation.decide(moderator=moderator, annotation=made, act="spam")
    webhooks.deliver_all_due()
    assert names(receiver) == ["annotation.created", "annotation.decided"]
    assert CANARY.encode() not in b"".join(receiver.bodies)
    assert [one["annotation"] for one in receiver.told] == [None, None]
    assert made.uid in receiver.told[0]["annotation_url"]


@pytest.mark.parametrize("status", ["pending", "denied", "spam"])
def test_words_that_wait_or_were_taken_down_stay_here(
    webhook: Webhook, receiver: Receiver, author: User, document: Document, status: str
) -> None:
    make_annotation(author, document, body=CANARY, status=status)
    webhooks.deliver_all_due()
    assert CANARY.encode() not in b"".join(receiver.bodies)
    assert receiver.told[0]["annotation"] is None


def test_nobody_is_told_that_a_private_note_exists(
    webhook: Webhook, author: User, document: Document
) -> None:
    made = make_annotation(author, document, visibility="private")
    changes.edit_annotation(
        editor=author, annotation=made, version=made.version, wording=Wording("Anew.")
    )
    changes.delete_annotation(editor=author, annotation=made)
    assert not WebhookDelivery.objects.exists()


def test_nobody_is_told_what_is_written_for_a_group(
    webhook: Webhook, author: User, document: Document
) -> None:
    group = Group.objects.create(slug="circle", name="Circle")
    Membership.objects.create(group=group, user=author)
    made = create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=passage_of(document, "The margin"),
        wording=Wording(CANARY),
        visibility="group",
        group=group,
    )
    make_reply(author, made, CANARY)
    assert not WebhookDelivery.objects.exists()


def test_public_note_made_private_is_told_of_without_its_words(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    made = make_annotation(author, document)
    own_answer = make_reply(author, made, CANARY)
    changes.edit_annotation(
        editor=author,
        annotation=made,
        version=made.version,
        wording=Wording(CANARY),
        visibility="private",
    )
    webhooks.deliver_all_due()
    assert CANARY.encode() not in b"".join(receiver.bodies)
    last = [one["annotation_url"] for one in receiver.told if "edited" in one["event"]["name"]]
    assert {made.uid, own_answer.uid} == {url.rstrip("/").rpartition("/")[2] for url in last}


def test_document_that_is_not_published_is_not_named(
    webhook: Webhook, receiver: Receiver, author: User
) -> None:
    document = make_document(slug="not-yet-out")
    make_annotation(author, document, body=CANARY)
    Document.objects.update(is_published=False, title="A secret title")
    webhooks.deliver_all_due()
    sent = b"".join(receiver.bodies)
    assert sent
    assert not any(word in sent for word in (b"not-yet-out", b"secret title", CANARY.encode()))


def test_reports_and_other_events_are_not_told(
    webhook: Webhook, author: User, stranger: User, document: Document
) -> None:
    made = make_annotation(author, document)
    WebhookDelivery.objects.all().delete()
    moderation.flag(reporter=stranger, annotation=made, reason="spam")
    make_document(slug="another")
    assert not WebhookDelivery.objects.exists()


def test_webhook_of_one_document_hears_of_no_other(
    receiver: Receiver, author: User, document: Document
) -> None:
    other = make_document(slug="other")
    webhook = make_webhook(receiver.url, other)
    make_annotation(author, document)
    make_annotation(author, other)
    assert [one.event.document for one in webhook.deliveries.all()] == [other]


def test_webhook_that_is_off_gets_nothing(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    Webhook.objects.update(is_active=False)
    make_annotation(author, document, "A promise")
    assert WebhookDelivery.objects.count() == 1
    assert webhooks.deliver_all_due() == (0, 0)
    assert receiver.bodies == []


def test_what_is_rolled_back_is_told_to_nobody(
    webhook: Webhook, author: User, document: Document
) -> None:
    with transaction.atomic():
        make_annotation(author, document)
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_failures_are_tried_again_later_and_later_until_given_up(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    receiver.answers = [500]
    waits = []
    for _attempt in range(len(webhooks.PAUSES)):
        assert webhooks.deliver_all_due() == (0, 1)
        delivery = WebhookDelivery.objects.get()
        assert delivery.next_attempt_at is not None
        waits.append((delivery.next_attempt_at - timezone.now()).total_seconds())
        assert webhooks.deliver_all_due() == (0, 0)
        let_time_pass()
    for waited, pause in zip(waits, webhooks.PAUSES, strict=True):
        assert pause - 5 < waited <= pause * (1 + webhooks.JITTER)
    assert webhooks.deliver_all_due() == (0, 1)
    delivery = WebhookDelivery.objects.get()
    assert delivery.dead_at is not None
    assert (delivery.last_status, delivery.attempts) == (500, 7)
    assert "500" in delivery.last_error
    assert not due().exists()
    receiver.answers = [200]
    assert webhooks.try_again(delivery=delivery)
    assert not webhooks.try_again(delivery=delivery)
    assert webhooks.deliver_all_due() == (1, 0)
    assert len({headers["webhook-id"] for headers in receiver.headers}) == 1


def test_retry_after_is_heeded(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    receiver.answers, receiver.more = [503], {"Retry-After": "900"}
    webhooks.deliver_all_due()
    delivery = WebhookDelivery.objects.get()
    assert delivery.next_attempt_at is not None
    assert (delivery.next_attempt_at - timezone.now()).total_seconds() > 890


def test_redirects_are_not_followed(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    receiver.answers, receiver.more = [307], {"Location": receiver.url}
    assert webhooks.deliver_all_due() == (0, 1)
    assert len(receiver.bodies) == 1
    assert "redirect" in WebhookDelivery.objects.get().last_error


def test_gone_switches_the_webhook_off(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    receiver.answers = [410]
    webhooks.deliver_all_due()
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert WebhookDelivery.objects.get().dead_at is not None


def test_failure_holds_up_what_follows_until_the_next_round(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    make_annotation(author, document, "A promise")
    receiver.answers = [500, 204]
    assert webhooks.deliver_all_due() == (0, 1)
    assert webhooks.deliver_all_due() == (1, 0)
    let_time_pass()
    assert webhooks.deliver_all_due() == (1, 0)
    sent = [headers["webhook-id"] for headers in receiver.headers]
    assert sent[0] == sent[2] != sent[1]


@pytest.mark.django_db(transaction=True)
def test_two_senders_send_it_once(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    receiver.hold = threading.Event()
    results: list[tuple[int, int]] = []

    def send() -> None:
        results.append(webhooks.deliver_due(webhook=webhook.pk))
        connections.close_all()

    senders = [threading.Thread(target=send) for _number in range(4)]
    for sender in senders:
        sender.start()
    assert receiver.came.wait(10)
    time.sleep(0.5)
    receiver.hold.set()
    for sender in senders:
        sender.join()
    assert sorted(results) == [(0, 0), (0, 0), (0, 0), (1, 0)]
    assert len(receiver.bodies) == 1


def test_sender_killed_on_the_way_is_followed_by_another(tmp_path: Path) -> None:
    prepare(tmp_path, pages=False)
    with receiving() as receiver:
        receiver.hold = threading.Event()
        prepared = manage(tmp_path, "shell", "--no-imports", "--command", told_of(receiver.url))
        assert prepared.returncode == 0, prepared.stderr
        allowed = environment(tmp_path, POSTIL_WEBHOOK_PRIVATE="1")
        command = ["manage.py", "deliver_webhooks"]
        sender = Popen([sys.executable, *command], cwd=ROOT, env=allowed)  # noqa: S603 -- our own command
        assert receiver.came.wait(30)
        sender.kill()
        sender.wait()
        receiver.hold.set()
        early = manage(tmp_path, "deliver_webhooks", POSTIL_WEBHOOK_PRIVATE="1")
        assert "0 delivered" in early.stdout
        with closing(sqlite3.connect(tmp_path / "postil.sqlite3")) as database:
            database.execute(
                "UPDATE reader_webhookdelivery SET next_attempt_at = '2020-01-01 00:00:00'"
            )
            database.commit()
        late = manage(tmp_path, "deliver_webhooks", POSTIL_WEBHOOK_PRIVATE="1")
        assert "1 delivered" in late.stdout
    assert len({headers["webhook-id"] for headers in receiver.headers}) == 1
    assert len(receiver.bodies) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="finds the sender in /proc")
def test_running_site_sends_by_itself_and_its_sender_ends_with_it(tmp_path: Path) -> None:
    with receiving() as receiver:
        process, port = start_with(tmp_path, POSTIL_WEBHOOK_PRIVATE="1")
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", process)
            prepared = manage(tmp_path, "shell", "--no-imports", "--command", told_of(receiver.url))
            assert prepared.returncode == 0, prepared.stderr
            assert receiver.came.wait(20)
            assert names(receiver) == ["annotation.created"]
            tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
            pids = {int(pid) for one in tasks for pid in one.read_text().split()}
            senders = couriers(sorted(pids))
            assert len(senders) == 1
        finally:
            process.kill()
            process.wait()
        deadline = time.monotonic() + 10
        while Path(f"/proc/{senders[0]}").exists():
            assert time.monotonic() < deadline, "the sender outlived its site"
            time.sleep(0.1)


def couriers(pids: list[int]) -> list[int]:
    """Return those of the processes that send webhooks."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
    return [pid for pid, command in commands.items() if b"deliver_webhooks" in command]


def told_of(url: str) -> str:
    """Return a program that makes a webhook and something to tell it of."""
    return (
        "from tests import factories\n"
        "from tests.actions.test_webhooks import make_webhook\n"
        f"make_webhook({url!r})\n"
        "factories.make_annotation(factories.make_user(), factories.make_document())"
    )


def start_with(data: Path, **more: str) -> "tuple[Popen[str], int]":
    """Start a site on a free port."""
    prepare(data)
    port = free_port()
    command = [sys.executable, "manage.py", "start", "--port", str(port)]
    process = Popen(command, cwd=ROOT, env=environment(data, **more), text=True)  # noqa: S603 -- our own command
    return process, port


def test_annotating_costs_one_look_where_there_are_no_webhooks(
    author: User, document: Document
) -> None:
    made = make_annotation(author, document)
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        events.record_change(made, "moved")
    told = [one["sql"] for one in asked if "webhook" in one["sql"]]
    assert len(told) == 1


def test_many_changes_cost_no_more_queries_than_one(
    webhook: Webhook, author: User, document: Document
) -> None:
    made = [make_annotation(author, document) for _number in range(12)]

    def cost(annotations: list[Annotation]) -> int:
        with CaptureQueriesContext(connection) as asked:
            events.record_many(document, "annotation.imported", [one.uid for one in annotations])
        return len(asked)

    assert cost(made[:1]) == cost(made)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://elsewhere.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://user:word@elsewhere.example/",
        "https://elsewhere.example:99999/",
        "https://else where.example/",
        "https://elsewhere.example/\r\nHost: other",
        "https://ünïcode.example/",
        "http://127.0.0.1/",
        "http://127.1.2.3:8000/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://192.0.0.8/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fec0::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
    ],
)
def test_address_that_may_not_be_posted_to_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        webhooks.check_url(url)
    with pytest.raises(posting.Unsendable):
        posting.post(url, b"{}", {})


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
def test_name_that_stands_for_this_machine_is_refused_when_it_is_resolved(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.3)
        port = listening.getsockname()[1]
        with pytest.raises(posting.Unsendable, match=r"not a public address|cannot be resolved"):
            posting.post(f"http://{host}:{port}/", b"{}", {})
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_receiver_that_drips_is_cut_off(
    settings: Any, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    monkeypatch.setattr(posting, "SECONDS", 1)
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        taken, _address = listening.accept()
        with taken:
            taken.sendall(first)
            for _drop in range(300):  # a minute: who waits for the end is not cut off by it
                if ended.wait(0.2):
                    return
                try:
                    taken.sendall(b"x" if first else b"")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=[listening])
        dripping.start()
        with pytest.raises(posting.Unsendable, match="No answer within"):
            posting.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"{}", {})
        ended.set()
        dripping.join()


def test_receiver_that_speaks_no_tls_or_no_http_is_a_failure(settings: Any) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with receiving() as receiver, pytest.raises(posting.Unsendable):
        posting.post(receiver.url.replace("http:", "https:"), b"{}", {})
    with pytest.raises(posting.Unsendable):
        posting.post(receiver.url, b"{}", {})


def test_delivered_messages_are_forgotten_after_a_while(
    webhook: Webhook, author: User, document: Document
) -> None:
    make_annotation(author, document)
    webhooks.deliver_all_due()
    assert forget_all_old()["deliveries"] == 0
    WebhookDelivery.objects.update(delivered_at=timezone.now() - timedelta(days=31))
    assert forget_all_old()["deliveries"] == 1
    make_annotation(author, document, "A promise")
    WebhookDelivery.objects.update(dead_at=timezone.now() - timedelta(days=31))
    assert forget_all_old()["deliveries"] == 1


def test_new_secret_signs_what_is_sent_from_then_on(
    webhook: Webhook, receiver: Receiver, author: User, document: Document
) -> None:
    make_annotation(author, document)
    secret = webhooks.renew_secret(webhook=webhook)
    webhooks.deliver_all_due()
    sent = receiver.headers[0]
    expected = webhooks.signature(
        secret, sent["webhook-id"], int(sent["webhook-timestamp"]), receiver.bodies[0]
    )
    assert sent["webhook-signature"] == expected
