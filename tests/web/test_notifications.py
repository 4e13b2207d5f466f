"""What people are told, on the page and by letter."""

from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.actions.changes import delete_annotation
from reader.actions.dispositions import Ruling, decide_thread, reopen_thread
from reader.models import Annotation, Document, Notification, User
from reader.queries.notifications import count_unread
from tests.factories import make_annotation, make_reply, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

MOST_QUERIES = 12


@pytest.fixture
def rita(document: Document) -> User:
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


@pytest.fixture
def root(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, body="canary-root")


def shown(person: User, **query: str) -> str:
    return signed_in(person).get(reverse("notifications"), query).content.decode()


def kinds(person: User) -> list[str]:
    return list(person.notifications.order_by("pk").values_list("kind", flat=True))


def test_whoever_is_answered_is_told_and_nobody_else(
    author: User, stranger: User, root: Annotation
) -> None:
    answer = make_reply(stranger, root)
    make_reply(author, answer)
    make_reply(author, root)  # to oneself
    assert kinds(author) == ["replied"]
    assert kinds(stranger) == ["replied"]
    page = shown(author)
    assert "Sam Stranger replied to you" in page
    assert answer.get_absolute_url() in page
    assert Page(page).problems() == []


def test_participants_are_told_of_decisions(
    author: User, stranger: User, rita: User, root: Annotation
) -> None:
    make_reply(stranger, root)
    decide_thread(reviewer=rita, root=root, ruling=Ruling("declined", "Not here."))
    reopen_thread(reviewer=rita, root=root)
    assert kinds(stranger) == ["decided", "reopened"]
    page = shown(stranger)
    assert "Rita Reviewer decided this thread" in page
    assert "Rita Reviewer reopened this thread" in page
    assert "Nothing yet" in shown(rita)


def test_guests_are_told_nothing(author: User, document: Document) -> None:
    guest = make_user(kind="guest")
    Document.objects.update(guests_may_annotate=True)
    document.refresh_from_db()
    make_reply(author, make_annotation(guest, document))
    assert not Notification.objects.exists()


def test_only_what_may_still_be_read_is_shown(
    author: User, stranger: User, document: Document, root: Annotation
) -> None:
    answer = make_reply(stranger, root, "canary-reply")
    assert count_unread(author) == 1
    Annotation.objects.filter(pk=answer.pk).update(status="denied")
    assert count_unread(author) == 0
    page = shown(author)
    assert "Sam Stranger" not in page
    assert "Nothing yet" in page
    Annotation.objects.filter(pk=answer.pk).update(status="approved")
    Document.objects.filter(pk=document.pk).update(is_published=False)
    assert "Sam Stranger" not in shown(author)


def test_what_happened_to_a_thread_without_its_root_is_told(
    author: User, stranger: User, rita: User, root: Annotation
) -> None:
    make_reply(stranger, root)
    decide_thread(reviewer=rita, root=root, ruling=Ruling("answered", "See edition 1."))
    delete_annotation(editor=author, annotation=root)
    page = shown(stranger)
    assert "Deleted by its author" in page
    assert "Rita Reviewer decided this thread" in page
    assert "canary" not in page
    assert "Ada Author" not in page


def test_notices_are_marked_as_read_up_to_what_was_seen(
    author: User, stranger: User, document: Document, root: Annotation
) -> None:
    other = make_annotation(author, document, "A promise")
    make_reply(stranger, root)
    make_reply(stranger, other)
    client = signed_in(author)
    seen = timezone.now()
    make_reply(stranger, root, "Later.")
    address = reverse("mark_notices_read")
    client.post(address, {"until": seen.isoformat(), "thread": root.uid})
    assert count_unread(author) == 2
    client.post(address, {"until": seen.isoformat()})
    assert count_unread(author) == 1
    answer = client.post(address, {"page": "2"})
    assert answer["Location"] == reverse("notifications") + "?page=2"
    assert count_unread(author) == 0


@pytest.mark.parametrize("until", ["", "yesterday", "2020-13-45T00:00:00Z", "2020-01-01T00:00"])
def test_a_moment_that_is_none_means_now(
    author: User, stranger: User, root: Annotation, until: str
) -> None:
    make_reply(stranger, root)
    signed_in(author).post(reverse("mark_notices_read"), {"until": until})
    assert count_unread(author) == 0


def test_nobody_marks_anothers_notices(author: User, stranger: User, root: Annotation) -> None:
    make_reply(stranger, root)
    signed_in(stranger).post(reverse("mark_notices_read"), {"thread": root.uid})
    assert count_unread(author) == 1


@pytest.mark.parametrize("name", ["notifications", "mark_notices_read"])
def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None, name: str) -> None:
    answer = client.post(reverse(name)) if name != "notifications" else client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_notices_come_by_thread_in_a_constant_number_of_queries(
    author: User,
    stranger: User,
    document: Document,
    root: Annotation,
    settings: Any,
) -> None:
    settings.POSTS_PER_MINUTE = 1000
    client = signed_in(author)
    address = reverse("notifications")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    make_reply(stranger, root)
    few = queries()
    for _number in range(22):
        make_reply(stranger, make_annotation(author, document, "A promise"))
    for _number in range(7):
        make_reply(stranger, root)
    assert queries() == few <= MOST_QUERIES
    first = client.get(address)
    told = first.context["told"]
    assert len(told) == 20
    assert told[0].root.annotation == root
    assert (told[0].count, len(told[0].notices), told[0].earlier) == (8, 5, 3)
    assert "and 3 earlier" in first.content.decode()
    assert len(client.get(address, {"page": "2"}).context["told"]) == 3


def test_the_number_of_unread_costs_one_query(
    author: User, stranger: User, root: Annotation
) -> None:
    author = User.objects.get(pk=author.pk)
    author.has_perm("reader.change_document")  # asked once a request
    make_reply(stranger, root)
    with CaptureQueriesContext(connection) as captured:
        assert count_unread(author) == 1
    assert len(captured) == 1


def confirm(person: User) -> None:
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


def send() -> str:
    out = StringIO()
    call_command("send_notifications", stdout=out, stderr=out)
    return out.getvalue()


def test_one_letter_tells_of_all_and_is_not_sent_twice(
    author: User, stranger: User, rita: User, root: Annotation
) -> None:
    confirm(author)
    make_reply(stranger, root, "canary-reply")
    decide_thread(reviewer=rita, root=root, ruling=Ruling("declined", "canary-reason"))
    assert send() == "1 sent, 0 failed\n"
    (letter,) = mail.outbox
    assert letter.to == [author.email]
    assert letter.subject == "2 new notices on Postil"
    assert "Sam Stranger replied to you" in letter.body
    assert f"http://127.0.0.1:8000{root.get_absolute_url()}" in letter.body
    assert "canary" not in letter.body
    assert send() == "0 sent, 0 failed\n"
    make_reply(stranger, root)
    send()
    assert mail.outbox[1].subject == "1 new notice on Postil"
    assert len(mail.outbox) == 2


def test_no_letter_about_what_was_read_or_may_not_be(
    author: User, stranger: User, root: Annotation
) -> None:
    confirm(author)
    answer = make_reply(stranger, root)
    Annotation.objects.filter(pk=answer.pk).update(status="pending")
    assert send() == "0 sent, 0 failed\n"
    Annotation.objects.filter(pk=answer.pk).update(status="approved")
    Notification.objects.update(read_at=timezone.now())
    assert send() == "0 sent, 0 failed\n"
    Notification.objects.update(read_at=None)
    assert send() == "1 sent, 0 failed\n"


def test_addresses_that_nobody_confirmed_are_left_alone(
    author: User, stranger: User, root: Annotation
) -> None:
    make_reply(stranger, root)
    assert send() == "0 sent, 0 failed\n"
    assert mail.outbox == []


def test_a_letter_that_cannot_be_sent_is_tried_again(
    author: User, stranger: User, root: Annotation, settings: Any
) -> None:
    confirm(author)
    make_reply(stranger, root)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1  # where nobody listens
    assert "0 sent, 1 failed" in send()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send() == "1 sent, 0 failed\n"
