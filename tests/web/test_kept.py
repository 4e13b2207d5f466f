"""Pages that are kept: whatever changes what somebody would see, they see it at once."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as site
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from reader.actions import activity, changes, groups, moderation, people, reactions
from reader.actions.access import Because, end_access
from reader.actions.annotations import reply
from reader.actions.sign_ins import end_sign_ins
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Notification, User
from reader.web.kept import Environ, KeptPages
from tests.factories import make_annotation, make_document, make_reply, make_user, promote
from tests.web.factors import give_codes

ONE_QUERY, TWO_QUERIES = 1, 2


class Browser:
    """Asks the application as the server does, and keeps the answers' status, headers and body."""

    def __init__(self, pages: KeptPages, cookies: str = "") -> None:
        self.pages, self.cookies = pages, cookies

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (by their names in small letters) and body."""
        environ: Environ = RequestFactory().get(path, **headers).environ  # type: ignore[arg-type]
        if self.cookies:
            environ["HTTP_COOKIE"] = self.cookies
        began: list[Any] = []
        body = b"".join(self.pages(environ, lambda *started: began.extend(started)))
        return int(began[0][:3]), {name.lower(): value for name, value in began[1]}, body

    def read(self, document: Document) -> str:
        """Return the reader's page."""
        status, _headers, body = self.get(document.get_absolute_url())
        assert status == 200
        return body.decode()

    def is_kept(self, document: Document, queries: int) -> bool:
        """Whether the page is answered again without being made again."""
        with CaptureQueriesContext(connection) as captured:
            self.read(document)
        return len(captured) == queries


@pytest.fixture
def pages(db: None) -> Iterator[KeptPages]:
    """An application with nothing kept yet, which leaves the test's connection open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield KeptPages(WSGIHandler(), 1_000_000)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def anybody(pages: KeptPages) -> Browser:
    """Somebody who is not signed in."""
    return Browser(pages)


def signed_in(pages: KeptPages, person: User) -> Browser:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(person, site.AUTHENTICATION_BACKENDS[0])
    return Browser(pages, f"sessionid={client.cookies['sessionid'].value}")


def test_a_page_that_nobody_changed_costs_one_query(
    anybody: Browser, author: User, document: Document
) -> None:
    make_annotation(author, document, body="Kept words.")
    first = anybody.read(document)
    assert "Kept words." in first
    assert anybody.is_kept(document, ONE_QUERY)
    assert anybody.read(document) == first


def test_a_signed_in_reader_costs_two(
    pages: KeptPages, author: User, stranger: User, document: Document
) -> None:
    make_annotation(author, document)
    reader = signed_in(pages, stranger)
    reader.read(document)
    assert reader.is_kept(document, TWO_QUERIES)


Change = Callable[[Annotation, User, User], object]
CHANGES: dict[str, tuple[Change, str]] = {
    "a new thread": (
        lambda note, _author, other: make_annotation(other, note.document, body="Newest words."),
        "Newest words.",
    ),
    "a reply": (
        lambda note, _author, other: make_reply(other, note, "An answer."),
        "1 reply",
    ),
    "another wording": (
        lambda note, author, _other: changes.edit_annotation(
            editor=author, annotation=note, wording=Wording("Other words."), version=note.version
        ),
        "Other words.",
    ),
    "agreement": (
        lambda note, _author, other: reactions.react(person=other, annotation=note, stance="agree"),
        r'Agree (<span class="n">)?1',
    ),
    "another name": (
        lambda _note, author, _other: people.change_settings(
            person=author, name="Renamed Author", bio="", time_zone=""
        ),
        "Renamed Author",
    ),
    "the document's title": (
        lambda note, _author, _other: Document.objects.filter(pk=note.document_id).update(
            title="Another title"
        ),
        "Another title",
    ),
    "the end of the discussion": (
        lambda note, _author, _other: Document.objects.filter(pk=note.document_id).update(
            annotating="closed"
        ),
        "The discussion of this document is closed.",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("who", ["anybody", "author", "reader"])
def test_what_others_change_is_seen_at_once(
    pages: KeptPages, author: User, stranger: User, document: Document, what: str, who: str
) -> None:
    change, shown = CHANGES[what]
    note = make_annotation(author, document, body="First words.")
    looking = {"anybody": None, "author": author, "reader": make_user()}[who]
    browser = signed_in(pages, looking) if looking else Browser(pages)
    assert re.search(shown, browser.read(document)) is None
    change(note, author, stranger)
    assert re.search(shown, browser.read(document))


def test_what_is_taken_down_or_deleted_is_gone_at_once(
    anybody: Browser, author: User, moderator: User, document: Document
) -> None:
    denied = make_annotation(author, document, body="Canary one.")
    deleted = make_annotation(author, document, body="Canary two.")
    shown = anybody.read(document)
    assert "Canary one." in shown
    assert "Canary two." in shown
    moderation.decide(moderator=moderator, annotation=denied, act="deny", reason="abuse")
    assert "Canary one." not in anybody.read(document)
    changes.delete_annotation(editor=author, annotation=deleted)
    assert "Canary two." not in anybody.read(document)


def test_a_document_that_is_withdrawn_is_gone_at_once(anybody: Browser, document: Document) -> None:
    anybody.read(document)
    Document.objects.filter(pk=document.pk).update(is_published=False)
    assert anybody.get(document.get_absolute_url())[0] == 404


def test_private_words_are_on_their_authors_page_alone(
    pages: KeptPages, anybody: Browser, author: User, stranger: User, document: Document
) -> None:
    others = [anybody, signed_in(pages, stranger)]
    own = signed_in(pages, author)
    for browser in [own, *others]:
        browser.read(document)
    make_annotation(author, document, body="Canary alone.", visibility="private")
    assert "Canary alone." in own.read(document)
    assert all("Canary alone." not in browser.read(document) for browser in others)
    # In the other order too: what is drawn for the author is not what others are shown.
    make_annotation(author, document, body="Canary again.", visibility="private")
    assert all("Canary again." not in browser.read(document) for browser in others)
    assert "Canary again." in own.read(document)


ODD_COOKIES = (
    'ga={"a":1, "b":2}; ',
    "a b=1; ",
    "x; ",
    "a[1]=2; ",
    "name=Zo\u00c3\u00ab; ",  # UTF-8, as a server hands it on
    'q="; ',
    "sessionid=other; ",
)


@pytest.mark.parametrize("odd", ODD_COOKIES)
@pytest.mark.parametrize("is_first", [True, False])
def test_cookies_of_others_mix_up_nobody(
    pages: KeptPages, author: User, document: Document, odd: str, *, is_first: bool
) -> None:
    """Programs of other people set cookies that no standard knows, and Django reads past them."""
    make_annotation(author, document, body="canary-private", visibility="private")
    mine = signed_in(pages, author)
    mine.cookies = odd + mine.cookies if is_first else f"{mine.cookies}; {odd}"
    for _time in range(2):
        mine.read(document)
    stranger = signed_in(pages, make_user())
    for other in (Browser(pages), Browser(pages, odd), stranger):
        assert "canary-private" not in other.read(document)
        assert "canary-private" not in other.read(document)


def test_a_group_is_read_by_its_members_from_joining_to_leaving(
    pages: KeptPages, author: User, stranger: User, document: Document
) -> None:
    circle = groups.make_group(maker=author, name="Circle", kind="open")
    note = make_annotation(author, document, body="Canary of a group.", visibility="private")
    Annotation.objects.filter(pk=note.pk).update(visibility="group", group=circle)
    browser = signed_in(pages, stranger)
    assert "Canary of a group." not in browser.read(document)
    groups.join(person=stranger, group=circle)
    assert "Canary of a group." in browser.read(document)
    groups.leave(person=stranger, group=circle)
    assert "Canary of a group." not in browser.read(document)


def test_a_moderator_sees_what_waits_until_the_part_is_taken_away(
    pages: KeptPages, author: User, stranger: User
) -> None:
    document = make_document(annotating="reviewed")
    make_annotation(author, document, body="Canary that waits.")
    browser = signed_in(pages, stranger)
    assert "Canary that waits." not in browser.read(document)
    promote(stranger, "moderator")
    assert "Canary that waits." in browser.read(document)
    stranger.groups.clear()
    assert "Canary that waits." not in browser.read(document)


def test_news_and_notices_are_counted_until_they_are_read(
    pages: KeptPages, author: User, stranger: User, document: Document
) -> None:
    browser = signed_in(pages, author)
    note = make_annotation(author, document)
    assert "is new to you" not in browser.read(document)
    reply(author=stranger, parent=note, wording=Wording("News."))
    assert "1 thread is new to you" in browser.read(document)
    assert "Notices: 1 unread" in browser.read(document)
    activity.mark_read(reader=author, document=document)
    assert "is new to you" not in browser.read(document)
    Notification.objects.update(read_at=timezone.now())
    assert "Notices: 1 unread" not in browser.read(document)


def test_a_session_that_ended_reads_as_anybody(
    pages: KeptPages, author: User, document: Document
) -> None:
    browser = signed_in(pages, author)
    make_annotation(author, document, body="Canary alone.", visibility="private")
    assert "Canary alone." in browser.read(document)
    author.is_active = False
    author.save()
    end_access(user=author, because=Because.ACCOUNT_CLOSED)
    assert "Canary alone." not in browser.read(document)


def test_another_password_ends_what_other_sessions_were_shown(
    pages: KeptPages, author: User, document: Document
) -> None:
    browser = signed_in(pages, author)
    make_annotation(author, document, body="Canary alone.", visibility="private")
    assert "Canary alone." in browser.read(document)
    author.set_password("another horse battery staple")
    author.save()
    assert "Canary alone." not in browser.read(document)


def test_signing_out_everywhere_ends_what_other_sessions_were_shown(
    pages: KeptPages, author: User, document: Document
) -> None:
    make_annotation(author, document, visibility="private", body="For me alone.")
    elsewhere = signed_in(pages, author)
    assert "For me alone." in elsewhere.read(document)
    assert elsewhere.is_kept(document, TWO_QUERIES)
    end_sign_ins(person=author)
    assert "For me alone." not in elsewhere.read(document)


def test_a_moderators_page_changes_with_their_second_step(
    pages: KeptPages, moderator: User, settings: Settings, document: Document
) -> None:
    settings.SECOND_FACTOR_FOR = "staff"
    make_annotation(make_user(), document, body="It waits.", status="pending")
    browser = signed_in(pages, moderator)
    for has_one in (False, True, False):
        if has_one:
            give_codes(moderator)
        else:
            Authenticator.objects.all().delete()
        assert ("It waits." in browser.read(document)) is has_one


def test_a_browser_that_has_the_page_is_told_so(
    anybody: Browser, pages: KeptPages, author: User, document: Document
) -> None:
    path = document.get_absolute_url()
    status, headers, body = anybody.get(path)
    assert headers["cache-control"] == "no-cache"
    again, headers_again, empty = anybody.get(path, HTTP_IF_NONE_MATCH=headers["etag"])
    assert (status, again, empty) == (200, 304, b"")
    assert headers_again["etag"] == headers["etag"]
    assert body
    # Another process, with a page of its own making, gives it the same name.
    other = Browser(KeptPages(WSGIHandler(), 1_000_000))
    assert other.get(path, HTTP_IF_NONE_MATCH=headers["etag"])[0] == 304
    make_annotation(author, document)
    assert anybody.get(path, HTTP_IF_NONE_MATCH=headers["etag"])[0] == 200


@pytest.mark.parametrize(
    ("header", "one", "two"),
    [
        ("HTTP_ACCEPT_ENCODING", "br", "gzip"),
        ("HTTP_COOKIE", "reading=dark-m-serif-on", "reading=light-m-serif-on"),
        ("HTTP_COOKIE", "tz=Asia/Almaty", "tz=America/New_York"),
    ],
)
def test_pages_that_differ_are_kept_apart(
    anybody: Browser, author: User, document: Document, header: str, one: str, two: str
) -> None:
    made = make_annotation(author, document)
    late = made.created_at.replace(hour=22, minute=0)  # another day in Almaty
    Annotation.objects.filter(pk=made.pk).update(created_at=late)
    path = document.get_absolute_url()

    def body(value: str) -> bytes:
        return anybody.get(path, **{header: value})[2]

    first, second = body(one), body(two)
    assert first != second
    assert body(one) == first
    assert body(two) == second


def test_kept_pages_hold_no_tokens_and_set_no_cookies(
    pages: KeptPages, author: User, document: Document
) -> None:
    make_annotation(author, document)
    for browser in (Browser(pages), signed_in(pages, make_user()), signed_in(pages, author)):
        _status, headers, body = browser.get(document.get_absolute_url())
        assert "set-cookie" not in headers
        assert b"csrfmiddlewaretoken" not in body


def test_what_is_asked_by_htmx_or_with_a_query_is_not_answered_from_it(
    anybody: Browser, document: Document
) -> None:
    path = document.get_absolute_url()
    anybody.get(path)
    with CaptureQueriesContext(connection) as captured:
        anybody.get(f"{path}?for=public")
    assert len(captured) > TWO_QUERIES
    assert anybody.get(path, HTTP_HX_REQUEST="true")[1].get("etag") is None


def test_only_so_much_is_kept(pages: KeptPages) -> None:
    documents = [make_document() for _number in range(4)]
    size = len(Browser(pages).read(documents[0]).encode())
    browser = Browser(KeptPages(WSGIHandler(), size * 3))
    for document in documents:
        browser.read(document)
    assert not browser.is_kept(documents[0], ONE_QUERY)
    assert browser.is_kept(documents[3], ONE_QUERY)


def test_a_message_is_shown_once(client: Client, author: User, document: Document) -> None:
    client.force_login(author, site.AUTHENTICATION_BACKENDS[0])
    text = "The margin is where"
    sent = {
        "motivation": "commenting",
        "ref": "p1",
        "exact": text,
        "body": "By hand.",
        "visibility": "public",
    }
    client.post(reverse("annotate", args=[document.slug]), sent, follow=True)
    page = client.get(document.get_absolute_url()).content.decode()
    assert re.search(r'class="toast"', page) is None
