"""Writing through the web: the right status, clear words, and nothing lost."""

import html
import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.models import Annotation, Document, User
from reader.queries.sessions import GUEST_KEY
from tests.factories import make_annotation, make_document, make_reply, passage_of

HTMX = {"HX-Request": "true"}
MOST_STATEMENTS = 29  # of a comment by the form, with the redrawn block and its first threads
WORDS = "Words that took me an hour to find."


def fields(document: Document, words: str = "The margin", **more: Any) -> dict[str, Any]:
    """Return what the browser sends for a comment on these words."""
    passage = passage_of(document, words)
    sent: dict[str, Any] = {
        "ref": "p1",
        "start": passage.start,
        "end": passage.end,
        "exact": passage.exact,
        "motivation": "commenting",
        "body": WORDS,
        "tags": "wording, source",
        "visibility": "public",
        "client_key": "key-1",
        "writer": "author",
    }
    return {**sent, **more}


def post(client: Client, document: Document, data: dict[str, Any], **headers: str) -> Any:
    """Send the form."""
    return client.post(reverse("annotate", args=[document.slug]), data, headers=headers)


def kept(response: Any) -> bool:
    """Whether the answer holds the person's words in a field that can be sent again."""
    areas = re.findall(r"<textarea[^>]*>(.*?)</textarea>", response.content.decode(), re.S)
    return any(WORDS in html.unescape(area) for area in areas)


def test_form_without_htmx_lands_on_the_passage(as_author: Client, document: Document) -> None:
    response = post(as_author, document, fields(document))
    note = Annotation.objects.get()
    place = reverse("paragraph", args=[document.slug, "p1"])
    assert response.status_code == 302
    assert response["Location"] == f"{place}?thread={note.uid}#a-{note.uid}"
    assert WORDS in as_author.get(response["Location"].split("#")[0]).content.decode()


def test_htmx_gets_the_section_and_the_block(as_author: Client, document: Document) -> None:
    response = post(as_author, document, fields(document), **HTMX)
    page = response.content.decode()
    note = Annotation.objects.get()
    assert response.status_code == 200
    assert response["HX-Retarget"] == "#t-p1"
    assert f'id="a-{note.uid}"' in page
    assert "<mark" in page
    assert "<html" not in page
    assert note.uid in response["HX-Trigger"]


def test_every_block_of_a_passage_is_redrawn(as_author: Client) -> None:
    document = make_document("Before it.", "It begins here.", "On it goes.", "It ends.", "After.")
    assert document.current_edition is not None
    text = document.current_edition.text
    ends = {"start": text.index("begins"), "end": text.index("ends") + 4}
    sent = fields(document, "begins", **ends, exact="", ref="p2")
    page = post(as_author, document, sent, **HTMX).content.decode()
    assert re.findall(r'id="(p\d+)" data-ref', page) == ["p2", "p3", "p4"]


def test_a_comment_takes_few_statements_however_much_is_there(
    as_author: Client, author: User, document: Document, settings: Any
) -> None:
    settings.POSTS_PER_MINUTE = 100
    asked = []
    for number in range(4):
        post(as_author, document, fields(document, client_key=f"warm-{number}"), **HTMX)
    for number in range(2):
        with CaptureQueriesContext(connection) as statements:
            sent = fields(document, client_key=f"counted-{number}", tags="")
            assert post(as_author, document, sent, **HTMX).status_code == 200
        asked.append(len(statements))
        for other in range(10):
            make_annotation(author, document, body=f"Another remark, number {other}.")
    assert asked[0] <= MOST_STATEMENTS
    assert asked[1] <= asked[0]


BAD = [
    ({"body": ""}, 422, "Write something first"),
    ({"body": "x" * 100_000}, 422, "too long"),
    ({"start": 0, "end": 99_999}, 422, "outside the text"),
    ({"start": 30, "end": 3}, 422, "ends before it begins"),
    ({"exact": "words nobody wrote"}, 422, "do not occur"),
    ({"visibility": "everyone"}, 422, "who may see"),
    ({"motivation": "shouting"}, 422, "Choose what this is"),
    ({"motivation": "replying"}, 422, "Choose what this is"),
    ({"start": "one"}, 422, ""),
    ({"body": "null\x00byte " + WORDS}, 422, "control character"),
    ({"tags": ",".join(f"t{n}" for n in range(20))}, 422, "At most"),
]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
@pytest.mark.parametrize(("change", "status", "says"), BAD)
def test_bad_input_is_explained_and_kept(
    as_author: Client,
    document: Document,
    change: dict[str, Any],
    status: int,
    says: str,
    headers: dict[str, str],
) -> None:
    response = post(as_author, document, fields(document, **change), **headers)
    assert response.status_code == status
    assert says in html.unescape(response.content.decode())
    assert not Annotation.objects.exists()
    if "body" not in change:
        assert kept(response)
    if change.get("body", "").startswith("x"):
        assert "x" * 100_000 in response.content.decode()


def test_more_than_the_site_takes_is_413(as_author: Client, document: Document) -> None:
    response = post(as_author, document, fields(document, body="x" * 2_000_000))
    assert response.status_code == 413
    assert "too much" in response.content.decode()


def test_form_sent_after_the_session_ended_is_given_back(
    client: Client, author: User, document: Document
) -> None:
    response = post(client, document, fields(document))
    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]
    client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(reverse("paragraph", args=[document.slug, "p1"]))
    assert kept(page)
    assert not Annotation.objects.exists()


def test_fragment_request_after_the_session_ended_gets_no_sign_in_page(
    client: Client, document: Document
) -> None:
    response = post(client, document, fields(document), **HTMX)
    assert response.status_code == 401
    assert response.content == b""
    assert "postil:signed-out" in response["HX-Trigger"]


@pytest.mark.parametrize("name", ["edit", "adjust", "delete"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_someone_elses_annotation_cannot_be_changed(
    as_author: Client, stranger: User, document: Document, name: str, method: str
) -> None:
    note = make_annotation(stranger, document, body="Hers.")
    data = {"body": "Mine.", "version": 1, "exact": "A promise", "ref": "p2"}
    response = getattr(as_author, method)(reverse(name, args=[note.uid]), data)
    assert response.status_code == 403
    assert "Only its author" in response.content.decode()
    note.refresh_from_db()
    assert (note.body, note.exact, note.deleted_at) == ("Hers.", "The margin", None)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_stale_version_shows_both_texts(
    as_author: Client, author: User, document: Document, headers: dict[str, str]
) -> None:
    note = make_annotation(author, document, body="First.")
    address = reverse("edit", args=[note.uid])
    as_author.post(address, {"body": "From the other tab.", "version": 1, "visibility": "public"})
    sent = {"body": WORDS, "version": 1, "visibility": "public"}
    response = as_author.post(address, sent, headers=headers)
    assert response.status_code == 409
    assert kept(response)
    assert "From the other tab." in response.content.decode()
    version = re.search(r'name="version" value="(\d+)"', response.content.decode())
    assert version is not None
    again = as_author.post(address, {**sent, "version": version[1]})
    assert again.status_code == 302
    note.refresh_from_db()
    assert note.body == WORDS


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("document", "post"),
        ("paragraph", "post"),
        ("annotate", "get"),
        ("annotation", "delete"),
        ("thread", "post"),
        ("reply", "put"),
        ("edit", "delete"),
        ("history", "post"),
        ("preview", "get"),
        ("mark_read", "get"),
    ],
)
def test_wrong_method_says_which_are_right(
    as_author: Client, author: User, document: Document, name: str, method: str
) -> None:
    note = make_annotation(author, document)
    by_document = name in {"document", "annotate", "mark_read"}
    args = [document.slug] if by_document else [note.uid]
    if name == "paragraph":
        args = [document.slug, "p1"]
    if name == "preview":
        args = []
    response = getattr(as_author, method)(reverse(name, args=args))
    assert response.status_code == 405
    assert response["Allow"]
    assert response["Allow"].split(",")[0] in response.content.decode()


def test_reply_and_thread_answer(as_author: Client, stranger: User, document: Document) -> None:
    note = make_annotation(stranger, document)
    address = reverse("reply", args=[note.uid])
    response = as_author.post(address, {"body": WORDS, "client_key": "k"}, headers=HTMX)
    assert response.status_code == 200
    assert response["HX-Retarget"] == f"#a-{note.uid}"
    assert WORDS in response.content.decode()
    plain = as_author.post(address, {"body": "Another."})
    answer = Annotation.objects.get(body="Another.")
    assert plain["Location"].endswith(f"?thread={note.uid}#a-{answer.uid}")


def test_reply_sent_after_the_session_ended_is_given_back(
    client: Client, author: User, document: Document
) -> None:
    private = make_annotation(author, document, visibility="private")
    address = reverse("reply", args=[private.uid])
    response = client.post(address, {"body": WORDS, "writer": author.username})
    assert response.status_code == 302
    client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
    assert kept(client.get(address))


def test_writing_too_fast_is_429_with_a_time(
    as_author: Client, document: Document, settings: Any
) -> None:
    settings.POSTS_PER_MINUTE = 1
    post(as_author, document, fields(document))
    response = post(as_author, document, fields(document, client_key="key-2"))
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert kept(response)


def test_closed_document_says_so_and_keeps_the_words(as_author: Client) -> None:
    document = make_document(annotating="closed")
    response = post(as_author, document, fields(document))
    assert response.status_code == 403
    assert "closed" in response.content.decode()
    assert kept(response)


def test_fields_nobody_offered_are_ignored(as_author: Client, document: Document) -> None:
    forged: dict[str, Any] = {
        "user": 1,
        "author": 999,
        "status": "approved",
        "group": 1,
        "is_staff": "on",
        "created_at": "1999-01-01",
        "uid": "x" * 22,
    }
    document_reviewed = make_document(annotating="reviewed")
    post(as_author, document_reviewed, fields(document_reviewed, **forged))
    note = Annotation.objects.get()
    assert (note.author_id, note.status) == (User.objects.get(username="author").pk, "pending")
    assert note.created_at.year > 1999
    assert note.uid != "x" * 22


def test_csrf_failure_gives_the_words_back(author: User, document: Document) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
    response = strict.post(reverse("annotate", args=[document.slug]), fields(document))
    assert response.status_code == 403
    assert kept(response)
    assert not Annotation.objects.exists()


@pytest.mark.django_db
def test_guest_writes_where_no_account_is_needed(client: Client) -> None:
    document = make_document(guests_may_annotate=True)
    nameless = post(client, document, fields(document))
    assert nameless.status_code == 422
    assert kept(nameless)
    response = post(client, document, fields(document, name="Visiting Reader"))
    assert response.status_code == 302
    note = Annotation.objects.get()
    assert note.author is not None
    assert (note.author.kind, note.author.name) == ("guest", "Visiting Reader")
    assert client.get(reverse("edit", args=[note.uid])).status_code == 200
    assert Client().post(reverse("edit", args=[note.uid]), {"body": "x"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_first_words_of_a_guest_sent_twice_are_there_once(headers: dict[str, str]) -> None:
    document = make_document(guests_may_annotate=True, annotating="reviewed")
    address = reverse("annotate", args=[document.slug])
    sent = fields(document, name="Visiting Reader", body="canary-guest", client_key="k" * 22)
    first, again = Client(), Client()
    assert first.post(address, sent, headers=headers).status_code in (200, 302)
    note = Annotation.objects.get()
    # The answer was lost, and its cookie with it.
    assert again.post(address, sent, headers=headers).status_code in (200, 302)
    assert Annotation.objects.get() == note
    assert User.objects.filter(kind="guest").count() == 1
    assert first.get(reverse("edit", args=[note.uid])).status_code == 200
    # Nobody becomes the guest by knowing what they sent.
    assert GUEST_KEY not in again.session
    for name in ("thread", "edit", "history", "annotation"):
        answer = again.get(reverse(name, args=[note.uid]), headers=headers)
        assert answer.status_code in (302, 401, 404)
        assert "canary-guest" not in answer.text
    assert "canary-guest" not in again.get(document.get_absolute_url()).text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        {"body": "Guessed."},
        {"name": "Somebody Else"},
        {"client_key": "j" * 22},
        {"motivation": "questioning"},
        {"tags": "another"},
    ],
)
def test_a_strangers_words_under_a_guests_key_are_their_own(other: dict[str, str]) -> None:
    document = make_document(guests_may_annotate=True, annotating="reviewed")
    address = reverse("annotate", args=[document.slug])
    sent = fields(document, name="Visiting Reader", body="canary-guest", client_key="k" * 22)
    Client().post(address, sent)
    stranger = Client()
    answer = stranger.post(address, {**sent, **other}, follow=True)
    assert answer.status_code == 200
    notes = list(Annotation.objects.order_by("pk"))
    assert len(notes) == 2
    assert notes[0].author != notes[1].author
    assert stranger.session[GUEST_KEY] == notes[1].author_id
    assert stranger.get(reverse("edit", args=[notes[0].uid])).status_code in (302, 403, 404)


@pytest.mark.django_db
def test_first_replies_of_a_guest_sent_twice_are_there_once(author: User) -> None:
    document = make_document(guests_may_annotate=True)
    root = make_annotation(author, document)
    sent = {"body": "A guest's answer.", "name": "Visitor", "client_key": "r" * 22}
    for _time in range(2):
        assert Client().post(reverse("reply", args=[root.uid]), sent).status_code == 302
    assert Annotation.objects.filter(parent=root).count() == 1
    assert User.objects.filter(kind="guest").count() == 1


def test_deleting_leaves_an_empty_place_for_replies(
    as_author: Client, author: User, stranger: User, document: Document
) -> None:
    note = make_annotation(author, document, body="canary-root")
    make_reply(stranger, note, "A reply that stays.")
    as_author.post(reverse("delete", args=[note.uid]))
    page = as_author.get(reverse("paragraph", args=[document.slug, "p1"])).content.decode()
    assert "canary-root" not in page
    assert "A reply that stays." in page
    assert "eleted by its author" in page


def test_get_changes_nothing(as_author: Client, author: User, document: Document) -> None:
    note = make_annotation(author, document)
    before = list(Annotation.objects.values())
    for name in ("annotation", "thread", "reply", "edit", "adjust", "delete", "history", "flag"):
        as_author.get(reverse(name, args=[note.uid]))
    as_author.get(reverse("annotate", args=[document.slug]))
    assert list(Annotation.objects.values()) == before
