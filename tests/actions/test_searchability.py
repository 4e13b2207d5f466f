"""What is written is found at once, what is taken back is not: the index follows every write."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction

from reader.actions import changes, documents, moderation, people
from reader.actions.editions import add_draft, publish_edition, undo_publication
from reader.actions.wording import Wording
from reader.management.preparation import load_demo
from reader.models import Annotation, Document, User
from reader.policy import Viewer
from reader.queries.search import search
from reader.text.search_query import parse
from tests import factories

ANYBODY = AnonymousUser()


def found(raw: str, viewer: Viewer = ANYBODY) -> int:
    return search(viewer, parse(raw)).count


def test_a_new_annotation_and_a_reply(author: User, stranger: User, document: Document) -> None:
    note = factories.make_annotation(author, document, body="zebra", tags=("stripes",))
    factories.make_reply(stranger, note, "quagga")
    assert [found(raw) for raw in ("zebra", "quagga", "tag:stripes")] == [1, 1, 1]


def test_what_is_rolled_back_was_never_there(author: User, document: Document) -> None:
    with transaction.atomic():
        factories.make_annotation(author, document, body="zebra")
        transaction.set_rollback(True)
    assert found("zebra", author) == 0


def test_an_edit(author: User, document: Document) -> None:
    note = factories.make_annotation(author, document, body="zebra", tags=("stripes",))
    wording = Wording("okapi", None, ["spots"])
    changes.edit_annotation(editor=author, annotation=note, version=1, wording=wording)
    assert [found(raw) for raw in ("zebra", "okapi", "tag:stripes", "tag:spots")] == [0, 1, 0, 1]


def test_another_visibility_takes_the_replies_along(author: User, document: Document) -> None:
    note = factories.make_annotation(author, document, body="zebra", visibility="private")
    factories.make_reply(author, note, "quagga")
    assert (found("quagga"), found("quagga", author)) == (0, 1)
    changes.edit_annotation(
        editor=author,
        annotation=note,
        version=1,
        wording=Wording("zebra"),
        visibility="public",
    )
    assert found("zebra") == found("quagga") == 1


def test_another_passage_changes_nothing(author: User, document: Document) -> None:
    note = factories.make_annotation(author, document, body="zebra")
    passage = factories.passage_of(document, "A promise")
    changes.adjust_passage(editor=author, annotation=note, version=1, passage=passage)
    assert found("zebra") == 1


def test_deleting(author: User, document: Document) -> None:
    note = factories.make_annotation(author, document, body="zebra", tags=("stripes",))
    changes.delete_annotation(editor=author, annotation=note)
    assert (found("zebra", author), found("tag:stripes", author)) == (0, 0)


def test_a_decision_and_its_undoing(author: User, moderator: User, document: Document) -> None:
    note = factories.make_annotation(author, document, body="zebra")
    decision = moderation.decide(moderator=moderator, annotation=note, act="spam")
    assert (found("zebra"), found("zebra", moderator), found("zebra", author)) == (0, 1, 1)
    moderation.undo(moderator=moderator, decision=decision)
    assert found("zebra") == 1


def test_what_waits_for_review_is_found_once_it_is_approved(
    author: User, moderator: User, document: Document
) -> None:
    Document.objects.filter(pk=document.pk).update(annotating="reviewed")
    document.refresh_from_db()
    note = factories.make_annotation(author, document, body="zebra")
    assert found("zebra") == 0
    moderation.decide(moderator=moderator, annotation=note, act="approve")
    assert found("zebra") == 1


def test_leaving_takes_ones_words_along(author: User, stranger: User, document: Document) -> None:
    note = factories.make_annotation(author, document, body="zebra")
    factories.make_reply(stranger, note, "quagga")
    people.erase_account(person=author)
    assert (found("zebra"), found("quagga")) == (0, 1)


def test_editions_come_and_go(db: None) -> None:
    document = factories.make_document("The zebra grazes in the morning sun.", slug="beasts")
    assert found("zebra") == 1
    data = b"A document\n\nThe okapi grazes in the morning sun.\n\nThe end of beasts."
    draft = add_draft(editor=None, document=document, data=data, name="text.txt")
    assert (found("zebra"), found("okapi")) == (1, 0), "a draft is for its editors"
    publish_edition(editor=None, edition=draft)
    assert (found("zebra"), found("okapi")) == (0, 1)
    draft.refresh_from_db()
    undo_publication(editor=None, edition=draft)
    assert (found("zebra"), found("okapi")) == (1, 0)


def test_an_imported_document(db: None) -> None:
    data = "Название\n\nЗебра пасётся.".encode()
    about = documents.About(slug="beasts", language="ru")
    documents.import_document(data=data, name="text.txt", about=about)
    assert found("зебры") == 1


def test_the_demo(db: None) -> None:
    people.set_up_roles()
    assert load_demo()
    public = Annotation.objects.filter(visibility="public", status="approved", deleted_at=None)
    note = public.exclude(body="").first()
    assert note is not None
    assert note.author is not None
    assert found(f"author:{note.author.username}") >= 1


def test_rows_put_past_the_actions_are_found_after_rebuilding(
    author: User, document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    note = factories.make_annotation(author, document, body="zebra")
    Annotation.objects.filter(pk=note.pk).update(body="okapi", body_html="<p>okapi</p>")
    assert (found("zebra"), found("okapi")) == (1, 0)
    call_command("rebuild_search")
    assert (found("zebra"), found("okapi")) == (0, 1)
    assert "made anew" in capsys.readouterr().out
