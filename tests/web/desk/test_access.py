"""Who gets in at the desk, and what nobody else's desk shows."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from reader.models import Anchor, Document, Edition, User
from tests.editions import make_edition
from tests.factories import (
    force_status,
    make_annotation,
    make_document,
    make_reply,
    make_user,
    promote,
)
from tests.web.desk.working import (
    ACTS,
    CANARY,
    NEW,
    WORKERS,
    address,
    cases_in,
    look,
    main_of,
    note,
    tallies,
)


def test_a_draft_is_there_for_its_editors_alone(people: dict[str, Client], draft: Edition) -> None:
    uid = note("that changed").uid
    for who, client in people.items():
        for name in ACTS:
            url = address(name, draft, *([uid] if name == "desk_case" else []))
            statuses = {client.get(url).status_code}
            if who not in WORKERS:
                statuses.add(client.post(url, {"act": "orphan"}).status_code)
                allowed = {404, 405} if name in ("publish", "desk") else {404}
                if (who, name) == ("anonymous", "desk_case"):
                    allowed = {404, 302}  # asked to sign in, in case their session has ended
                assert statuses <= allowed, (who, name)
            else:
                assert statuses <= {200, 405, 409}, (who, name)
    draft.refresh_from_db()
    assert draft.is_draft
    assert not Anchor.objects.filter(edition=draft).exists()


def test_of_a_published_edition_readers_are_told_that_they_may_not(
    people: dict[str, Client], published: Edition
) -> None:
    uid = note("that changed").uid
    for who in people.keys() - WORKERS:
        for name in ("desk", "desk_case", "undo_publish", "discard"):
            url = address(name, published, *([uid] if name == "desk_case" else []))
            assert people[who].get(url).status_code == 403, (who, name)
        for name in ("desk_case", "publish", "undo_publish", "discard"):
            url = address(name, published, *([uid] if name == "desk_case" else []))
            refused = 302 if (who, name) == ("anonymous", "desk_case") else 403
            assert people[who].post(url, {"act": "orphan"}).status_code == refused, (who, name)
    published.refresh_from_db()
    assert not published.is_draft
    assert not Anchor.objects.filter(edition=published, decided_at__isnull=False).exists()


def test_an_unpublished_document_is_not_there_at_all(
    people: dict[str, Client], published: Edition
) -> None:
    Document.objects.filter(pk=published.document_id).update(is_published=False)
    for who in ("anonymous", "reader", "elsewhere"):
        assert people[who].get(address("desk", published)).status_code == 404, who


def test_bad_numbers_are_not_found(at_desk: Client, draft: Edition) -> None:
    for number in ("0", "7", "x", "99999999999999999999", "-1"):
        assert at_desk.get(f"/d/edited/e/{number}/desk/").status_code == 404, number
    assert at_desk.get(address("desk_case", draft, "a" * 22)).status_code == 404
    for page in ("x", "-1", "0", "999999999999999999999"):
        look(at_desk, draft, page=page, show="nonsense")


def test_an_editor_whose_session_has_ended_is_asked_to_sign_in(draft: Edition) -> None:
    for uid in (note("that went").uid, "a" * 22):  # nobody learns whether there is such a case
        url = address("desk_case", draft, uid)
        response = Client().post(url, {"act": "orphan"}, headers={"HX-Request": "true"})
        assert response.status_code == 401
        assert "postil:signed-out" in response["HX-Trigger"]
    assert not Anchor.objects.filter(edition=draft).exists()


@pytest.mark.parametrize("worked_on", ["draft", "published"], indirect=True)
def test_what_was_sent_after_the_session_ended_is_in_the_form_again(
    at_desk: Client, worked_on: Edition, author: User, edited: Document
) -> None:
    url = address("desk_case", worked_on, note("that went").uid)
    writer = re.findall(r'name="writer" value="([^"]+)"', look(at_desk, worked_on))[0]
    words = {"act": "move", "paragraph": "2", "exact": "kept in <public>", "writer": writer}
    client = Client()
    for uid in ("a" * 22, note("that went").uid):  # nobody learns whether there is such a case
        response = client.post(address("desk_case", worked_on, uid), words)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))
    backend = settings.AUTHENTICATION_BACKENDS[0]
    client.force_login(User.objects.get(username=writer), backend=backend)
    html = main_of(client.get(url))
    form = html.partition('class="case-move" open')[2]
    assert 'value="2"' in form
    assert "kept in &lt;public&gt;</textarea>" in form
    assert "kept in &lt;public&gt;" not in main_of(client.get(url))  # once
    assert not Anchor.objects.filter(edition=worked_on, decided_at__isnull=False).exists()


def test_words_kept_for_one_editor_are_not_shown_to_another(draft: Edition, editor: User) -> None:
    url = address("desk_case", draft, note("that went").uid)
    client = Client()
    client.post(url, {"act": "move", "exact": CANARY, "writer": editor.get_username()})
    backend = settings.AUTHENTICATION_BACKENDS[0]
    client.force_login(promote(make_user("boss"), "admin"), backend=backend)
    assert CANARY not in main_of(client.get(url))


def test_who_edits_no_more_is_told_so_in_the_case(
    at_desk: Client, published: Edition, editor: User
) -> None:
    editor.document_roles.all().delete()
    url = address("desk_case", published, note("that went").uid)
    response = at_desk.post(url, {"act": "orphan"}, headers={"HX-Request": "true"})
    assert response.status_code == 403
    html = response.content.decode()
    assert 'role="alert"' in html
    assert "<html" not in html  # a page has no place inside a case
    assert not Anchor.objects.filter(edition=published, decided_at__isnull=False).exists()


def test_a_note_of_another_document_is_no_case_here(
    at_desk: Client, draft: Edition, author: User
) -> None:
    other = make_annotation(author, make_document("Another text."), "Another text")
    url = address("desk_case", draft, other.uid)
    assert at_desk.post(url, {"act": "orphan"}).status_code == 404
    reply = make_reply(author, note("that changed"))
    assert (
        at_desk.post(address("desk_case", draft, reply.uid), {"act": "orphan"}).status_code == 404
    )


def test_notes_of_others_that_editors_may_not_read_are_neither_shown_nor_counted(
    at_desk: Client, draft: Edition, edited: Document, author: User, editor: User
) -> None:
    before = look(at_desk, draft, show="all")
    hidden = [
        make_annotation(author, edited, "a reader answers", body=CANARY, visibility="private"),
        make_annotation(author, edited, "about herrings", body=CANARY, status="pending"),
        make_annotation(author, edited, "about herrings", body=CANARY, status="denied"),
    ]
    after = look(at_desk, draft, show="all")
    assert CANARY not in after
    assert cases_in(after) == cases_in(before)
    assert tallies(after) == tallies(before)
    for one in hidden:
        assert one.uid not in after
        url = address("desk_case", draft, one.uid)
        assert at_desk.get(url).status_code == 404
        assert at_desk.post(url, {"act": "orphan"}).status_code == 404
    mine = make_annotation(editor, edited, "about herrings", body="Mine.", visibility="private")
    assert mine.uid in look(at_desk, draft, show="all")


def test_once_published_they_are_hidden_all_the_same(
    at_desk: Client, edited: Document, author: User
) -> None:
    make_annotation(author, edited, "a reader answers", body=CANARY, visibility="private")
    make_annotation(author, edited, "about herrings", body=CANARY, status="pending")
    edition = make_edition(edited, *NEW)
    html = look(at_desk, edition, show="all")
    assert CANARY not in html
    assert len(cases_in(html)) == 2
    assert tallies(html)["fuzzy"] == 1


def test_a_thread_whose_root_was_taken_down_is_decided_without_its_words(
    at_desk: Client, draft: Edition, author: User
) -> None:
    root = note("that went")
    make_reply(author, root, body="A reply that stands.")
    force_status(root, "denied")
    html = look(at_desk, draft)
    assert "On words that went." not in html
    assert root.uid in cases_in(html)
    url = address("desk_case", draft, root.uid)
    assert at_desk.post(url, {"act": "orphan"}).status_code == 302
    assert root.uid in cases_in(look(at_desk, draft, show="decided"))
