"""Editors say where annotations stand, before and after publishing."""

from typing import Any

import pytest

from reader.actions.changes import adjust_passage
from reader.actions.editions import publish_edition, undo_publication
from reader.actions.errors import Conflict, Invalid
from reader.actions.passages import Passage
from reader.actions.placing import confirm_anchor, leave_orphan, move_anchor, take_back_decision
from reader.actions.suggestions import accept_suggestion
from reader.models import Anchor, Annotation, Document, Edition, Event, User
from reader.policy import Refused
from reader.queries import carrying
from reader.text.anchoring import Verdict
from tests.actions.test_editions import FIRST, SECOND, add, words_of
from tests.factories import (
    force_status,
    make_annotation,
    make_document,
    make_user,
    passage_of,
    promote,
)


@pytest.fixture
def document(db: None) -> Document:
    return make_document(*FIRST, slug="close-reading")


@pytest.fixture
def editor(db: None) -> User:
    return promote(make_user("editor"), "editor")


@pytest.fixture
def note(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, "A promise, once made in public")


@pytest.fixture
def draft(document: Document) -> Edition:
    return add(document, *SECOND)


def planned(note: Annotation, draft: Edition) -> carrying.Carried:
    return carrying.plan(Edition.objects.get(pk=draft.pk)).carried[note.pk]


def at(edition: Edition, words: str) -> Passage:
    start = edition.text.index(words)
    return Passage(start=start, end=start + len(words), exact=words)


def test_decisions_before_publishing_are_kept_by_it(
    author: User, editor: User, document: Document, note: Annotation, draft: Edition
) -> None:
    gone = make_annotation(author, document, "also a promise")
    sure = make_annotation(author, document, "kept in public")
    move_anchor(editor=editor, annotation=note, edition=draft, passage=at(draft, "A vow"))
    leave_orphan(editor=editor, annotation=gone, edition=draft)
    confirm_anchor(editor=editor, annotation=sure, edition=draft)
    assert planned(note, draft).decided
    publish_edition(editor=editor, edition=draft)
    assert words_of(note, draft) == "A vow"
    assert words_of(gone, draft) is None
    assert words_of(sure, draft) == "kept in public"
    rows = Anchor.objects.filter(edition=draft, decided_by=editor)
    assert sorted(rows.values_list("verdict", flat=True)) == ["confirmed", "confirmed", "orphaned"]
    assert not Event.objects.filter(name="annotation.placed").exists()


def test_taking_a_decision_back_leads_to_what_the_machine_says(
    editor: User, note: Annotation, draft: Edition
) -> None:
    machine = planned(note, draft)
    leave_orphan(editor=editor, annotation=note, edition=draft)
    assert planned(note, draft).resolution.verdict is Verdict.ORPHANED
    take_back_decision(editor=editor, annotation=note, edition=draft)
    take_back_decision(editor=editor, annotation=note, edition=draft)
    assert planned(note, draft) == machine
    publish_edition(editor=editor, edition=draft)
    published = Anchor.objects.filter(annotation=note, edition=draft)
    before = published.values("first_block", "start", "end", "verdict", "score").get()
    move_anchor(editor=editor, annotation=note, edition=draft, passage=at(draft, "A vow"))
    assert words_of(note, draft) == "A vow"
    take_back_decision(editor=editor, annotation=note, edition=draft)
    assert published.values("first_block", "start", "end", "verdict", "score").get() == before
    names = Event.objects.filter(subject=note.uid).values_list("name", flat=True)
    assert list(names) == ["annotation.created", "annotation.placed", "annotation.placed"]


def test_annotation_made_here_goes_back_to_its_own_words(
    author: User, editor: User, document: Document, draft: Edition
) -> None:
    publish_edition(editor=editor, edition=draft)
    document.refresh_from_db()
    made = make_annotation(author, document, "A vow")
    move_anchor(editor=editor, annotation=made, edition=draft, passage=at(draft, "kept"))
    take_back_decision(editor=editor, annotation=made, edition=draft)
    assert words_of(made, draft) == "A vow"


def test_decisions_survive_undoing(editor: User, note: Annotation, draft: Edition) -> None:
    publish_edition(editor=editor, edition=draft)
    move_anchor(editor=editor, annotation=note, edition=draft, passage=at(draft, "A vow"))
    undo_publication(editor=editor, edition=draft)
    publish_edition(editor=editor, edition=draft)
    assert words_of(note, draft) == "A vow"
    assert Anchor.objects.get(annotation=note, edition=draft).decided_by == editor


def test_decision_is_kept_when_the_draft_is_replaced_and_its_words_stand(
    editor: User, document: Document, note: Annotation, draft: Edition
) -> None:
    move_anchor(
        editor=editor, annotation=note, edition=draft, passage=at(draft, "vow, once made in public")
    )
    better = add(document, *SECOND[:2], SECOND[2], "One more line.", replace=True)
    assert planned(note, better).decided
    assert words_of(note, better) == "vow, once made in public"


def test_author_who_moves_the_passage_has_the_last_word(
    author: User, editor: User, document: Document, note: Annotation, draft: Edition
) -> None:
    move_anchor(editor=editor, annotation=note, edition=draft, passage=at(draft, "A vow"))
    note.refresh_from_db()
    adjust_passage(
        editor=author, annotation=note, version=1, passage=passage_of(document, "sentence twice")
    )
    publish_edition(editor=editor, edition=draft)
    assert words_of(note, draft) == "sentence twice"


@pytest.mark.parametrize("is_published", [False, True])
def test_a_decision_holds_for_the_place_that_its_editor_saw(
    editor: User, note: Annotation, draft: Edition, is_published: bool
) -> None:
    if is_published:
        publish_edition(editor=editor, edition=draft)
    found = planned(note, draft).resolution if not is_published else None
    row = Anchor.objects.filter(annotation=note, edition=draft).select_related("first_block")
    start, end = (found.start, found.end) if found else carrying.span_of(row.get()) or (0, 0)
    seen = f"open:{start}-{end}"
    other = promote(make_user("other-editor"), "editor")
    move_anchor(editor=other, annotation=note, edition=draft, passage=at(draft, "kept"), seen=seen)
    place: dict[str, Any] = {"annotation": note, "edition": draft, "editor": editor}
    for act in (confirm_anchor, leave_orphan, take_back_decision):
        with pytest.raises(Conflict, match="decided this meanwhile"):
            act(**place, seen=seen)
    with pytest.raises(Conflict, match="decided this meanwhile"):
        move_anchor(**place, passage=at(draft, "A vow"), seen=seen)
    assert words_of(note, draft) == "kept"
    assert Anchor.objects.get(annotation=note, edition=draft).decided_by == other
    leave_orphan(**place, seen=f"decided:{draft.text.index('kept')}-{draft.text.index('kept') + 4}")
    assert words_of(note, draft) is None


def test_only_editors_place_and_only_what_they_may_read(
    author: User, moderator: User, editor: User, document: Document, draft: Edition
) -> None:
    public = make_annotation(author, document, "kept in public")
    private = make_annotation(author, document, "The margin", visibility="private")
    denied = force_status(make_annotation(author, document, "The margin"), "denied")
    for person, one in [(author, public), (moderator, public), (editor, private), (editor, denied)]:
        for act in (confirm_anchor, leave_orphan, take_back_decision):
            with pytest.raises(Refused):
                act(editor=person, annotation=one, edition=draft)
        with pytest.raises(Refused):
            move_anchor(editor=person, annotation=one, edition=draft, passage=at(draft, "A vow"))


def test_past_editions_and_foreign_documents_are_not_touched(
    author: User, editor: User, note: Annotation, draft: Edition, document: Document
) -> None:
    first = document.current_edition
    assert first is not None
    other = add(make_document(*FIRST), *SECOND)
    with pytest.raises(Refused):
        leave_orphan(editor=editor, annotation=note, edition=other)
    publish_edition(editor=editor, edition=draft)
    with pytest.raises(Invalid, match="past"):
        leave_orphan(editor=editor, annotation=note, edition=Edition.objects.get(pk=first.pk))


def test_nothing_is_confirmed_where_nothing_was_found(
    author: User, editor: User, document: Document
) -> None:
    lost = make_annotation(author, document, "Nobody reads the same sentence twice.")
    draft = add(document, *FIRST[:2], "Completely different things stand here now.")
    with pytest.raises(Invalid):
        confirm_anchor(editor=editor, annotation=lost, edition=draft)


def test_place_of_an_accepted_suggestion_follows_from_it(
    author: User, editor: User, document: Document
) -> None:
    note = make_annotation(
        author, document, "promise, once", body="", motivation="editing", replacement="vow, once"
    )
    answer = accept_suggestion(editor=editor, annotation=note)
    draft = answer.addressed_in
    assert draft is not None
    with pytest.raises(Invalid):
        move_anchor(editor=editor, annotation=note, edition=draft, passage=at(draft, "kept"))
    first = Edition.objects.get(document=document, number=1)
    with pytest.raises(Invalid):
        move_anchor(editor=editor, annotation=note, edition=first, passage=at(first, "kept"))
