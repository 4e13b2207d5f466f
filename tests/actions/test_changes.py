"""Editing, moving and deleting: nothing is overwritten silently, nothing deleted stays readable."""

import pytest
from django.apps import apps
from django.db.models import CharField, TextField

from reader import policy
from reader.actions import changes
from reader.actions.errors import Conflict, Invalid
from reader.actions.wording import Wording
from reader.models import Annotation, Document, User
from tests.factories import force_status, make_annotation, make_document, make_reply, passage_of


def edit(annotation: Annotation, body: str, **more: object) -> Annotation:
    """Edit as the author who has just read the annotation."""
    options = {"editor": annotation.author, "version": annotation.version, **more}
    return changes.edit_annotation(annotation=annotation, wording=Wording(body), **options)  # type: ignore[arg-type]  # a test's shorthand


def test_edit_keeps_the_earlier_wording(author: User, document: Document) -> None:
    annotation = edit(make_annotation(author, document, body="First."), "Second.")
    assert (annotation.body, annotation.version) == ("Second.", 2)
    assert annotation.edited_at is not None
    assert [(old.version, old.body) for old in annotation.revisions.all()] == [(1, "First.")]


def test_second_of_two_editors_sees_both_texts(author: User, document: Document) -> None:
    annotation = make_annotation(author, document, body="First.")
    edit(Annotation.objects.get(pk=annotation.pk), "From one tab.")
    with pytest.raises(Conflict) as refusal:
        edit(annotation, "From the other tab.", version=1)
    assert refusal.value.current.body == "From one tab."
    saved = Annotation.objects.get(pk=annotation.pk)
    assert saved.body == "From one tab."
    assert saved.revisions.count() == 1


def test_only_the_author_edits(author: User, stranger: User, document: Document) -> None:
    annotation = make_annotation(author, document)
    with pytest.raises(policy.Refused):
        edit(annotation, "Mine now.", editor=stranger)


def test_editing_denied_words_asks_for_another_look(author: User, document: Document) -> None:
    annotation = edit(make_annotation(author, document, status="denied"), "Kinder words.")
    assert annotation.status == "pending"
    assert annotation.attention_since is not None


def test_editing_in_a_reviewed_document_waits_again(author: User) -> None:
    document = make_document(annotating="reviewed")
    annotation = edit(make_annotation(author, document, status="approved"), "Other words.")
    assert annotation.status == "pending"


def test_saving_unchanged_words_changes_no_status(author: User) -> None:
    document = make_document(annotating="reviewed")
    annotation = make_annotation(author, document, body="Same.", status="approved")
    assert edit(annotation, "Same.").status == "approved"
    assert not annotation.revisions.exists()


def test_denied_note_made_private_and_public_again_does_not_slip_through(
    author: User, document: Document
) -> None:
    annotation = make_annotation(author, document, body="Bad.", status="denied")
    annotation = edit(annotation, "Bad.", visibility="private")
    annotation = edit(annotation, "Bad.", visibility="public")
    assert annotation.status != "approved"


def test_private_note_made_public_in_a_reviewed_document_waits(author: User) -> None:
    document = make_document(annotating="reviewed")
    annotation = make_annotation(author, document, visibility="private")
    assert edit(annotation, "A remark.", visibility="public").status == "pending"


def test_thread_with_answers_of_others_stays_public(
    author: User, stranger: User, document: Document
) -> None:
    annotation = make_annotation(author, document)
    make_reply(stranger, annotation)
    with pytest.raises(Invalid, match="cannot become private"):
        edit(annotation, "A remark.", visibility="private")


def test_own_answers_follow_their_root(author: User, document: Document) -> None:
    annotation = make_annotation(author, document)
    answer = make_reply(author, annotation)
    edit(annotation, "A remark.", visibility="private")
    answer.refresh_from_db()
    assert answer.visibility == "private"


def test_passage_can_be_moved(author: User, document: Document) -> None:
    annotation = make_annotation(author, document, "The margin")
    changes.adjust_passage(
        editor=author,
        annotation=annotation,
        version=1,
        passage=passage_of(document, "Nobody reads"),
    )
    anchor = annotation.anchors.get()
    assert anchor.first_block is not None
    assert (anchor.first_block.ref, annotation.exact) == ("p3", "Nobody reads")
    assert annotation.revisions.get().exact == "The margin"


def test_deleted_words_are_in_no_table(author: User, document: Document) -> None:
    annotation = make_annotation(author, document, body="canary-77 first", tags=("canary-77",))
    annotation = edit(annotation, "canary-77 second")
    make_reply(author, annotation)
    changes.delete_annotation(editor=author, annotation=annotation)
    for model in apps.get_app_config("reader").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, CharField | TextField) and model.__name__ != "Tag":
                found = model._default_manager.filter(**{f"{field.name}__contains": "canary-77"})
                assert not found.exists(), f"{model.__name__}.{field.name}"
    assert not annotation.tags.exists()


def test_deleting_twice_changes_nothing(author: User, document: Document) -> None:
    annotation = make_annotation(author, document)
    changes.delete_annotation(editor=author, annotation=annotation)
    when = annotation.deleted_at
    changes.delete_annotation(editor=author, annotation=annotation)
    assert Annotation.objects.get().deleted_at == when


def test_spam_stays_down_while_private(author: User, document: Document) -> None:
    annotation = force_status(make_annotation(author, document, visibility="private"), "spam")
    assert edit(annotation, "New words.").status == "spam"
