"""What publishing a draft would do, before it is done."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader.actions.editions import publish_edition
from reader.actions.placing import leave_orphan, move_anchor, take_back_decision
from reader.models import Anchor, Annotation, Document, Edition, User
from reader.queries import carrying
from reader.queries.editions import editions_of
from reader.text.anchoring import Verdict
from tests.actions.test_editions import FIRST, SECOND, add
from tests.factories import make_annotation, make_document, make_user, passage_of, promote


@pytest.fixture
def document(db: None) -> Document:
    return make_document(*FIRST, slug="close-reading")


@pytest.fixture
def editor(db: None) -> User:
    return promote(make_user("editor"), "editor")


def queries_of_plan(draft: Edition) -> int:
    fresh = Edition.objects.select_related("document__current_edition").get(pk=draft.pk)
    with CaptureQueriesContext(connection) as captured:
        carrying.plan(fresh)
    return len(captured)


def many(model: Annotation, count: int) -> None:
    """Copy the annotation with its anchor."""
    anchor = model.anchors.get()
    names = [
        "document",
        "edition",
        "author",
        "motivation",
        "exact",
        "prefix",
        "suffix",
        "start",
        "end",
    ]
    copies = Annotation.objects.bulk_create(
        Annotation(**{name: getattr(model, name) for name in names}) for _copy in range(count)
    )
    for copy in copies:
        anchor.pk, anchor.annotation = None, copy
        anchor.save(force_insert=True)


def test_plan_says_where_every_root_goes(author: User, editor: User, document: Document) -> None:
    moved = make_annotation(author, document, "Nobody reads the same sentence")
    private = make_annotation(author, document, "kept in public", visibility="private")
    decided = make_annotation(author, document, "A promise, once made")
    draft = add(document, *SECOND)
    move_anchor(
        editor=editor,
        annotation=decided,
        edition=draft,
        passage=passage_of(document, "kept in public"),
    )
    planned = carrying.plan(draft)
    assert planned.base == document.current_edition
    assert set(planned.carried) == {moved.pk, private.pk, decided.pk}
    one = planned.carried[moved.pk]
    start, end = one.resolution.start, one.resolution.end
    assert draft.text[start:end] == "Nobody reads the same sentence"
    assert one.was is not None
    assert planned.base.text[slice(*one.was)] == "Nobody reads the same sentence"
    assert not one.decided
    assert planned.carried[decided.pk].decided
    assert planned.carried[decided.pk].was is not None
    assert not Anchor.objects.filter(edition=draft).exclude(annotation=decided).exists()


def test_part_of_a_plan_is_the_same_as_the_whole(author: User, document: Document) -> None:
    notes = [make_annotation(author, document, words) for words in ("The margin", "A promise")]
    draft = add(document, *SECOND)
    whole = carrying.plan(draft).carried
    part = carrying.plan(draft, only=[notes[1].pk]).carried
    assert part == {notes[1].pk: whole[notes[1].pk]}


def test_what_has_not_changed_is_taken_from_an_earlier_plan(
    author: User, editor: User, document: Document
) -> None:
    for words in ("The margin", "A promise", "Nobody reads the same sentence twice."):
        make_annotation(author, document, words)
    draft = add(document, *SECOND[1:])
    first = carrying.plan(draft)
    again = carrying.plan(draft, known=first)
    assert all(again.carried[pk] is one for pk, one in first.carried.items())
    late = make_annotation(author, document, "kept in public")
    third = carrying.plan(draft, known=first)
    assert set(third.carried) - set(first.carried) == {late.pk}


def test_counts_leave_out_what_the_viewer_may_not_read(
    author: User, stranger: User, editor: User, document: Document
) -> None:
    make_annotation(author, document, "The margin is where")
    make_annotation(author, document, "kept in public", visibility="private")
    gone = make_annotation(author, document, "Nobody reads the same sentence twice.")
    draft = add(document, *SECOND)
    leave_orphan(editor=editor, annotation=gone, edition=draft)
    planned = carrying.plan(draft)
    assert sum(carrying.counts(editor, planned).values()) == 2
    assert sum(carrying.counts(author, planned).values()) == 3
    assert sum(carrying.counts(AnonymousUser(), planned).values()) == 2
    assert carrying.counts(editor, planned)["orphaned"] == 1


def test_number_of_queries_does_not_grow(author: User, editor: User, document: Document) -> None:
    model = make_annotation(author, document, "The margin is where")
    lost = make_annotation(author, document, "Nobody reads the same sentence twice.")
    Anchor.objects.filter(annotation=lost).update(
        first_block=None, start=None, last_block=None, end=None, verdict=Verdict.ORPHANED
    )
    draft = add(document, *SECOND)
    few = queries_of_plan(draft)
    many(model, 300)
    assert queries_of_plan(draft) == few


def test_editions_are_listed_in_as_many_queries_however_many(
    editor: User, document: Document
) -> None:
    editor.get_all_permissions()  # asked once for each request

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            editions_of(editor, document)
        return len(captured)

    few = queries()
    for number in range(5):
        publish_edition(editor=None, edition=add(document, f"Line {number}.", *FIRST))
    assert len(editions_of(editor, document)) == 6
    assert queries() == few


def test_words_found_elsewhere_all_along_are_not_taken_for_lost_ones(
    author: User, document: Document
) -> None:
    # An orphan whose words stand in the text, at a place that is not its own.
    note = make_annotation(author, document, "kept in public")
    Anchor.objects.filter(annotation=note).update(
        first_block=None, start=None, last_block=None, end=None, verdict=Verdict.ORPHANED
    )
    draft = add(document, *SECOND)
    assert carrying.plan(draft).carried[note.pk].resolution.verdict is Verdict.ORPHANED


def test_orphan_by_decision_stays_one_when_its_words_come_back(
    author: User, editor: User, document: Document
) -> None:
    note = make_annotation(author, document, "Nobody reads the same sentence twice.")
    other = make_annotation(author, document, "Nobody reads the same sentence twice.")
    second = add(document, *FIRST[:2], "Completely different things stand here now.")
    leave_orphan(editor=editor, annotation=note, edition=second)
    publish_edition(editor=editor, edition=second)
    third = add(document, "A new beginning.", *FIRST)
    planned = carrying.plan(third)
    assert planned.carried[note.pk].resolution.verdict is Verdict.ORPHANED
    assert planned.carried[other.pk].resolution.start is not None


@pytest.mark.parametrize("is_left", [False, True])
def test_a_plan_is_not_remembered_beyond_a_decision_about_the_edition_before(
    author: User, editor: User, document: Document, is_left: bool
) -> None:
    note = make_annotation(author, document, "A promise, once made in public, is kept in public.")
    gone = publish_edition(editor=editor, edition=add(document, FIRST[0], FIRST[2]))
    if is_left:
        leave_orphan(editor=editor, annotation=note, edition=gone)
    document.refresh_from_db()
    draft = add(document, *FIRST)  # its words are back
    known = carrying.plan(draft)
    assert (known.carried[note.pk].resolution.start is None) == is_left
    act = take_back_decision if is_left else leave_orphan
    act(editor=editor, annotation=note, edition=gone)
    again = carrying.plan(draft, known=known)
    assert again == carrying.plan(draft)
    assert (again.carried[note.pk].resolution.start is None) != is_left
