"""The page of parts, and the page that an invitation's link opens."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from reader.actions.roles import invite
from reader.models import Document, DocumentRole, Invitation, User
from tests.factories import make_document, make_user, promote

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@pytest.fixture
def editor(document: Document) -> User:
    return promote(make_user("edda", name="Edda Editor"), "document:editor", document)


@pytest.fixture
def as_editor(editor: User) -> Client:
    return signed_in(editor)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, BACKEND)
    return client


def page(document: Document) -> str:
    return reverse("roles", args=[document.slug])


def secret_in(content: str) -> str:
    found = re.search(r"/invitations/([\w-]+)/", content)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("anonymous", 302),
        ("stranger", 403),
        ("document:reviewer", 403),
        ("document:moderator", 403),
        ("moderator", 403),
        ("document:editor", 200),
        ("editor", 200),
        ("admin", 200),
    ],
)
def test_the_page_is_for_those_who_give_parts_out(
    document: Document, editor: User, who: str, status: int
) -> None:
    held = DocumentRole.objects.get(user=editor)
    made, _secret = invite(editor=editor, document=document, role="reviewer")
    person = make_user()
    client = Client()
    if who != "anonymous":
        client = signed_in(promote(person, who, document) if who != "stranger" else person)
    answer = client.get(page(document))
    assert answer.status_code == status
    assert ("Edda Editor" in answer.content.decode()) == (status == 200)
    if status != 200:
        assert client.post(page(document), {"role": "editor"}).status_code == status
        remove = reverse("remove_role", args=[document.slug, held.pk])
        revoke = reverse("revoke_invitation", args=[document.slug, made.pk])
        assert client.post(remove).status_code == status
        assert client.post(revoke).status_code == status
        assert DocumentRole.objects.filter(pk=held.pk).exists()
        made.refresh_from_db()
        assert made.revoked_at is None
        assert Invitation.objects.count() == 1


def test_a_link_is_shown_once_and_opens_the_part(
    as_editor: Client, document: Document, stranger: User
) -> None:
    answer = as_editor.post(page(document), {"role": "reviewer"})
    secret = secret_in(answer.content.decode())
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert secret not in as_editor.get(page(document)).content.decode()
    client, link = signed_in(stranger), reverse("invitation", args=[secret])
    shown = client.get(link)
    assert "Edda Editor" in shown.content.decode()
    assert shown["Referrer-Policy"] == "no-referrer"
    assert not stranger.document_roles.exists()
    assert client.head(link).status_code == 200
    assert not stranger.document_roles.exists()
    assert client.post(link).headers["Location"] == document.get_absolute_url()
    assert [held.role for held in stranger.document_roles.all()] == ["reviewer"]
    assert client.get(link).status_code == 410


def test_an_invitation_goes_out_by_mail_in_plain_text(
    as_editor: Client, document: Document
) -> None:
    Document.objects.update(title="Two\nlines & <b>more</b>")
    sent = {"role": "moderator", "email": "new@example.org"}
    answer = as_editor.post(page(document), sent)
    assert f"{settings.SITE_URL}/invitations/" not in answer.content.decode()
    (letter,) = mail.outbox
    assert letter.to == ["new@example.org"]
    assert letter.subject == "You are invited to work on “Two lines & <b>more</b>”"
    assert "Edda Editor invites you" in str(letter.body)
    assert f"{settings.SITE_URL}/invitations/{secret_in(str(letter.body))}/" in str(letter.body)


def test_who_is_not_signed_in_is_asked_to_and_comes_back(editor: User, document: Document) -> None:
    _made, secret = invite(editor=editor, document=document, role="reviewer")
    link = reverse("invitation", args=[secret])
    client = Client()
    assert f"?next={link}" in client.get(link).content.decode()
    assert client.post(link).headers["Location"] == f"{reverse('account_login')}?next=" + (
        link.replace("/", "%2F")
    )
    assert not DocumentRole.objects.filter(role="reviewer").exists()
    assert client.get(reverse("invitation", args=["nothing"])).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"role": "owner"}, {"role": "reviewer", "email": "x"}])
def test_a_bad_invitation_keeps_what_was_written(
    as_editor: Client, document: Document, sent: dict[str, str]
) -> None:
    answer = as_editor.post(page(document), sent)
    assert answer.status_code == 422
    assert not Invitation.objects.exists()
    assert not mail.outbox


def test_parts_and_invitations_are_taken_back(
    as_editor: Client, editor: User, stranger: User, document: Document
) -> None:
    promote(stranger, "document:reviewer", document)
    held = DocumentRole.objects.get(user=stranger)
    made, _secret = invite(editor=editor, document=document, role="reviewer")
    as_editor.post(reverse("revoke_invitation", args=[document.slug, made.pk]))
    as_editor.post(reverse("remove_role", args=[document.slug, held.pk]))
    made.refresh_from_db()
    assert made.revoked_at is not None
    assert not stranger.document_roles.exists()
    own = DocumentRole.objects.get(user=editor)
    answer = as_editor.post(reverse("remove_role", args=[document.slug, own.pk]), follow=True)
    assert "only editor" in answer.content.decode()
    elsewhere = make_document()
    other = reverse("remove_role", args=[elsewhere.slug, own.pk])
    assert signed_in(promote(make_user(), "admin")).post(other).status_code == 404
