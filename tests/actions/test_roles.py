"""Inviting to parts in a document, taking them up, laying them down."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from reader.actions.errors import Invalid, TooMany
from reader.actions.roles import accept_invitation, invite, remove_role, revoke_invitation
from reader.models import Document, DocumentRole, Event, Invitation, User
from reader.policy import Refused
from tests.factories import make_user, promote


@pytest.fixture
def editor(document: Document) -> User:
    return promote(make_user("edda", name="Edda Editor"), "document:editor", document)


def parts(person: User) -> list[str]:
    return list(person.document_roles.values_list("role", flat=True))


def test_an_invitation_is_taken_up_once(
    editor: User, stranger: User, author: User, document: Document
) -> None:
    made, secret = invite(editor=editor, document=document, role="reviewer")
    given = accept_invitation(person=stranger, secret=secret)
    assert (given.user, given.document, given.role) == (stranger, document, "reviewer")
    made.refresh_from_db()
    assert made.accepted_by == stranger
    with pytest.raises(Invalid, match="used this link"):
        accept_invitation(person=author, secret=secret)
    assert parts(author) == []
    assert Event.objects.filter(document=document, name="role.given").count() == 1


def test_the_secret_is_not_kept(editor: User, document: Document) -> None:
    made, secret = invite(editor=editor, document=document, role="reviewer")
    kept = [str(value) for value in Invitation.objects.filter(pk=made.pk).values().get().values()]
    assert len(secret) >= 32
    assert not any(secret in value for value in kept)


def test_who_has_the_part_leaves_the_link_to_others(
    editor: User, stranger: User, document: Document
) -> None:
    promote(stranger, "document:reviewer", document)
    _made, secret = invite(editor=editor, document=document, role="reviewer")
    accept_invitation(person=stranger, secret=secret)
    other = make_user()
    assert accept_invitation(person=other, secret=secret).user == other


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"revoked_at": timezone.now()}, "taken back"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expired"),
    ],
)
def test_what_is_over_opens_nothing(
    editor: User, stranger: User, document: Document, change: dict[str, object], words: str
) -> None:
    made, secret = invite(editor=editor, document=document, role="moderator")
    Invitation.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(Invalid, match=words):
        accept_invitation(person=stranger, secret=secret)
    with pytest.raises(Invalid, match="no invitation"):
        accept_invitation(person=stranger, secret=secret[:-1])
    assert parts(stranger) == []


def test_an_invitation_can_be_taken_back_until_it_is_used(
    editor: User, stranger: User, document: Document
) -> None:
    made, _secret = invite(editor=editor, document=document, role="reviewer")
    revoke_invitation(editor=editor, invitation=made)
    revoke_invitation(editor=editor, invitation=made)
    made.refresh_from_db()
    assert made.revoked_at is not None
    used, secret = invite(editor=editor, document=document, role="reviewer")
    accept_invitation(person=stranger, secret=secret)
    with pytest.raises(Invalid, match="already"):
        revoke_invitation(editor=editor, invitation=used)


@pytest.mark.parametrize("who", ["", "document:reviewer", "document:moderator", "moderator"])
def test_only_editors_give_parts_out(editor: User, document: Document, who: str) -> None:
    person = promote(make_user(), who, document) if who else make_user()
    made, _secret = invite(editor=editor, document=document, role="reviewer")
    held = DocumentRole.objects.get(user=editor)
    with pytest.raises(Refused):
        invite(editor=person, document=document, role="reviewer")
    with pytest.raises(Refused):
        revoke_invitation(editor=person, invitation=made)
    with pytest.raises(Refused):
        remove_role(editor=person, held=held)


@pytest.mark.parametrize(
    ("role", "email", "field"),
    [
        ("owner", "", "role"),
        ("", "", "role"),
        ("reviewer", "nobody", "email"),
        ("reviewer", "a@example.org\nBcc: b@example.org", "email"),
    ],
)
def test_what_is_no_invitation_is_said(
    editor: User, document: Document, role: str, email: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        invite(editor=editor, document=document, role=role, email=email)
    assert refused.value.field == field
    assert not Invitation.objects.exists()


@override_settings(INVITATIONS_PER_HOUR=2)
def test_nobody_invites_the_whole_world(editor: User, document: Document) -> None:
    for _number in range(2):
        invite(editor=editor, document=document, role="reviewer")
    with pytest.raises(TooMany):
        invite(editor=editor, document=document, role="reviewer")


def test_the_last_editor_stays(editor: User, stranger: User, document: Document) -> None:
    own = DocumentRole.objects.get(user=editor)
    with pytest.raises(Invalid, match="only editor"):
        remove_role(editor=editor, held=own)
    promote(stranger, "document:editor", document)
    remove_role(editor=editor, held=own)
    assert parts(editor) == []
    site_editor = promote(make_user(), "editor")
    remove_role(editor=site_editor, held=DocumentRole.objects.get(user=stranger))
    assert parts(stranger) == []


def test_anybody_lays_their_own_part_down(stranger: User, document: Document) -> None:
    promote(stranger, "document:reviewer", document)
    remove_role(editor=stranger, held=DocumentRole.objects.get(user=stranger))
    assert parts(stranger) == []


def test_a_link_outlives_nobodys_part(editor: User, stranger: User, document: Document) -> None:
    _made, secret = invite(editor=editor, document=document, role="editor")
    boss = promote(make_user(), "admin")
    remove_role(editor=boss, held=DocumentRole.objects.get(user=editor))
    for person in (editor, stranger):
        with pytest.raises(Invalid, match="no parts here any more"):
            accept_invitation(person=person, secret=secret)
        assert parts(person) == []


def test_nobody_makes_themself_a_moderator(
    editor: User, stranger: User, document: Document
) -> None:
    _, secret = invite(editor=editor, document=document, role="moderator")
    with pytest.raises(Invalid, match="invite yourself"):
        accept_invitation(person=editor, secret=secret)
    assert parts(editor) == ["editor"]
    assert accept_invitation(person=stranger, secret=secret).role == "moderator"
    _, secret = invite(editor=editor, document=document, role="reviewer")
    accept_invitation(person=editor, secret=secret)
    assert sorted(parts(editor)) == ["editor", "reviewer"]
