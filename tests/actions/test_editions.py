"""Drafts, publishing them over a discussion, and taking that back."""

from typing import Any

import pytest

from reader.actions.annotations import create_annotation
from reader.actions.changes import adjust_passage, delete_annotation
from reader.actions.editions import add_draft, discard_draft, publish_edition, undo_publication
from reader.actions.errors import Invalid
from reader.actions.passages import Passage
from reader.actions.placing import move_anchor
from reader.actions.wording import Wording
from reader.models import Anchor, Annotation, Document, Edition, Event, User
from reader.policy import Refused
from reader.queries import carrying
from reader.queries.editions import draft_of, editions_of, find_edition
from reader.text.anchoring import Verdict
from tests import factories
from tests.editions import misses_under_lock
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

FIRST = (
    "The margin is where a reader answers. The margin is also a promise.",
    "A promise, once made in public, is kept in public.",
    "Nobody reads the same sentence twice.",
)
SECOND = (
    "Nobody reads the same sentence twice.",
    "The margin is where a reader answers. The margin is also a promise.",
    "A vow, once made in public, is kept in public.",
)


def as_file(*paragraphs: str) -> bytes:
    return "\n\n".join(["A document", *paragraphs]).encode()


def add(document: Document, *paragraphs: str, **options: Any) -> Edition:
    """Add a draft with these paragraphs and the last one of every test document."""
    data = as_file(*paragraphs, f"The end of {document.slug}.")
    options = {"editor": None, "name": "next.txt", **options}
    return add_draft(document=document, data=data, **options)


def publish(document: Document, *paragraphs: str, **options: Any) -> Edition:
    return publish_edition(editor=None, edition=add(document, *paragraphs, **options))


def words_of(annotation: Annotation, edition: Edition) -> str | None:
    """Return the words that the annotation stands on, None for an orphan."""
    row = Anchor.objects.select_related("first_block", "last_block").get(
        annotation=annotation, edition=edition
    )
    span = carrying.span_of(row)
    return edition.text[slice(*span)] if span else None


def anchors_of(edition: Edition) -> list[dict[str, Any]]:
    return [dict(row) for row in Anchor.objects.filter(edition=edition).order_by("pk").values()]


@pytest.fixture
def document(db: None) -> Document:
    return make_document(*FIRST, slug="close-reading")


@pytest.fixture
def editor(db: None) -> User:
    return promote(make_user("editor"), "editor")


def test_draft_changes_nothing_for_readers(
    author: User, stranger: User, editor: User, document: Document
) -> None:
    make_annotation(author, document)
    before = [Event.objects.count(), anchors_of(find_edition(stranger, document))]
    draft = add(document, *SECOND, editor=editor, label="Corrected", note="Two slips less.")
    assert (draft.number, draft.origin, draft.label) == (2, "file", "Corrected")
    assert draft.based_on == document.current_edition
    assert draft.created_by == editor
    document.refresh_from_db()
    assert document.current_edition is not None
    assert document.current_edition.number == 1
    assert [Event.objects.count(), anchors_of(find_edition(stranger, document))] == before
    assert [block.text for block in draft.blocks.order_by("position")][:3] == list(SECOND)
    assert [block.ref for block in draft.blocks.order_by("position")] == ["p1", "p2", "p3", "p4"]


def test_draft_is_found_by_editors_alone(
    author: User, moderator: User, editor: User, document: Document
) -> None:
    draft = add(document, *SECOND)
    reviewer = promote(make_user(), "document:reviewer", document)
    own = promote(make_user(), "document:editor", document)
    for viewer in (author, moderator, reviewer):
        assert draft_of(viewer, document) is None
        assert editions_of(viewer, document) == [document.current_edition]
        with pytest.raises(Edition.DoesNotExist):
            find_edition(viewer, document, 2)
    for viewer in (editor, own):
        assert draft_of(viewer, document) == draft == find_edition(viewer, document, 2)
        assert editions_of(viewer, document) == [document.current_edition, draft]


def test_only_editors_make_publish_undo_and_discard(
    author: User, moderator: User, document: Document
) -> None:
    draft = add(document, *SECOND)
    for person in (author, moderator, promote(make_user(), "document:reviewer", document)):
        with pytest.raises(Refused):
            add(document, "Other.", editor=person, replace=True)
        with pytest.raises(Refused):
            publish_edition(editor=person, edition=draft)
        with pytest.raises(Refused):
            discard_draft(editor=person, edition=draft)
    publish_edition(editor=None, edition=draft)
    with pytest.raises(Refused):
        undo_publication(editor=moderator, edition=draft)


@pytest.mark.parametrize(
    ("paragraphs", "options"),
    [
        (FIRST, {}),  # the same text
        (SECOND, {"name": "next.exe"}),
        (SECOND, {"label": "x" * 121}),
        (SECOND, {"note": "x" * 401}),
    ],
)
def test_what_cannot_be_a_draft_is_refused_and_leaves_nothing(
    document: Document, paragraphs: tuple[str, ...], options: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        add(document, *paragraphs, **options)
    assert document.editions.count() == 1


def test_second_draft_replaces_the_first_only_when_asked(document: Document) -> None:
    first = add(document, *SECOND)
    with pytest.raises(Invalid, match="draft"):
        add(document, "Third.", *SECOND)
    second = add(document, "Third.", *SECOND, replace=True)
    assert not Edition.objects.filter(pk=first.pk).exists()
    assert (second.number, second.text[:6]) == (2, "Third.")


def test_pasted_text_may_begin_with_the_title_or_not(document: Document) -> None:
    text = "\n\n".join([*FIRST, "A new end."])
    bare = add_draft(editor=None, document=document, data=text.encode(), name="pasted.txt")
    titled = add_draft(
        editor=None,
        document=document,
        data=f"A document\n\n{text}".encode(),
        name="pasted.txt",
        replace=True,
    )
    assert bare.text == titled.text == text


def test_publishing_carries_every_root(author: User, editor: User, document: Document) -> None:
    moved = make_annotation(author, document, "Nobody reads the same sentence")
    stays = make_annotation(author, document, "reader answers. The margin")
    reworded = make_annotation(author, document, "A promise, once made in public")
    private = make_annotation(author, document, "kept in public", visibility="private")
    gone = make_annotation(author, document, "promise, once")
    empty = make_annotation(author, document, "also a promise")
    make_reply(author, empty)
    delete_annotation(editor=author, annotation=empty)
    edition = add(document, *SECOND, editor=editor)
    told: list[tuple[int, int]] = []
    publish_edition(
        editor=editor, edition=edition, progress=lambda done, total: told.append((done, total))
    )
    document.refresh_from_db()
    assert document.current_edition == edition
    assert (edition.published_by, edition.is_draft) == (editor, False)
    assert told[-1] == (6, 6)
    assert words_of(moved, edition) == "Nobody reads the same sentence"
    assert words_of(stays, edition) == "reader answers. The margin"
    assert (words_of(reworded, edition) or "").endswith("once made in public")
    assert words_of(private, edition) == "kept in public"
    assert words_of(empty, edition) == "also a promise"
    assert Anchor.objects.get(annotation=stays, edition=edition).verdict == Verdict.EXACT
    assert Anchor.objects.get(annotation=reworded, edition=edition).verdict == Verdict.FUZZY
    assert Anchor.objects.get(annotation=moved, edition=edition).verdict == Verdict.MOVED
    assert words_of(gone, edition) != "promise, once"
    latest = Event.objects.filter(document=document).latest("number")
    assert (latest.name, latest.subject) == ("edition.published", "2")
    stays.refresh_from_db()
    assert (stays.edition.number, stays.exact) == (1, "reader answers. The margin")


def test_texts_are_compared_before_others_have_to_wait(
    author: User, editor: User, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = make_annotation(author, document, "kept in public")
    draft = add(document, *SECOND)
    move_anchor(editor=editor, annotation=note, edition=draft, passage=Passage(exact="A vow"))
    better = [*SECOND, "One more line."]
    assert not misses_under_lock(monkeypatch, lambda: add(document, *better, replace=True))
    edition = publish(document, *better, replace=True)
    document.refresh_from_db()
    late = make_annotation(author, document, "A vow")
    assert not misses_under_lock(
        monkeypatch, lambda: undo_publication(editor=editor, edition=edition)
    )
    assert carrying.carrier_between.cache_info().currsize == 1
    assert words_of(note, edition) == "A vow"
    assert late.anchors.count() == 2


def test_published_edition_is_no_draft_twice(document: Document) -> None:
    draft = add(document, *SECOND)
    again = Edition.objects.get(pk=draft.pk)
    publish_edition(editor=None, edition=draft)
    with pytest.raises(Invalid):
        publish_edition(editor=None, edition=again)
    with pytest.raises(Invalid):
        discard_draft(editor=None, edition=again)


def test_what_is_written_between_planning_and_saving_is_carried_too(
    author: User, stranger: User, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjusted = make_annotation(author, document, "reader answers")
    draft = add(document, *SECOND)
    late: list[Annotation] = []
    plan = carrying.plan

    def plan_and_be_late(*args: Any, **options: Any) -> carrying.Plan:
        planned = plan(*args, **options)
        if not late:
            late.append(make_annotation(stranger, document, "sentence twice"))
            adjust_passage(
                editor=author,
                annotation=adjusted,
                version=adjusted.version,
                passage=factories.passage_of(document, "kept in public"),
            )
        return planned

    monkeypatch.setattr(carrying, "plan", plan_and_be_late)
    publish_edition(editor=None, edition=draft)
    assert words_of(late[0], draft) == "sentence twice"
    assert words_of(adjusted, draft) == "kept in public"


def test_words_sent_from_the_old_edition_find_their_place_in_the_new_one(
    author: User, document: Document
) -> None:
    passage = factories.passage_of(document, "A promise, once")  # selected before publication
    held = Document.objects.select_related("current_edition").get(pk=document.pk)
    edition = publish(document, SECOND[0], *FIRST[:2])
    made = create_annotation(
        author=author,
        document=held,
        motivation="commenting",
        passage=passage,
        wording=Wording("Just in time."),
    )
    assert made.edition == edition
    assert words_of(made, edition) == "A promise, once"


def test_scores_multiply_along_machine_anchors_and_start_anew_where_confirmed(
    author: User, document: Document
) -> None:
    first = make_annotation(author, document, "is where a reader answers")
    sure = make_annotation(author, document, "also a promise")
    assert document.current_edition is not None
    Anchor.objects.filter(annotation=first).update(score=0.5, verdict=Verdict.FUZZY)
    Anchor.objects.filter(annotation=sure).update(score=1, verdict=Verdict.CONFIRMED)
    second = publish(document, *FIRST[:2])
    carried = Anchor.objects.get(annotation=first, edition=second)
    alone = carrying.carrier_between(
        find_edition(author, document, 1).text, second.text
    ).carry_span(11, 36)
    assert carried.score == pytest.approx(0.5 * alone.score)
    assert Anchor.objects.get(annotation=sure, edition=second).score >= carried.score


def test_words_that_come_back_are_found_again(author: User, document: Document) -> None:
    lost = make_annotation(author, document, "Nobody reads the same sentence twice.")
    second = publish(document, *FIRST[:2], "Completely different things stand here now.")
    assert words_of(lost, second) is None
    third = publish(document, "A new beginning.", *FIRST)
    assert words_of(lost, third) == "Nobody reads the same sentence twice."


def test_undoing_restores_the_edition_before_exactly(
    author: User, editor: User, document: Document
) -> None:
    for words in ("The margin", "A promise", "Nobody reads", "kept in public"):
        make_annotation(author, document, words)
    first = find_edition(author, document)
    before = anchors_of(first)
    second = publish(document, *SECOND)
    number = Event.objects.latest("number").number
    assert undo_publication(editor=editor, edition=second) == first
    document.refresh_from_db()
    second.refresh_from_db()
    assert document.current_edition == first
    assert second.is_draft
    assert anchors_of(first) == before
    assert not anchors_of(second)
    latest = Event.objects.filter(document=document).latest("number")
    assert (latest.number, latest.name) == (number + 1, "edition.withdrawn")


def test_undoing_does_not_mind_what_its_caller_remembers_of_the_edition(document: Document) -> None:
    draft = add(document, *SECOND)
    publish_edition(editor=None, edition=Edition.objects.get(pk=draft.pk))
    assert draft.is_draft  # so the caller believes
    assert undo_publication(editor=None, edition=draft).number == 1
    document.refresh_from_db()
    assert document.current_edition is not None
    assert document.current_edition.number == 1


def test_annotations_made_meanwhile_are_carried_back_and_forth(
    author: User, stranger: User, document: Document
) -> None:
    old = make_annotation(author, document, "The margin is where")
    first = find_edition(author, document)
    second = publish(document, *SECOND)
    kept = make_annotation(stranger, document, "kept in public")
    new_words = make_annotation(stranger, document, "A vow")
    make_reply(author, new_words)
    undo_publication(editor=None, edition=second)
    assert words_of(kept, first) == "kept in public"
    assert words_of(new_words, first) in {None, "A promise"}
    assert words_of(kept, second) == "kept in public"
    assert not Anchor.objects.filter(annotation=old, edition=second).exists()
    publish_edition(editor=None, edition=second)
    assert words_of(kept, second) == "kept in public"
    assert words_of(new_words, second) == "A vow"
    assert words_of(old, second) == "The margin is where"


def test_passage_moved_on_the_withdrawn_edition_goes_back_with_its_words(
    author: User, document: Document
) -> None:
    note = make_annotation(author, document, "The margin is where")
    first = find_edition(author, document)
    second = publish(document, *SECOND)
    note.refresh_from_db()
    adjust_passage(
        editor=author,
        annotation=note,
        version=note.version,
        passage=factories.passage_of(document, "sentence twice"),
    )
    undo_publication(editor=None, edition=second)
    assert words_of(note, first) == "sentence twice"


def test_discarding_what_was_published_loses_no_annotation(
    author: User, stranger: User, document: Document
) -> None:
    second = publish(document, *SECOND, "Words of the second edition only, and many of them.")
    kept = make_annotation(author, document, "kept in public")
    alone = make_annotation(author, document, "Words of the second edition only")
    answer = make_reply(stranger, alone)
    first = undo_publication(editor=None, edition=second)
    discard_draft(editor=None, edition=second)
    for annotation in (kept, alone, answer):
        annotation.refresh_from_db()
        assert annotation.edition == first
    assert (kept.exact, kept.start) == ("kept in public", first.text.index("kept in public"))
    assert (alone.exact, alone.start) == ("Words of the second edition only", None)
    assert words_of(alone, first) is None
    third = publish(document, *SECOND, "Words of the second edition only, and many of them.")
    assert words_of(alone, third) == "Words of the second edition only"


def test_undoing_is_for_the_current_edition_with_one_before_it(document: Document) -> None:
    first = document.current_edition
    assert first is not None
    with pytest.raises(Invalid, match="before"):
        undo_publication(editor=None, edition=first)
    second = publish(document, *SECOND)
    third = add(document, "Third.", *SECOND)
    with pytest.raises(Invalid, match="draft"):
        undo_publication(editor=None, edition=second)
    publish_edition(editor=None, edition=third)
    with pytest.raises(Invalid, match="current"):
        undo_publication(editor=None, edition=second)


def test_writing_to_the_author_of_two_editions_takes_passages_from_the_current_one(
    author: User, document: Document
) -> None:
    publish(document, *SECOND)
    with pytest.raises(Invalid):
        make_annotation_at(author, document, "A promise, once made")
    assert make_annotation(author, document, "A vow").edition.number == 2


def make_annotation_at(author: User, document: Document, words: str) -> Annotation:
    return create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=Passage(start=0, end=len(words), exact=words),
        wording=Wording("A remark."),
    )
