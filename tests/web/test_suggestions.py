"""Answering suggested edits through the web: every part, good answers and bad ones."""

import pytest
from django.test import Client
from django.urls import reverse

from reader.actions.changes import edit_annotation
from reader.actions.wording import Wording
from reader.models import Annotation, Disposition, Document, User
from tests import factories
from tests.web.browsers import signed_in
from tests.web.pages import Page

HTMX = {"HX-Request": "true"}


@pytest.fixture
def document(db: None) -> Document:
    return factories.make_document("They continue tocause harm, it is said.", "All else stays.")


@pytest.fixture
def suggestion(author: User, document: Document) -> Annotation:
    return factories.make_annotation(
        author, document, "tocause", body="A slip.", motivation="editing", replacement="to cause"
    )


@pytest.fixture
def editor(document: Document) -> Client:
    person = factories.make_user("edda", name="Edda Editor")
    return signed_in(factories.promote(person, "document:editor", document))


def url(annotation: Annotation) -> str:
    return reverse("answer_suggestion", args=[annotation.uid])


def standing(annotation: Annotation) -> Disposition | None:
    return annotation.dispositions.filter(withdrawn_at=None).first()


def test_an_accepted_suggestion_says_so_in_its_thread(
    editor: Client, suggestion: Annotation, client: Client
) -> None:
    sent = {"outcome": "accepted", "reason": "Plainly a slip."}
    answer = editor.post(url(suggestion), sent, follow=True)
    assert "It is in the draft of the next edition." in answer.content.decode()
    shown = client.get(suggestion.get_absolute_url(), follow=True).content.decode()
    assert "Accepted by Edda Editor" in shown
    assert "Plainly a slip." in shown


def test_htmx_gets_the_thread_anew(editor: Client, suggestion: Annotation) -> None:
    answer = editor.post(url(suggestion), {"outcome": "declined", "reason": "No."}, headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Retarget"] == f"#a-{suggestion.uid}"
    assert "Declined by Edda Editor" in answer.content.decode()


def test_an_answer_can_be_taken_back(editor: Client, suggestion: Annotation) -> None:
    editor.post(url(suggestion), {"outcome": "accepted"})
    assert suggestion.document.editions.count() == 2
    editor.post(url(suggestion), {"outcome": "withdraw"})
    assert standing(suggestion) is None
    assert suggestion.document.editions.count() == 1


def test_the_form_stands_on_a_page_of_its_own(editor: Client, suggestion: Annotation) -> None:
    shown = editor.get(url(suggestion), {"outcome": "declined"}).content.decode()
    assert Page(shown).problems() == []
    assert 'value="declined" required checked' in shown


@pytest.mark.parametrize(
    "sent", [{}, {"outcome": "perhaps"}, {"outcome": "declined", "reason": "x" * 2_001}]
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_bad_answer_is_refused_and_its_words_are_kept(
    editor: Client, suggestion: Annotation, sent: dict[str, str], headers: dict[str, str]
) -> None:
    answer = editor.post(url(suggestion), {"reason": "My words.", **sent}, headers=headers)
    assert answer.status_code == 422
    assert sent.get("reason", "My words.") in answer.content.decode()
    assert standing(suggestion) is None


def test_overlapping_suggestions_are_refused_by_name(
    editor: Client, suggestion: Annotation, stranger: User
) -> None:
    other = factories.make_annotation(
        stranger,
        suggestion.document,
        "continue tocause",
        motivation="editing",
        replacement="still cause",
    )
    editor.post(url(suggestion), {"outcome": "accepted"})
    answer = editor.post(url(other), {"outcome": "accepted", "reason": "Better still."})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert suggestion.author is not None
    assert suggestion.author.get_full_name() in shown
    assert "Better still." in shown


@pytest.mark.parametrize(
    ("who", "status"),
    [("anonymous", 302), ("author", 403), ("stranger", 403), ("moderator", 403), ("reviewer", 403)],
)
def test_only_editors_answer(
    suggestion: Annotation, author: User, stranger: User, who: str, status: int
) -> None:
    people = {"author": author, "stranger": stranger}
    client = Client()
    if who in people:
        client = signed_in(people[who])
    elif who == "moderator":
        client = signed_in(factories.promote(factories.make_user(), "moderator"))
    elif who == "reviewer":
        role = "document:reviewer"
        client = signed_in(factories.promote(factories.make_user(), role, suggestion.document))
    assert client.post(url(suggestion), {"outcome": "accepted"}).status_code == status
    assert client.get(url(suggestion)).status_code == status
    assert standing(suggestion) is None


def test_an_editor_of_another_document_does_not_answer(suggestion: Annotation) -> None:
    elsewhere = factories.make_document()
    person = factories.promote(factories.make_user(), "document:editor", elsewhere)
    assert signed_in(person).post(url(suggestion), {"outcome": "accepted"}).status_code == 403


def test_what_is_no_suggestion_or_not_to_be_seen_has_no_such_page(
    editor: Client, author: User, document: Document
) -> None:
    comment = factories.make_annotation(author, document, "All else")
    private = factories.make_annotation(
        author, document, "stays", motivation="editing", replacement="goes", visibility="private"
    )
    for annotation in (comment, private):
        assert editor.get(url(annotation)).status_code == 404
        assert editor.post(url(annotation), {"outcome": "accepted"}).status_code == 404


def test_what_its_author_has_reworded_is_not_accepted_unseen(
    editor: Client, suggestion: Annotation, author: User
) -> None:
    seen = suggestion.version
    edit_annotation(
        editor=author,
        annotation=suggestion,
        version=seen,
        wording=Wording("A slip.", "to cause far worse"),
    )
    sent = {"outcome": "accepted", "version": str(seen), "reason": "Plainly a slip."}
    answer = editor.post(url(suggestion), sent)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "far worse" in shown
    assert "Plainly a slip." in shown
    assert standing(suggestion) is None
    again = {**sent, "version": str(seen + 1)}
    assert editor.post(url(suggestion), again).status_code == 302
