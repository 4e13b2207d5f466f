"""Numbers that are brought up to date are those that a recount gives, whatever happened."""

from collections.abc import Callable

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reader import events
from reader.actions.annotations import create_annotation
from reader.actions.changes import adjust_passage, delete_annotation, edit_annotation
from reader.actions.dispositions import Ruling, decide_thread, reopen_thread
from reader.actions.errors import Conflict, Invalid
from reader.actions.importing import bring_in
from reader.actions.moderation import decide, undo
from reader.actions.people import erase_account
from reader.actions.publishing import undo_publication
from reader.actions.reactions import react
from reader.actions.wording import Wording
from reader.models import Annotation, Decision, Document, User
from reader.policy import Refused
from reader.queries import tallies
from reader.queries.tallies import Tallies, Tally, tallies_of
from reader.queries.tally_counts import count
from tests.editions import make_edition
from tests.factories import (
    TEXT,
    block,
    make_annotation,
    make_document,
    make_reply,
    make_user,
    passage_of,
    promote,
)

WORDS = ("The margin", "also a promise", "A promise, once", "kept in public.\n\nNobody", "Nobody")
KINDS = ("commenting", "questioning", "highlighting", "editing")


def tallied(document: Document) -> Tallies:
    """Return the numbers of the current edition, as a page that is opened now has them."""
    found = Document.objects.select_related("current_edition").get(pk=document.pk)
    assert found.current_edition is not None
    return tallies_of(found, found.current_edition)


def of(document: Document, ref: str) -> Tally:
    """Return the numbers of a block of the current edition."""
    return tallied(document).of(block(document, ref).pk)


class Discussion:
    """Some people who do one thing after another in a document."""

    def __init__(self) -> None:
        self.document = make_document()
        self.people = [make_user() for _number in range(4)]
        self.reviewer = promote(make_user(), "document:reviewer", self.document)
        self.moderator = promote(make_user(), "moderator")
        self.editions = 1

    def do(self, act: str, one: int, two: int) -> None:
        """Do it if it can be done; what is refused changes nothing."""
        self.document.refresh_from_db()
        acts: dict[str, Callable[[int, int], object]] = {
            name.removeprefix("do_"): getattr(self, name)
            for name in dir(self)
            if name.startswith("do_")
        }
        try:
            with transaction.atomic():
                acts[act](one, two)
        except (Invalid, Refused, Conflict, Annotation.DoesNotExist, ValueError):
            pass

    def person(self, number: int) -> User:
        return self.people[number % len(self.people)]

    def note(self, number: int, **which: object) -> Annotation:
        found = list(Annotation.objects.filter(**which).order_by("pk"))
        if not found:
            raise Annotation.DoesNotExist
        return found[number % len(found)]

    def author_of(self, note: Annotation) -> User:
        if note.author is None:
            raise Annotation.DoesNotExist
        return note.author

    def do_write(self, one: int, two: int) -> None:
        kind = KINDS[two % len(KINDS)]
        create_annotation(
            author=self.person(one),
            document=self.document,
            motivation=kind,
            passage=passage_of(self.document, WORDS[two % len(WORDS)]),
            wording=Wording("" if kind == "highlighting" else "Words.", "x" * (kind == "editing")),
            visibility="private" if one % 5 == 4 else "public",
        )

    def do_reply(self, one: int, two: int) -> None:
        make_reply(self.person(one), self.note(two))

    def do_edit(self, one: int, two: int) -> None:
        note = self.note(one)
        edit_annotation(
            editor=self.author_of(note),
            annotation=note,
            version=note.version,
            wording=Wording(f"Other words {two}.", note.replacement),
            visibility=("public", "private")[two % 2] if note.is_root else None,
        )

    def do_move(self, one: int, two: int) -> None:
        note = self.note(one, parent=None)
        passage = passage_of(self.document, WORDS[two % len(WORDS)])
        adjust_passage(
            editor=self.author_of(note), annotation=note, version=note.version, passage=passage
        )

    def do_delete(self, one: int, _two: int) -> None:
        note = self.note(one)
        delete_annotation(editor=self.author_of(note), annotation=note)

    def do_moderate(self, one: int, two: int) -> None:
        act = ("approve", "deny", "spam")[two % 3]
        decide(moderator=self.moderator, annotation=self.note(one), act=act, reason="off_topic")

    def do_undo(self, one: int, _two: int) -> None:
        decisions = list(Decision.objects.order_by("pk"))
        if decisions:
            undo(moderator=self.moderator, decision=decisions[one % len(decisions)])

    def do_settle(self, one: int, two: int) -> None:
        ruling = Ruling(("answered", "declined", "accepted")[two % 3], "Because.")
        decide_thread(reviewer=self.reviewer, root=self.note(one, parent=None), ruling=ruling)

    def do_reopen(self, one: int, _two: int) -> None:
        reopen_thread(reviewer=self.reviewer, root=self.note(one, parent=None))

    def do_react(self, one: int, two: int) -> None:
        stance = ("agree", "disagree", "disagree", "")[two % 4]
        for person in self.people[: 1 + two % 3]:
            try:
                react(person=person, annotation=self.note(one), stance=stance)
            except Refused:
                continue

    def do_leave(self, one: int, _two: int) -> None:
        leaving = self.person(one)
        if len(self.people) > 2:
            self.people.remove(leaving)
            erase_account(person=leaving)

    def do_publish(self, one: int, _two: int) -> None:
        self.editions += 1
        kept = [text for at, text in enumerate(TEXT[1:]) if at != one % 4]
        make_edition(self.document, *kept, f"New words {self.editions}.")

    def do_withdraw(self, _one: int, _two: int) -> None:
        assert self.document.current_edition is not None
        undo_publication(editor=None, edition=self.document.current_edition)


ACTS = sorted(name.removeprefix("do_") for name in dir(Discussion) if name.startswith("do_"))
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*ACTS, "write", "write", "reply"]), st.integers(0, 9), st.integers(0, 9)
    ),
    min_size=4,
    max_size=14,
)


@pytest.mark.django_db
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_numbers_are_those_of_a_recount_after_whatever_happened(
    steps: list[tuple[str, int, int]],
) -> None:
    with transaction.atomic():
        caches["pages"].clear()
        discussion = Discussion()
        for act, one, two in [("write", 0, 0), ("write", 1, 1), ("write", 2, 3), *steps]:
            discussion.do(act, one, two)
            for edition in discussion.document.editions.filter(published_at__isnull=False):
                document = Document.objects.get(pk=discussion.document.pk)
                found, recounted = tallies_of(document, edition), count(edition)
                assert found.rows == recounted.rows, act
                assert found.marked == recounted.marked, act
                assert found.version == document.last_event
        transaction.set_rollback(True)


def test_each_number_counts_what_it_says(document: Document, author: User, stranger: User) -> None:
    reviewer = promote(make_user(), "document:reviewer", document)
    question = make_annotation(author, document, "where a reader", motivation="questioning")
    make_reply(author, question, "I ask myself.")
    comment = make_annotation(stranger, document)
    make_reply(author, comment)
    make_annotation(stranger, document, "also a promise", motivation="highlighting", body="")
    make_annotation(author, document, "promise", visibility="private")
    make_annotation(author, document, "promise", status="pending")
    make_reply(stranger, comment, status="denied")
    decide_thread(reviewer=reviewer, root=comment, ruling=Ruling("answered", "Yes."))
    assert of(document, "p1") == Tally(
        people=2,
        threads=2,
        replies=2,
        questions=1,
        unanswered=1,
        contested=0,
        decided=1,
        highlights=1,
    )
    assert of(document, "p1").undecided == 1
    for person in (author, make_user()):
        react(person=person, annotation=comment, stance="disagree")
    assert of(document, "p1").contested == 1
    make_reply(stranger, question, "Here is why.")
    assert of(document, "p1").unanswered == 0


def test_what_has_no_place_is_counted_apart(document: Document, author: User) -> None:
    make_annotation(author, document, "Nobody")
    make_edition(document, TEXT[1], "Something else.")
    assert tallied(document).of(0).threads == 1
    assert tallied(document).total.threads == 1


def test_a_note_that_moved_is_counted_where_it_went_and_not_where_it_was(
    document: Document, author: User
) -> None:
    note = make_annotation(author, document)
    make_annotation(author, document, "also a promise")
    assert of(document, "p1").threads == 2
    passage = passage_of(document, "Nobody")
    adjust_passage(editor=author, annotation=note, version=note.version, passage=passage)
    assert (of(document, "p1").threads, of(document, "p3").threads) == (1, 1)


def test_only_the_blocks_that_changed_are_counted(document: Document, author: User) -> None:
    make_annotation(author, document, "The margin")
    make_annotation(author, document, "Nobody")
    tallied(document)
    first = block(document, "p1").pk
    Annotation.objects.filter(anchors__first_block=first).update(status="denied")  # behind its back
    make_annotation(author, document, "Nobody", body="Another.")
    assert of(document, "p1").threads == 1, "nobody told of a change there"
    assert of(document, "p3").threads == 2
    caches["pages"].clear()
    assert of(document, "p1").threads == 0


def test_what_is_counted_during_a_write_is_counted_again(document: Document, author: User) -> None:
    """Somebody looked the document up, then a note came, then they counted: an older number."""
    seen = Document.objects.select_related("current_edition").get(pk=document.pk)
    assert seen.current_edition is not None
    make_annotation(author, document)
    early = tallies_of(seen, seen.current_edition)
    assert early.version < Document.objects.get(pk=document.pk).last_event
    assert early.total.threads == 1
    make_annotation(author, document, body="Another.")
    assert tallied(document).total.threads == 2
    assert tallies_of(seen, seen.current_edition).total.threads == 2, "the newer number is kept"


def test_a_log_that_begins_anew_is_not_trusted(document: Document, author: User) -> None:
    make_annotation(author, document)
    tallied(document)
    Document.objects.filter(pk=document.pk).update(last_event=1)  # a backup was restored
    Annotation.objects.all().update(status="denied")
    assert tallied(document).total.threads == 0


def test_many_events_lead_to_a_recount(document: Document, author: User) -> None:
    note = make_annotation(author, document)
    tallied(document)
    Annotation.objects.filter(pk=note.pk).update(status="denied")
    with transaction.atomic():
        events.record_many(document, "annotation.flagged", [note.uid] * tallies.EVENTS_AT_ONCE)
    assert tallied(document).total.threads == 1
    with transaction.atomic():
        many = [note.uid] * (tallies.EVENTS_AT_ONCE + 1)
        events.record_many(document, "annotation.flagged", many)
    assert tallied(document).total.threads == 0


def test_an_import_is_counted(document: Document) -> None:
    tallied(document)
    editor = promote(make_user(), "editor")
    data = (
        b'{"rows": [{"id": "abc", "user": "acct:somebody@example.org", "text": "From elsewhere.",'
        b'"created": "2024-01-01T00:00:00+00:00", "updated": "2024-01-01T00:00:00+00:00",'
        b'"uri": "https://example.org/", "tags": [], "target": [{"source": "https://example.org/",'
        b'"selector": [{"type": "TextQuoteSelector", "exact": "The margin is where"}]}]}]}'
    )
    report = bring_in(editor=editor, document=document, data=data)
    assert report.saved == 1
    assert of(document, "p1").threads == 1


def test_a_page_asks_little_and_always_the_same(document: Document, author: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            tallied(document)
        return len(captured)

    make_annotation(author, document)
    tallied(document)
    few = asked()
    for number in range(8):
        make_reply(author, make_annotation(author, document, "Nobody", body=f"Note {number}."))
    assert asked() > few
    assert asked() == few <= 3
