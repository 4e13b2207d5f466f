"""What an open review desk is told every few seconds."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.actions.changes import delete_annotation
from reader.actions.dispositions import Ruling, decide_thread
from reader.actions.reactions import react
from reader.models import Annotation, Document, ReviewVisit, User
from reader.queries.review_presence import MOST_EVENTS
from tests.factories import make_annotation, make_document, make_reply, make_user, promote
from tests.web.browsers import signed_in

OF_THE_VIEW = 6
FOR_THE_VIEWER = 4  # the session, the person, and what the person is permitted


@pytest.fixture
def rita(document: Document) -> User:
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


@pytest.fixture
def rolf(document: Document) -> User:
    return promote(make_user("rolf", name="Rolf Reviewer"), "document:reviewer", document)


@pytest.fixture
def root(author: User, document: Document) -> Annotation:
    return make_annotation(author, document)


def last(document: Document) -> int:
    document.refresh_from_db()
    return document.last_event


def pulse(person: User, document: Document, known: int, **more: str) -> dict[str, Any]:
    address = reverse("review_pulse", args=[document.slug])
    answer = signed_in(person).post(address, {"known": str(known), **more})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def changed(answer: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(one["uid"], one["ref"], one["is_new"]) for one in answer["changed"]]


def test_what_changed_since_is_told_by_thread(
    author: User, rita: User, stranger: User, document: Document, root: Annotation
) -> None:
    known = last(document)
    assert pulse(rita, document, known)["changed"] == []
    other = make_annotation(author, document, "A promise, once")
    answer = make_reply(stranger, root)
    react(person=author, annotation=answer, stance="agree")
    decide_thread(reviewer=rita, root=root, ruling=Ruling("answered"))
    found = pulse(rita, document, known)
    assert found["event"] == last(document)
    assert changed(found) == [(other.uid, "p2", True), (root.uid, "p1", False)]
    assert found["changed"][1]["event"] == last(document)
    assert pulse(rita, document, found["event"])["changed"] == []


def test_nothing_is_told_of_what_the_viewer_may_not_see(
    author: User, rita: User, document: Document
) -> None:
    known = last(document)
    private = make_annotation(author, document, visibility="private")
    denied = make_annotation(author, document, status="denied")
    found = pulse(rita, document, known, shown=f"{private.uid}", thread=denied.uid)
    assert found["changed"] == []
    assert denied.uid not in str(found)
    assert ReviewVisit.objects.get(user=rita).thread is None


def test_what_is_gone_from_the_desk_is_told(
    author: User, rita: User, document: Document, root: Annotation
) -> None:
    known = last(document)
    delete_annotation(editor=author, annotation=root)
    assert pulse(rita, document, known, shown=root.uid)["gone"] == [root.uid]
    assert pulse(rita, document, known)["gone"] == []


def test_too_much_at_once_is_not_listed(rita: User, document: Document, root: Annotation) -> None:
    Document.objects.filter(pk=document.pk).update(last_event=last(document) + MOST_EVENTS)
    found = pulse(rita, document, 0)
    assert found["too_many"]
    assert found["changed"] == []


def test_reviewers_see_each_other_at_a_thread(
    rita: User, rolf: User, document: Document, root: Annotation
) -> None:
    known = str(last(document))
    assert pulse(rita, document, int(known), thread=root.uid)["people"] == []
    assert pulse(rolf, document, int(known))["people"] == [
        {"name": "Rita Reviewer", "thread": root.uid}
    ]
    assert pulse(rita, document, int(known))["people"] == [{"name": "Rolf Reviewer", "thread": ""}]
    ReviewVisit.objects.update(last_at=timezone.now() - timedelta(seconds=21))
    assert pulse(rolf, document, int(known))["people"] == []


def test_nobody_is_seen_at_a_thread_that_the_viewer_may_not_see(
    rita: User, rolf: User, moderator: User, document: Document, author: User
) -> None:
    promote(moderator, "document:reviewer", document)
    denied = make_annotation(author, document, status="denied")
    pulse(moderator, document, 0, thread=denied.uid)
    assert ReviewVisit.objects.get(user=moderator).thread == denied
    assert pulse(rita, document, 0)["people"] == []


def test_a_thread_of_another_document_is_nowhere(
    author: User, rita: User, document: Document
) -> None:
    elsewhere = make_annotation(author, make_document())
    pulse(rita, document, 0, thread=elsewhere.uid)
    assert ReviewVisit.objects.get(user=rita).thread is None


def test_it_costs_few_queries_however_much_there_is(
    author: User, rita: User, rolf: User, document: Document, root: Annotation
) -> None:
    known = last(document)
    client = signed_in(rita)
    address = reverse("review_pulse", args=[document.slug])
    sent = {"known": str(known), "thread": root.uid, "shown": root.uid}
    client.post(address, sent)
    pulse(rolf, document, known, thread=root.uid)
    for _number in range(12):
        make_reply(author, root)
    with CaptureQueriesContext(connection) as captured:
        found = client.post(address, sent).json()
    assert changed(found) == [(root.uid, "p1", False)]
    assert len(found["people"]) == 1
    assert len(captured) <= OF_THE_VIEW + FOR_THE_VIEWER


@pytest.mark.parametrize(
    "sent",
    [{}, {"known": "-1"}, {"known": "x"}, {"known": "9" * 30}, {"known": "1", "thread": "x" * 23}],
)
def test_what_is_not_understood_is_refused(
    rita: User, document: Document, sent: dict[str, str]
) -> None:
    address = reverse("review_pulse", args=[document.slug])
    assert signed_in(rita).post(address, sent).status_code == 422


def test_only_reviewers_are_told(
    client: Client, author: User, stranger: User, moderator: User, document: Document
) -> None:
    address = reverse("review_pulse", args=[document.slug])
    assert client.post(address, {"known": "0"}).status_code == 401
    for person in (author, stranger, moderator):
        assert signed_in(person).post(address, {"known": "0"}).status_code == 403
    editor = promote(make_user(), "editor")
    assert signed_in(editor).post(address, {"known": "0"}).status_code == 200
    hidden = make_document(is_published=False)
    address = reverse("review_pulse", args=[hidden.slug])
    assert signed_in(stranger).post(address, {"known": "0"}).status_code == 404
    assert signed_in(editor).get(address).status_code == 405
    assert not ReviewVisit.objects.filter(user__in=[author, stranger, moderator]).exists()
