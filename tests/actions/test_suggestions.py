"""Accepting and declining suggested edits, and the draft that collects them."""

from typing import Any

import pytest

from reader import events
from reader.actions.changes import adjust_passage, delete_annotation, edit_annotation
from reader.actions.editions import discard_draft, publish_edition, undo_publication
from reader.actions.errors import Invalid
from reader.actions.moderation import decide
from reader.actions.suggestions import accept_suggestion, decline_suggestion, withdraw_answer
from reader.actions.wording import Wording
from reader.models import Anchor, Annotation, Disposition, Document, Edition, Event, User
from reader.policy import Refused
from reader.queries.editions import find_edition
from reader.queries.threads import roots
from tests.actions.test_editions import add, words_of
from tests.factories import (
    force_status,
    make_annotation,
    make_document,
    make_reply,
    make_user,
    passage_of,
    promote,
)


@pytest.fixture
def document(db: None) -> Document:
    return make_document(
        "They continue tocause harm, it is said.",
        "The second paragraph stands alone.",
        "The third follows it.",
    )


@pytest.fixture
def editor(db: None) -> User:
    return promote(make_user("editor", name="Edda Editor"), "editor")


def suggest(
    author: User, document: Document, words: str, replacement: str, visibility: str = "public"
) -> Annotation:
    return make_annotation(
        author,
        document,
        words,
        body="",
        motivation="editing",
        replacement=replacement,
        visibility=visibility,
    )


def draft_of(document: Document) -> Edition | None:
    return document.editions.filter(published_at=None).first()


def texts(edition: Edition | None) -> list[str]:
    assert edition is not None
    return [block.text for block in edition.blocks.order_by("position")][:-1]


def test_accepted_suggestions_collect_into_one_draft(
    author: User, stranger: User, editor: User, document: Document
) -> None:
    first = suggest(author, document, "tocause", "to cause")
    second = suggest(stranger, document, "alone", "by itself")
    accept_suggestion(editor=editor, annotation=first)
    answer = accept_suggestion(editor=editor, annotation=second, reason="Plainer.")
    draft = draft_of(document)
    assert draft is not None
    assert (draft.origin, draft.number, draft.created_by) == ("suggestions", 2, editor)
    assert texts(draft) == [
        "They continue to cause harm, it is said.",
        "The second paragraph stands by itself.",
        "The third follows it.",
    ]
    assert (answer.addressed_in, answer.reason, answer.decided_by) == (draft, "Plainer.", editor)
    assert (words_of(first, draft), words_of(second, draft)) == ("to cause", "by itself")


def test_publishing_adopts_and_credits(author: User, editor: User, document: Document) -> None:
    note = suggest(author, document, "tocause", "to cause")
    struck = suggest(author, document, ", it is said", "")
    other = make_annotation(author, document, "continue tocause harm")
    accept_suggestion(editor=editor, annotation=note)
    accept_suggestion(editor=editor, annotation=struck)
    draft = draft_of(document)
    assert draft is not None
    edition = publish_edition(editor=editor, edition=draft)
    assert texts(edition)[0] == "They continue to cause harm."
    anchor = Anchor.objects.get(annotation=note, edition=edition)
    assert (words_of(note, edition), anchor.verdict) == ("to cause", "confirmed")
    assert (anchor.decided_by, anchor.score) == (editor, 1.0)
    gone = Anchor.objects.get(annotation=struck, edition=edition)
    assert (gone.verdict, gone.decided_by) == ("orphaned", editor)
    assert words_of(other, edition) == "continue to cause harm"
    shown = {row.pk: row.answers for row in roots(author, edition)}
    assert [answer.addressed_in for answer in shown[note.pk]] == [edition]
    assert shown[other.pk] == []


def test_edits_across_blocks_join_split_and_drop_them(
    author: User, editor: User, document: Document
) -> None:
    join = suggest(author, document, "alone.\n\nThe third", "alone, and the third")
    split = suggest(author, document, "harm, it", "harm.\n\nIt")
    for note in (join, split):
        accept_suggestion(editor=editor, annotation=note)
    draft = draft_of(document)
    assert texts(draft) == [
        "They continue tocause harm.",
        "It is said.",
        "The second paragraph stands alone, and the third follows it.",
    ]
    assert draft is not None
    assert [block.ref for block in draft.blocks.order_by("position")] == ["p1", "p2", "p3", "p4"]
    assert words_of(join, draft) == "alone, and the third"
    assert words_of(split, draft) == "harm.\n\nIt"
    withdraw_answer(editor=editor, annotation=join)
    withdraw_answer(editor=editor, annotation=split)
    assert draft_of(document) is None
    strike = suggest(author, document, "The second paragraph stands alone.", "")
    accept_suggestion(editor=editor, annotation=strike)
    assert texts(draft_of(document))[1] == "The third follows it."


def test_overlapping_suggestion_is_refused_and_says_whose_stands(
    author: User, stranger: User, editor: User, document: Document
) -> None:
    accept_suggestion(
        editor=editor, annotation=suggest(author, document, "continue tocause", "go on causing")
    )
    other = suggest(stranger, document, "tocause harm", "to harm")
    with pytest.raises(Invalid, match="Ada Author"):
        accept_suggestion(editor=editor, annotation=other)
    assert not Disposition.objects.filter(annotation=other).exists()
    beside = suggest(stranger, document, "harm", "damage")
    accept_suggestion(editor=editor, annotation=beside)
    assert texts(draft_of(document))[0] == "They continue tocause harm, it is said.".replace(
        "continue tocause harm", "go on causing damage"
    )


@pytest.mark.parametrize("kind", ["comment", "private", "pending", "denied", "deleted", "orphaned"])
def test_what_cannot_be_taken_up_is_refused(
    author: User, editor: User, document: Document, kind: str
) -> None:
    if kind == "comment":
        note = make_annotation(author, document, "alone")
    else:
        visibility = "private" if kind == "private" else "public"
        note = suggest(author, document, "tocause", "to cause", visibility=visibility)
    if kind in {"pending", "denied"}:
        force_status(note, kind)
    if kind == "deleted":
        delete_annotation(editor=author, annotation=note)
    if kind == "orphaned":
        Anchor.objects.filter(annotation=note).update(
            first_block=None, start=None, last_block=None, end=None, verdict="orphaned"
        )
    with pytest.raises((Invalid, Refused)):
        accept_suggestion(editor=editor, annotation=note)
    assert not Disposition.objects.exists()
    assert draft_of(document) is None


def test_even_an_administrator_cannot_take_up_what_is_not_public(
    author: User, document: Document
) -> None:
    admin = promote(make_user(), "admin")
    note = force_status(suggest(author, document, "tocause", "to cause"), "pending")
    with pytest.raises(Invalid, match="not public"):
        accept_suggestion(editor=admin, annotation=note)


def test_only_editors_answer(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    for person in (author, stranger, moderator):
        for act in (accept_suggestion, decline_suggestion, withdraw_answer):
            with pytest.raises(Refused):
                act(editor=person, annotation=note)


def test_accepting_twice_changes_nothing_and_declining_replaces(
    author: User, editor: User, document: Document
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    first = accept_suggestion(editor=editor, annotation=note)
    assert accept_suggestion(editor=editor, annotation=note) == first
    declined = decline_suggestion(editor=editor, annotation=note, reason="As published.")
    assert draft_of(document) is None
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert declined.outcome == "declined"
    accept_suggestion(editor=editor, annotation=note)
    assert draft_of(document) is not None
    names = Event.objects.filter(subject=note.uid).values_list("name", flat=True)
    assert list(names).count("annotation.answered") == 3


def test_accepted_wording_does_not_change_under_the_editors_hand(
    author: User, editor: User, document: Document
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    accept_suggestion(editor=editor, annotation=note)
    note.refresh_from_db()
    with pytest.raises(Invalid, match="accepted"):
        edit_annotation(
            editor=author, annotation=note, version=1, wording=Wording("", "to prevent")
        )
    with pytest.raises(Invalid, match="accepted"):
        adjust_passage(
            editor=author, annotation=note, version=1, passage=passage_of(document, "harm")
        )
    with pytest.raises(Invalid, match="accepted"):
        edit_annotation(
            editor=author,
            annotation=note,
            version=1,
            wording=Wording("", "to cause"),
            visibility="private",
        )
    said = edit_annotation(
        editor=author, annotation=note, version=1, wording=Wording("A slip.", "to cause")
    )
    assert said.body == "A slip."


def test_deleting_an_accepted_suggestion_takes_it_out_of_the_draft(
    author: User, editor: User, document: Document
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    other = suggest(author, document, "alone", "by itself")
    for one in (note, other):
        accept_suggestion(editor=editor, annotation=one)
    delete_annotation(editor=author, annotation=note)
    assert texts(draft_of(document))[:2] == [
        "They continue tocause harm, it is said.",
        "The second paragraph stands by itself.",
    ]
    delete_annotation(editor=author, annotation=other)
    assert draft_of(document) is None


@pytest.mark.parametrize("undo", [withdraw_answer, decline_suggestion, None])
def test_words_that_are_not_struck_after_all_keep_their_place(
    author: User, editor: User, document: Document, undo: Any
) -> None:
    struck = suggest(author, document, ", it is said", "")
    other = suggest(author, document, "alone", "by itself")
    for one in (struck, other):
        accept_suggestion(editor=editor, annotation=one)
    if undo:
        undo(editor=editor, annotation=struck)
    else:
        make_reply(editor, struck)  # so that the thread outlives it
        delete_annotation(editor=author, annotation=struck)
    draft = draft_of(document)
    assert draft is not None
    assert not draft.anchors.filter(annotation=struck).exists()  # nobody has decided about it
    edition = publish_edition(editor=editor, edition=draft)
    assert words_of(struck, edition) == ", it is said"


def test_deleting_waits_its_turn_before_it_takes_anything_back(
    author: User, editor: User, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    answer = accept_suggestion(editor=editor, annotation=note)
    lock, stood = events.lock, []

    def look_and_lock(document: Document) -> None:
        answer.refresh_from_db()
        stood.append(answer.withdrawn_at is None)
        lock(document)

    monkeypatch.setattr(events, "lock", look_and_lock)
    delete_annotation(editor=author, annotation=note)
    answer.refresh_from_db()
    assert (stood, answer.withdrawn_at is None) == ([True], False)
    assert draft_of(document) is None


def test_suggestion_taken_down_is_not_published(
    author: User, editor: User, moderator: User, document: Document
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    other = suggest(author, document, "alone", "by itself")
    for one in (note, other):
        accept_suggestion(editor=editor, annotation=one)
    decide(moderator=moderator, annotation=note, act="deny", reason="rules")
    draft = draft_of(document)
    assert draft is not None
    with pytest.raises(Invalid, match="changed meanwhile"):
        publish_edition(editor=editor, edition=draft)  # nobody has seen what is left of it
    draft = draft_of(document)
    assert draft is not None
    assert texts(draft)[0] == "They continue tocause harm, it is said."
    edition = publish_edition(editor=editor, edition=draft)
    assert texts(edition)[0] == "They continue tocause harm, it is said."
    assert Disposition.objects.get(annotation=note).addressed_in is None
    assert Disposition.objects.get(annotation=other).addressed_in == edition


def test_draft_of_which_nothing_is_left_is_not_published(
    author: User, editor: User, moderator: User, document: Document
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    accept_suggestion(editor=editor, annotation=note)
    draft = draft_of(document)
    assert draft is not None
    decide(moderator=moderator, annotation=note, act="deny", reason="rules")
    with pytest.raises(Invalid, match="No accepted suggestion"):
        publish_edition(editor=editor, edition=draft)
    document.refresh_from_db()
    assert document.current_edition is not None
    assert document.current_edition.number == 1


def test_accepted_ones_wait_while_a_file_is_the_draft(
    author: User, editor: User, document: Document
) -> None:
    draft = add(document, "They continue tocause harm.", "Other.")
    note = suggest(author, document, "tocause", "to cause")
    answer = accept_suggestion(editor=editor, annotation=note)
    assert answer.addressed_in is None
    draft.refresh_from_db()
    assert texts(draft)[0] == "They continue tocause harm."
    discard_draft(editor=editor, edition=draft)
    accept_suggestion(editor=editor, annotation=suggest(author, document, "alone", "by itself"))
    answer.refresh_from_db()
    assert answer.addressed_in == draft_of(document)


def test_file_that_says_what_was_accepted_adopts_it(
    author: User, editor: User, document: Document
) -> None:
    taken = suggest(author, document, "tocause", "to cause")
    struck = suggest(author, document, ", it is said", "")
    ignored = suggest(author, document, "stands alone", "alone")
    for note in (taken, struck, ignored):
        accept_suggestion(editor=editor, annotation=note)
    draft = add(
        document,
        "They continue to cause harm.",
        "The second paragraph stands alone.",
        "The third follows it all.",
        replace=True,
    )
    assert not Disposition.objects.exclude(addressed_in=None).exists()
    edition = publish_edition(editor=editor, edition=draft)
    adopted = Disposition.objects.filter(addressed_in=edition)
    assert {answer.annotation_id for answer in adopted} == {taken.pk, struck.pk}
    assert words_of(taken, edition) == "to cause"
    assert Anchor.objects.get(annotation=taken, edition=edition).verdict == "confirmed"
    assert words_of(ignored, edition) == "stands alone"
    undo_publication(editor=editor, edition=edition)
    assert not Disposition.objects.exclude(addressed_in=None).exists()
    assert not Anchor.objects.filter(edition=edition).exists()
    publish_edition(editor=editor, edition=edition)
    assert words_of(taken, edition) == "to cause"


def test_undone_edition_of_suggestions_is_their_draft_again(
    author: User, editor: User, document: Document
) -> None:
    note = suggest(author, document, "tocause", "to cause")
    accept_suggestion(editor=editor, annotation=note)
    draft = draft_of(document)
    assert draft is not None
    publish_edition(editor=editor, edition=draft)
    with pytest.raises(Invalid, match="adopted"):
        withdraw_answer(editor=editor, annotation=note)
    with pytest.raises(Invalid, match="adopted"):
        decline_suggestion(editor=editor, annotation=note)
    undo_publication(editor=editor, edition=draft)
    document.refresh_from_db()
    accept_suggestion(editor=editor, annotation=suggest(author, document, "alone", "by itself"))
    again = draft_of(document)
    assert again == draft
    edition = publish_edition(editor=editor, edition=again)
    assert texts(edition)[:2] == [
        "They continue to cause harm, it is said.",
        "The second paragraph stands by itself.",
    ]
    assert find_edition(author, document).number == 2


def test_accepted_ones_wait_for_the_first_draft_after_a_file(
    author: User, editor: User, document: Document
) -> None:
    waits = suggest(author, document, "alone", "by itself")
    outdated = suggest(author, document, "tocause harm", "to do harm")
    for note in (waits, outdated):
        accept_suggestion(editor=editor, annotation=note)
    draft = add(
        document,
        "They continue to cause harm, it is said.",
        "The second paragraph stands alone.",
        "The third follows it.",
        replace=True,
    )
    publish_edition(editor=editor, edition=draft)
    document.refresh_from_db()
    assert draft_of(document) is None
    accept_suggestion(editor=editor, annotation=suggest(author, document, "follows", "trails"))
    assert texts(draft_of(document)) == [
        "They continue to cause harm, it is said.",  # its words are others than those agreed on
        "The second paragraph stands by itself.",
        "The third trails it.",
    ]


def test_replacing_a_draft_of_suggestions_lets_them_wait(
    author: User, editor: User, document: Document
) -> None:
    answer = accept_suggestion(
        editor=editor, annotation=suggest(author, document, "tocause", "to cause")
    )
    with pytest.raises(Invalid, match="draft"):
        add(document, "Other.")
    add(document, "Other.", replace=True)
    answer.refresh_from_db()
    assert (answer.addressed_in, answer.withdrawn_at) == (None, None)


def test_suggestions_that_would_strike_the_whole_text_leave_something(
    author: User, editor: User
) -> None:
    document = make_document("First words.", "Last words.")
    edition = document.current_edition
    assert edition is not None
    for block in edition.blocks.order_by("position"):
        accept_suggestion(
            editor=editor, annotation=suggest(author, document, block.text, replacement="")
        )
    draft = draft_of(document)
    assert draft is not None
    assert draft.text
