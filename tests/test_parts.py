"""Who may do what in a document: each part does exactly its own, from one table."""

from collections.abc import Callable

import pytest

from reader import policy
from reader.actions.dispositions import Ruling, decide_thread, reopen_thread
from reader.actions.editions import add_draft
from reader.actions.moderation import decide
from reader.actions.roles import invite
from reader.models import Annotation, Document, User
from reader.policy import Refused
from tests.factories import make_annotation, make_document, make_user, promote

PARTS = (
    "stranger",
    "document:reviewer",
    "document:moderator",
    "document:editor",
    "moderator",
    "editor",
    "admin",
)
REVIEWERS = {"document:reviewer", "document:editor", "editor", "admin"}
MODERATORS = {"document:moderator", "moderator", "admin"}
EDITORS = {"document:editor", "editor", "admin"}


def settle(person: User, document: Document, root: Annotation) -> None:
    """Close a thread."""
    decide_thread(reviewer=person, root=root, ruling=Ruling("answered"))


def reopen(person: User, document: Document, root: Annotation) -> None:
    """Open a thread again."""
    reopen_thread(reviewer=person, root=root)


def moderate(person: User, document: Document, root: Annotation) -> None:
    """Take an annotation down."""
    decide(moderator=person, annotation=root, act="deny", reason="spam")


def revise(person: User, document: Document, root: Annotation) -> None:
    """Bring the next edition in."""
    add_draft(editor=person, document=document, data=b"A title\n\nOther words.", name="next.txt")


def give_parts(person: User, document: Document, root: Annotation) -> None:
    """Invite somebody to a part."""
    invite(editor=person, document=document, role="editor")


ACTS: dict[str, tuple[Callable[[User, Document, Annotation], None], set[str]]] = {
    "settle": (settle, REVIEWERS),
    "reopen": (reopen, REVIEWERS),
    "moderate": (moderate, MODERATORS),
    "revise": (revise, EDITORS),
    "give parts": (give_parts, EDITORS),
}


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", ACTS)
def test_each_part_does_exactly_its_own(part: str, name: str) -> None:
    document, elsewhere = make_document(), make_document()
    person = make_user()
    if part != "stranger":
        person = promote(person, part, document)
    root, other = make_annotation(make_user(), document), make_annotation(make_user(), elsewhere)
    act, allowed = ACTS[name]
    if part in allowed:
        act(person, document, root)
    else:
        with pytest.raises(Refused):
            act(person, document, root)
    if part.startswith("document:"):
        with pytest.raises(Refused):
            act(person, elsewhere, other)


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_laid_down_with_the_account(part: str) -> None:
    document = make_document()
    person = make_user()
    if part != "stranger":
        person = promote(person, part, document)
    assert policy.may_review(person, document) == (part in REVIEWERS)
    person.is_active = False
    person.save()
    person = User.objects.get(pk=person.pk)
    assert not policy.may_review(person, document)
    assert not policy.may_edit_document(person, document)
    assert not policy.may_moderate_everywhere(person)
