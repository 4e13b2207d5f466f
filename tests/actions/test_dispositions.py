"""Deciding threads, several at once, and opening them again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reader.actions.annotations import reply
from reader.actions.changes import delete_annotation, edit_annotation
from reader.actions.dispositions import (
    Ruling,
    StaleThreads,
    decide_thread,
    decide_threads,
    reopen_thread,
)
from reader.actions.errors import Invalid
from reader.actions.wording import Wording
from reader.models import Annotation, Disposition, Document, Event, Notification, User
from reader.policy import Refused
from reader.queries.dispositions import thread_states
from tests.editions import make_edition
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

DECLINED = Ruling("declined", "The text stays.")


@pytest.fixture
def reviewer(document: Document) -> User:
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


def state_of(viewer: User, root: Annotation) -> str:
    return thread_states(viewer, [root.pk])[root.pk]


def standing(root: Annotation) -> list[tuple[str, str]]:
    rows = Disposition.objects.filter(annotation=root, withdrawn_at=None)
    return list(rows.values_list("outcome", "reason"))


def test_a_decision_closes_a_thread_and_tells_who_took_part(
    author: User, stranger: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(author, document)
    make_reply(stranger, root)
    make_reply(reviewer, root)
    made = decide_thread(reviewer=reviewer, root=root, ruling=DECLINED)
    assert (made.outcome, made.reason, made.decided_by) == (
        "declined",
        "The text stays.",
        reviewer,
    )
    told = Notification.objects.filter(kind="decided")
    assert {(row.recipient, row.annotation, row.actor) for row in told} == {
        (author, root, reviewer),
        (stranger, root, reviewer),
    }
    last = Event.objects.filter(document=document).latest("number")
    assert (last.name, last.subject) == ("annotation.answered", root.uid)


def test_deciding_the_same_again_changes_nothing(
    author: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(author, document)
    first = decide_thread(reviewer=reviewer, root=root, ruling=DECLINED)
    assert decide_thread(reviewer=reviewer, root=root, ruling=DECLINED) == first
    assert Notification.objects.count() == 1


def test_deciding_anew_and_reopening_keep_the_history(
    author: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(author, document)
    decide_thread(reviewer=reviewer, root=root, ruling=DECLINED)
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("answered", "See above."))
    assert standing(root) == [("answered", "See above.")]
    reopen_thread(reviewer=reviewer, root=root)
    assert standing(root) == []
    history = Disposition.objects.filter(annotation=root).order_by("pk")
    assert [(row.outcome, row.withdrawn_by) for row in history] == [
        ("declined", reviewer),
        ("answered", reviewer),
    ]
    assert Notification.objects.filter(kind="reopened", recipient=author).count() == 1
    reopen_thread(reviewer=reviewer, root=root)
    assert Notification.objects.filter(kind="reopened").count() == 1


@pytest.mark.parametrize("what", ["reply", "edit", "decision"])
def test_a_decision_on_what_has_changed_is_refused(
    author: User, stranger: User, reviewer: User, document: Document, what: str
) -> None:
    other = promote(make_user("olga"), "document:reviewer", document)
    root = make_annotation(author, document)
    answer = make_reply(stranger, root)
    seen = state_of(reviewer, root)
    if what == "reply":
        reply(author=author, parent=answer, wording=Wording("One more thing."))
    elif what == "edit":
        edit_annotation(
            editor=stranger, annotation=answer, version=1, wording=Wording("Other words.")
        )
    else:
        decide_thread(reviewer=other, root=root, ruling=Ruling("answered", "Done."), seen=seen)
    before = standing(root)
    with pytest.raises(StaleThreads) as refused:
        decide_thread(reviewer=reviewer, root=root, ruling=DECLINED, seen=seen)
    assert refused.value.stale == [root]
    assert standing(root) == before
    decide_thread(reviewer=reviewer, root=root, ruling=DECLINED, seen=state_of(reviewer, root))
    assert standing(root) == [("declined", "The text stays.")]


def test_reopening_what_somebody_decided_anew_is_refused(
    author: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(author, document)
    decide_thread(reviewer=reviewer, root=root, ruling=DECLINED)
    seen = state_of(reviewer, root)
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("accepted"))
    with pytest.raises(StaleThreads):
        reopen_thread(reviewer=reviewer, root=root, seen=seen)
    assert standing(root) == [("accepted", "")]


def test_several_are_decided_together_or_none(
    author: User, stranger: User, reviewer: User, document: Document
) -> None:
    roots = [make_annotation(author, document) for _number in range(3)]
    states = thread_states(reviewer, [root.pk for root in roots])
    threads = [(root.uid, states[root.pk]) for root in roots]
    make_reply(stranger, roots[1])
    with pytest.raises(StaleThreads) as refused:
        decide_threads(reviewer=reviewer, document=document, threads=threads, ruling=DECLINED)
    assert refused.value.stale == [roots[1]]
    assert not Disposition.objects.exists()
    threads[1] = (roots[1].uid, state_of(reviewer, roots[1]))
    made = decide_threads(reviewer=reviewer, document=document, threads=threads, ruling=DECLINED)
    assert [row.annotation for row in made] == roots
    told = Notification.objects.filter(recipient=author, kind="decided")
    assert told.count() == len(roots)


def test_deciding_many_costs_as_many_queries_as_deciding_few(
    author: User, reviewer: User, document: Document
) -> None:
    counts = []
    for number in (1, 2, 12):  # the first also finds out what the reviewer may do
        roots = [make_annotation(author, document) for _number in range(number)]
        threads = [(root.uid, None) for root in roots]
        with CaptureQueriesContext(connection) as queries:
            decide_threads(reviewer=reviewer, document=document, threads=threads, ruling=DECLINED)
        counts.append(len(queries))
    assert counts[1] == counts[2]


@pytest.mark.parametrize(
    "who", ["author", "stranger", "moderator", "document:moderator", "elsewhere"]
)
def test_only_reviewers_decide(author: User, document: Document, who: str) -> None:
    root = make_annotation(author, document)
    person = author if who == "author" else make_user()
    if who == "elsewhere":
        promote(person, "document:reviewer", make_document())
    elif who not in {"author", "stranger"}:
        person = promote(person, who, document)
    with pytest.raises(Refused):
        decide_thread(reviewer=person, root=root, ruling=DECLINED)
    decider = promote(make_user(), "document:editor", document)
    decide_thread(reviewer=decider, root=root, ruling=DECLINED)
    with pytest.raises(Refused):
        reopen_thread(reviewer=person, root=root)
    assert standing(root) == [("declined", "The text stays.")]


@pytest.mark.parametrize(
    ("visibility", "status"),
    [("private", ""), ("public", "pending"), ("public", "denied"), ("public", "spam")],
)
def test_what_the_reviewer_may_not_see_cannot_be_decided(
    author: User, reviewer: User, document: Document, visibility: str, status: str
) -> None:
    root = make_annotation(author, document, visibility=visibility, status=status)
    with pytest.raises(Refused, match="no such thread"):
        decide_thread(reviewer=reviewer, root=root, ruling=DECLINED)


def test_a_reviewers_own_private_note_is_no_thread_to_decide(
    reviewer: User, document: Document
) -> None:
    root = make_annotation(reviewer, document, visibility="private")
    with pytest.raises(Refused):
        decide_thread(reviewer=reviewer, root=root, ruling=DECLINED)


@pytest.mark.parametrize(
    ("ruling", "field"),
    [
        (Ruling("perhaps"), "outcome"),
        (Ruling(""), "outcome"),
        (Ruling("declined", "x" * 2_001), "reason"),
        (Ruling("declined", addressed_in=1), "addressed_in"),
        (Ruling("accepted", addressed_in=7), "addressed_in"),
        (Ruling("duplicate"), "duplicate_of"),
        (Ruling("duplicate", duplicate_of="nowhere"), "duplicate_of"),
    ],
)
def test_what_cannot_be_saved_is_said(
    author: User, reviewer: User, document: Document, ruling: Ruling, field: str
) -> None:
    root = make_annotation(author, document)
    with pytest.raises(Invalid) as refused:
        decide_thread(reviewer=reviewer, root=root, ruling=ruling)
    assert refused.value.field == field
    assert standing(root) == []


def test_duplicates_point_to_a_thread_that_is_none(
    author: User, stranger: User, reviewer: User, document: Document
) -> None:
    first, second, third = (make_annotation(author, document) for _number in range(3))
    hidden = make_annotation(stranger, document, visibility="private")
    elsewhere = make_annotation(author, make_document())
    made = decide_thread(
        reviewer=reviewer, root=second, ruling=Ruling("duplicate", duplicate_of=first.uid)
    )
    assert made.duplicate_of == first
    for twin in (second, third, hidden, elsewhere):
        with pytest.raises(Invalid):
            decide_thread(
                reviewer=reviewer, root=third, ruling=Ruling("duplicate", duplicate_of=twin.uid)
            )


def test_a_decision_names_the_edition_that_addressed_it(
    author: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(author, document)
    edition = make_edition(document, "The margin is where a reader answers at last.")
    made = decide_thread(reviewer=reviewer, root=root, ruling=Ruling("accepted", addressed_in=2))
    assert made.addressed_in == edition
    reopen_thread(reviewer=reviewer, root=root)
    assert standing(root) == []


def test_a_thread_that_lost_its_root_can_still_be_decided(
    author: User, stranger: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(author, document)
    make_reply(stranger, root)
    delete_annotation(editor=author, annotation=root)
    decide_thread(reviewer=reviewer, root=root, ruling=DECLINED)
    assert standing(root) == [("declined", "The text stays.")]


def test_an_accepted_edit_goes_into_the_draft_and_names_no_edition_itself(
    author: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(
        author, document, "a promise", body="", motivation="editing", replacement="a vow"
    )
    with pytest.raises(Invalid, match="by itself"):
        decide_thread(reviewer=reviewer, root=root, ruling=Ruling("accepted", addressed_in=1))
    made = decide_thread(reviewer=reviewer, root=root, ruling=Ruling("accepted"))
    assert made.addressed_in is not None
    assert made.addressed_in.is_draft
    assert "also a vow" in made.addressed_in.text
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("partly", "The noun only."))
    assert not document.editions.filter(published_at=None).exists()


def test_a_decision_taken_elsewhere_keeps_its_time(
    author: User, reviewer: User, document: Document
) -> None:
    at = timezone.now() - timedelta(days=3)
    made = decide_thread(
        reviewer=reviewer, root=make_annotation(author, document), ruling=DECLINED, at=at
    )
    assert Disposition.objects.get(pk=made.pk).decided_at == at
