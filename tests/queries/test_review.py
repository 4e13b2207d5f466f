"""The review desk's windows and filters."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from reader.actions.changes import delete_annotation
from reader.actions.dispositions import Ruling, decide_thread
from reader.models import (
    Anchor,
    Annotation,
    Assignment,
    Disposition,
    Document,
    Group,
    Label,
    Membership,
    Tag,
    User,
)
from reader.queries import review
from reader.queries.dispositions import thread_states
from reader.queries.review_filters import Filters
from reader.queries.review_places import BEGINNING, Cursor, cursor_at
from reader.queries.review_progress import progress
from tests.editions import make_edition
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

PARAGRAPHS = [f"Paragraph number {n} has words of its own." for n in range(1, 13)]


@pytest.fixture
def document(db: None) -> Document:
    return make_document(*PARAGRAPHS)


@pytest.fixture
def reviewer(document: Document) -> User:
    return promote(make_user("rita"), "document:reviewer", document)


def window(
    viewer: User, document: Document, cursor: Cursor = BEGINNING, **asked: object
) -> review.Window:
    edition = document.current_edition
    assert edition is not None
    filters = Filters(**asked)  # type: ignore[arg-type]  # named by the tests
    counted = progress(viewer, document, edition, filters)
    return review.window(
        viewer, document, edition, filters, cursor, has_orphans=counted.orphans > 0
    )


def uids(shown: review.Window) -> list[str]:
    return [
        card.thread.root.annotation.uid for stretch in shown.stretches for card in stretch.threads
    ]


def listed(viewer: User, document: Document, **asked: object) -> set[str]:
    """Return all uids, going from window to window; each comes once."""
    found: list[str] = []
    cursor: Cursor | None = BEGINNING
    while cursor is not None:
        shown = window(viewer, document, cursor, **asked)
        found += uids(shown)
        cursor = shown.after
    assert len(found) == len(set(found))
    counted = progress(viewer, document, document.current_edition, Filters(**asked))  # type: ignore[arg-type]  # as above
    assert counted.matching == len(found)
    return set(found)


def note(author: User, document: Document, number: int, **more: object) -> Annotation:
    return make_annotation(author, document, f"number {number} has", **more)  # type: ignore[arg-type]  # as the factory names them


@override_settings(POSTS_PER_MINUTE=1000)
def test_windows_go_down_the_text_and_back_without_gap_or_double(
    author: User, reviewer: User, document: Document
) -> None:
    made = [note(author, document, number) for number in (12, 3, 3, 1, 7, 3, 9) for _n in range(4)]
    order = sorted(made, key=lambda one: (one.start or 0, one.pk))
    forwards: list[str] = []
    last = window(reviewer, document)
    forwards += uids(last)
    while last.after is not None:
        last = window(reviewer, document, last.after)
        forwards += uids(last)
    assert forwards == [one.uid for one in order]
    assert len(uids(last)) == len(made) % review.THREADS_A_WINDOW
    backwards = uids(last)
    while last.before is not None:
        last = window(reviewer, document, last.before)
        backwards = uids(last) + backwards
    assert backwards == forwards


def test_threads_stand_under_their_paragraphs_with_their_marks(
    author: User, reviewer: User, document: Document
) -> None:
    for number in (2, 2, 6):
        note(author, document, number)
    shown = window(reviewer, document)
    assert [stretch.view.block.ref for stretch in shown.stretches if stretch.view] == ["p2", "p6"]
    assert [len(stretch.threads) for stretch in shown.stretches] == [2, 1]
    assert shown.stretches[1].skipped == (3, 5)
    first = shown.stretches[0].view
    assert first is not None
    assert [first.block.text[span.start : span.end] for span in first.spans] == ["number 2 has"] * 2


def test_a_passage_over_paragraphs_is_marked_in_each_that_is_shown(
    author: User, reviewer: User, document: Document
) -> None:
    make_annotation(
        author, document, "own.\n\nParagraph number 3 has words of its own.\n\nParagraph"
    )
    note(author, document, 3)
    shown = window(reviewer, document)
    second = shown.stretches[1].view
    assert second is not None
    assert (second.spans[0].start, second.spans[0].end) == (0, len(second.block.text))


def test_a_window_begins_where_it_is_asked_to(
    author: User, reviewer: User, document: Document
) -> None:
    made = [note(author, document, number) for number in (1, 4, 4, 8)]
    edition = document.current_edition
    assert edition is not None
    shown = window(reviewer, document, Cursor(position=0, ref="p4"))
    assert uids(shown) == [one.uid for one in made[1:]]
    shown = window(reviewer, document, cursor_at(reviewer, edition, made[2].uid))
    assert uids(shown) == [made[2].uid, made[3].uid]
    assert shown.before is not None
    assert uids(window(reviewer, document, shown.before)) == [made[0].uid, made[1].uid]
    assert uids(window(reviewer, document, Cursor(position=0, ref="p99"))) == []


def test_what_has_no_place_comes_last_and_leads_back(
    author: User, reviewer: User, document: Document
) -> None:
    made = [note(author, document, number) for number in (1, 2)]
    Anchor.objects.filter(annotation=made[0]).update(
        verdict="orphaned", first_block=None, last_block=None, start=None, end=None
    )
    shown = window(reviewer, document)
    assert uids(shown) == [made[1].uid]
    assert shown.after is not None
    last = window(reviewer, document, shown.after)
    assert uids(last) == [made[0].uid]
    assert last.stretches[0].view is None
    assert last.after is None
    assert last.before is not None
    assert uids(window(reviewer, document, last.before)) == [made[1].uid]
    assert listed(reviewer, document, first="p1", last="p9") == {made[1].uid}
    assert uids(window(reviewer, document, Cursor(), first="p1")) == []


def test_the_place_of_what_one_may_not_see_is_not_told(
    author: User, reviewer: User, document: Document
) -> None:
    private = note(author, document, 9, visibility="private")
    edition = document.current_edition
    assert edition is not None
    assert cursor_at(reviewer, edition, private.uid) == BEGINNING


@pytest.mark.parametrize(
    ("visibility", "status", "is_seen"),
    [
        ("public", "", True),
        ("private", "", False),
        ("public", "pending", False),
        ("public", "denied", False),
        ("public", "spam", False),
    ],
)
def test_the_desk_lists_what_its_viewer_may_read(
    author: User,
    reviewer: User,
    document: Document,
    visibility: str,
    status: str,
    is_seen: bool,
) -> None:
    root = note(author, document, 5, visibility=visibility, status=status)
    assert (root.uid in listed(reviewer, document)) == is_seen
    assert note(reviewer, document, 5, visibility="private").uid not in listed(reviewer, document)


def test_threads_of_a_group_are_for_reviewers_in_it(
    author: User, reviewer: User, document: Document
) -> None:
    group = Group.objects.create(slug="inner", name="Inner")
    root = note(author, document, 5)
    Annotation.objects.filter(pk=root.pk).update(visibility="group", group=group)
    assert listed(reviewer, document) == set()
    Membership.objects.create(user=reviewer, group=group)
    assert listed(reviewer, document) == {root.uid}
    assert listed(reviewer, document, group="inner") == {root.uid}
    assert listed(reviewer, document, group="other") == set()


def test_bare_highlights_are_no_threads_and_empty_places_are(
    author: User, stranger: User, reviewer: User, document: Document
) -> None:
    bare = note(author, document, 1, motivation="highlighting", body="")
    answered = note(author, document, 2, motivation="highlighting", body="")
    make_reply(stranger, answered)
    emptied = note(author, document, 3)
    make_reply(stranger, emptied)
    delete_annotation(editor=author, annotation=emptied)
    assert bare.uid not in listed(reviewer, document)
    assert listed(reviewer, document) == {answered.uid, emptied.uid}


class Desk:
    """Threads of every kind, by a name that says what they are."""

    def __init__(self, author: User, stranger: User, reviewer: User, document: Document) -> None:
        self.reviewer, self.document = reviewer, document
        self.by_name: dict[str, Annotation] = {
            "plain": note(author, document, 1),
            "question": note(author, document, 2, motivation="questioning"),
            "answered question": note(author, document, 3, motivation="questioning"),
            "tagged": note(author, document, 4, tags=("law",)),
            "labelled": note(stranger, document, 5),
            "declined": note(author, document, 6),
            "declined, replied": note(author, document, 7),
            "contested": note(author, document, 8),
            "mine to do": note(author, document, 9),
        }
        made = self.by_name
        make_reply(stranger, made["answered question"])
        make_reply(author, made["question"])
        label = Tag.objects.create(name="urgent")
        Label.objects.create(annotation=made["labelled"], tag=label, added_by=reviewer)
        for name in ("declined", "declined, replied"):
            decide_thread(reviewer=reviewer, root=made[name], ruling=Ruling("declined"))
        Disposition.objects.update(decided_at=timezone.now() - timedelta(hours=1))
        make_reply(stranger, made["declined, replied"])
        Annotation.objects.filter(pk=made["contested"].pk).update(disagree_count=2, agree_count=4)
        Assignment.objects.create(annotation=made["mine to do"], assignee=reviewer)

    def named(self, **asked: object) -> set[str]:
        found = listed(self.reviewer, self.document, **asked)
        return {name for name, root in self.by_name.items() if root.uid in found}


@pytest.fixture
def desk(author: User, stranger: User, reviewer: User, document: Document) -> Desk:
    return Desk(author, stranger, reviewer, document)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"motivation": "questioning"}, {"question", "answered question"}),
        ({"state": "unanswered"}, {"question"}),
        ({"state": "decided"}, {"declined", "declined, replied"}),
        ({"state": "declined"}, {"declined", "declined, replied"}),
        ({"state": "accepted"}, set()),
        ({"state": "replied"}, {"declined, replied"}),
        ({"tag": "law"}, {"tagged"}),
        ({"tag": "urgent"}, {"labelled"}),
        ({"is_contested": True}, {"contested"}),
        ({"assigned": "me"}, {"mine to do"}),
        ({"assigned": "rita"}, {"mine to do"}),
        ({"assigned": "somebody"}, set()),
        ({"first": "p4", "last": "p5"}, {"tagged", "labelled"}),
        ({"first": "p8"}, {"contested", "mine to do"}),
        ({"author": "stranger"}, {"labelled", "answered question", "declined, replied"}),
        ({"language": "en", "first": "p9"}, {"mine to do"}),
        ({"language": "kk"}, set()),
        ({"status": "approved", "last": "p1"}, {"plain"}),
        ({"status": "denied"}, set()),
        ({"edition": 7}, set()),
        (
            {"state": "undecided", "motivation": "commenting", "last": "p6"},
            {"plain", "tagged", "labelled"},
        ),
    ],
)
def test_filters_list_what_they_say(desk: Desk, asked: dict[str, object], names: set[str]) -> None:
    assert desk.named(**asked) == names


def test_all_but_the_assigned_are_nobodys(desk: Desk) -> None:
    assert desk.named(assigned="nobody") == set(desk.by_name) - {"mine to do"}
    assert desk.named(state="undecided") == set(desk.by_name) - {"declined", "declined, replied"}


def test_unread_is_what_others_wrote_since(
    author: User, reviewer: User, document: Document
) -> None:
    old, new, own = (
        note(author, document, 1),
        note(author, document, 2),
        note(reviewer, document, 3),
    )
    answered = note(reviewer, document, 4)
    hour = timezone.now() - timedelta(hours=1)
    Annotation.objects.filter(pk__in=[old.pk, answered.pk]).update(created_at=hour)
    make_reply(author, answered)
    since = timezone.now() - timedelta(minutes=30)
    assert listed(reviewer, document, is_unread=True, unread_since=since) == {new.uid, answered.uid}
    assert own.uid not in listed(reviewer, document, is_unread=True)


def test_written_since_an_edition(author: User, reviewer: User, document: Document) -> None:
    before = note(author, document, 1)
    make_edition(document, *PARAGRAPHS, "One more.")
    after = note(author, document, 2)
    assert listed(reviewer, document, edition=2) == {after.uid}
    assert listed(reviewer, document, edition=1) == {before.uid, after.uid}


def test_a_card_carries_the_state_that_a_decision_is_bound_to(
    author: User, stranger: User, reviewer: User, document: Document
) -> None:
    root = note(author, document, 1)
    for number in range(5):
        make_reply(stranger, root, f"Reply {number}.")
    make_reply(stranger, root, "Hidden.", status="pending")
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("answered"))
    (card,) = window(reviewer, document).stretches[0].threads
    assert card.state == thread_states(reviewer, [root.pk])[root.pk]
    assert [reply.annotation.body for reply in card.thread.replies] == [
        "Reply 2.",
        "Reply 3.",
        "Reply 4.",
    ]
    assert (card.earlier, card.thread.reply_count) == (2, 5)
    assert card.standing is not None
    assert document.current_edition is not None
    whole = review.one_thread(reviewer, root, document.current_edition)
    assert (len(whole.thread.replies), whole.earlier) == (5, 0)


def test_progress_counts_what_the_viewer_has_at_the_desk(desk: Desk) -> None:
    edition = desk.document.current_edition
    assert edition is not None
    counted = progress(desk.reviewer, desk.document, edition, Filters(tag="law"))
    assert (counted.total, counted.decided, counted.undecided, counted.matching) == (9, 2, 7, 1)
