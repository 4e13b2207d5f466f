"""Agreeing and disagreeing: one stance a person, and counts that are right."""

import threading

import pytest
from django.db import connection

from reader import policy
from reader.actions.errors import Invalid
from reader.actions.people import erase_account
from reader.actions.reactions import react
from reader.models import Annotation, Document, Event, Reaction, User
from reader.queries import personal_data
from tests.factories import make_annotation, make_document, make_reply, make_user


@pytest.fixture
def remark(author: User, document: Document) -> Annotation:
    return make_annotation(author, document)


def counts(annotation: Annotation) -> tuple[int, int]:
    annotation.refresh_from_db()
    return annotation.agree_count, annotation.disagree_count


def test_one_stance_a_person_that_can_be_changed_and_taken_back(
    stranger: User, remark: Annotation
) -> None:
    other = make_user()
    react(person=stranger, annotation=remark, stance="agree")
    react(person=other, annotation=remark, stance="agree")
    assert counts(remark) == (2, 0)
    made = react(person=stranger, annotation=remark, stance="disagree")
    assert (made.agree_count, made.disagree_count) == counts(remark) == (1, 1)
    react(person=stranger, annotation=remark, stance="")
    assert counts(remark) == (1, 0)
    assert list(Reaction.objects.values_list("person", "stance")) == [(other.pk, "agree")]


def test_saying_the_same_twice_tells_nobody_anew(stranger: User, remark: Annotation) -> None:
    react(person=stranger, annotation=remark, stance="agree")
    react(person=stranger, annotation=remark, stance="agree")
    named = Event.objects.filter(name="annotation.reacted").values_list("subject", flat=True)
    assert list(named) == [remark.uid]


def test_counts_are_counted_and_not_raised(stranger: User, remark: Annotation) -> None:
    Annotation.objects.filter(pk=remark.pk).update(agree_count=41, disagree_count=7)
    react(person=stranger, annotation=remark, stance="disagree")
    assert counts(remark) == (0, 1)


def test_a_reply_can_be_disagreed_with(stranger: User, remark: Annotation, author: User) -> None:
    reply = make_reply(author, remark)
    react(person=stranger, annotation=reply, stance="disagree")
    assert counts(reply) == (0, 1)
    assert counts(remark) == (0, 0)


@pytest.mark.parametrize("stance", ["perhaps", "AGREE", "agree "])
def test_there_are_two_stances(stranger: User, remark: Annotation, stance: str) -> None:
    with pytest.raises(Invalid):
        react(person=stranger, annotation=remark, stance=stance)


@pytest.mark.parametrize(
    "what", ["own", "denied", "pending", "private", "deleted", "closed", "guest"]
)
def test_what_cannot_be_agreed_with(author: User, stranger: User, what: str) -> None:
    document = make_document()
    remark = make_annotation(
        author, document, visibility="private" if what == "private" else "public"
    )
    person = author if what in ("own", "private") else stranger
    if what in ("denied", "pending"):
        Annotation.objects.filter(pk=remark.pk).update(status=what)
    if what == "deleted":
        Annotation.objects.filter(pk=remark.pk).update(
            deleted_at=remark.created_at, body="", body_html=""
        )
    if what == "closed":
        Document.objects.filter(pk=document.pk).update(annotating="closed")
    if what == "guest":
        person = make_user(kind="guest")
    with pytest.raises(policy.Refused):
        react(person=person, annotation=remark, stance="agree")
    assert not Reaction.objects.exists()


def test_what_is_taken_down_meanwhile_is_refused(stranger: User, remark: Annotation) -> None:
    Annotation.objects.filter(pk=remark.pk).update(status="denied")
    assert remark.status == "approved"  # as the person saw it
    with pytest.raises(policy.Refused):
        react(person=stranger, annotation=remark, stance="agree")


def test_whoever_leaves_takes_their_reactions_along(stranger: User, author: User) -> None:
    remarks = [make_annotation(author, make_document()) for _number in range(3)]
    other = make_user()
    for remark in remarks:
        react(person=stranger, annotation=remark, stance="agree")
        react(person=other, annotation=remark, stance="disagree")
    before = Event.objects.count()
    erase_account(person=stranger)
    assert [counts(remark) for remark in remarks] == [(0, 1)] * 3
    assert Event.objects.filter(name="annotation.reacted").count() == 9
    assert Event.objects.count() == before + 3


def test_reactions_are_in_the_personal_export(stranger: User, remark: Annotation) -> None:
    react(person=stranger, annotation=remark, stance="disagree")
    exported = "".join(personal_data.as_json(stranger))
    assert '"stance": "disagree"' in exported
    assert remark.uid in exported


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_are_all_counted() -> None:
    remark = make_annotation(make_user(), make_document())
    people = [make_user() for _number in range(8)]
    troubles: list[BaseException] = []

    def run(person: User) -> None:
        try:
            react(person=person, annotation=remark, stance="agree")
        except BaseException as error:
            troubles.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert counts(remark) == (8, 0)
