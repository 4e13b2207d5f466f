"""The reader's page: what is drawn, how much is asked of the database, and in which order."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.activity import mark_read
from reader.models import Anchor, Annotation, Document, DocumentRole, Edition, User
from reader.queries import reading, threads
from reader.queries.editions import find_edition
from reader.templatetags.marks import marked_text
from tests.factories import (
    force_status,
    make_annotation,
    make_document,
    make_reply,
    make_user,
    promote,
)

# Of a signed-in reader with words of their own on the page: what all see alike is drawn already.
MOST_QUERIES = 22


def current(document: Document) -> Edition:
    """Return the current edition, as anybody finds it."""
    return find_edition(AnonymousUser(), document)


def many(document: Document, author: User, count: int) -> None:
    """Add annotations fast: rows as the action writes them, without the action."""
    model = make_annotation(author, document, body="One of many.")
    anchor = model.anchors.get()
    copies = [
        Annotation(
            document=document,
            edition=model.edition,
            author=author,
            motivation=("commenting", "questioning", "highlighting")[n % 3],
            body="" if n % 3 == 2 else f"Remark {n}.",
            body_html=f"<p>Remark {n}.</p>",
            exact=model.exact,
            start=model.start,
            end=model.end,
        )
        for n in range(count - 1)
    ]
    Annotation.objects.bulk_create(copies, batch_size=500)
    Anchor.objects.bulk_create(
        [
            Anchor(
                annotation=copy,
                edition=model.edition,
                first_block=anchor.first_block,
                start=n % 20,
                last_block=anchor.last_block,
                end=25 + n % 20,
                verdict="exact",
                score=1.0,
            )
            for n, copy in enumerate(copies)
        ],
        batch_size=500,
    )


def queries_of(client: Client, address: str) -> int:
    """Return how many queries the page takes, the session's and the person's included."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["document", "map", "library", "paragraph"])
@pytest.mark.parametrize("who", ["anonymous", "author", "moderator", "reader"])
def test_number_of_queries_does_not_grow(
    client: Client, author: User, moderator: User, document: Document, name: str, who: str
) -> None:
    people = {"author": author, "moderator": moderator, "reader": make_user()}
    if who in people:
        client.force_login(people[who], settings.AUTHENTICATION_BACKENDS[0])
    args = {"library": [], "paragraph": [document.slug, "p1"]}.get(name, [document.slug])
    address = reverse(name, args=args)
    many(document, author, 10)
    client.get(address)  # the map counts what is new when it is asked first
    few = queries_of(client, address)
    many(document, author, 4_990)
    assert Annotation.objects.count() == 5_000
    client.get(address)
    assert queries_of(client, address) == few
    if name == "document":
        assert few <= MOST_QUERIES


def test_text_content_is_the_text_to_the_letter(author: User, document: Document) -> None:
    make_annotation(author, document, "The margin is where")
    make_annotation(author, document, "where a reader", motivation="questioning")
    make_annotation(author, document, "promise.\n\nA promise", body="Across.")
    for view in reading.reading_page(AnonymousUser(), document, current(document)):
        shown = marked_text(view)
        bare = shown.replace("</mark>", "")
        while "<mark" in bare:
            before, _mark, rest = bare.partition("<mark")
            bare = before + rest.partition(">")[2]
        assert bare == view.block.text


def test_overlap_is_one_mark_as_strong_as_its_annotations(
    author: User, stranger: User, document: Document
) -> None:
    make_annotation(author, document, "The margin is where")
    make_annotation(stranger, document, "where a reader", motivation="questioning")
    view = reading.reading_page(author, document, current(document))[0]
    assert marked_text(view).startswith(
        '<mark class="hl m-commenting n1 mine" data-s="0" data-e="14">The margin is </mark>'
        '<mark class="hl m-questioning n2 mine" data-s="14" data-e="19">where</mark>'
        '<mark class="hl m-questioning n1" data-s="19" data-e="28"> a reader</mark>'
    )


def test_passage_over_three_paragraphs_marks_the_middle_one_whole(
    author: User, document: Document
) -> None:
    text = current(document).text
    words = text[text.index("also a promise") : text.index("Nobody") + len("Nobody")]
    make_annotation(author, document, words)
    views = reading.reading_page(author, document, current(document))
    middle = views[1]
    assert [(span.start, span.end) for span in middle.spans] == [(0, len(middle.block.text))]
    alone = reading.block_views(author, document, current(document), ["p2"])[0]
    assert alone.spans == middle.spans


def test_bare_highlights_are_counted_and_not_listed(
    author: User, stranger: User, document: Document
) -> None:
    make_annotation(author, document, body="", motivation="highlighting")
    answered = make_annotation(author, document, body="", motivation="highlighting")
    make_reply(stranger, answered)
    view = reading.reading_page(stranger, document, current(document))[0]
    assert (view.highlights, view.thread_count) == (1, 1)
    assert [thread.root.annotation for thread in view.threads] == [answered]


def test_threads_beyond_the_first_are_counted(author: User, document: Document) -> None:
    for number in range(5):
        make_annotation(author, document, body=f"Number {number}.")
    view = reading.reading_page(author, document, current(document))[0]
    assert [thread.root.annotation.body for thread in view.threads] == [
        f"Number {number}." for number in range(3)
    ]
    assert view.more == 2


def test_replies_come_depth_first_and_a_deep_thread_does_no_harm(
    author: User, document: Document
) -> None:
    root = make_annotation(author, document)
    deep = [root]
    for _level in range(1_200):
        parent = deep[-1]
        deep.append(
            Annotation.objects.create(
                document=document,
                edition=root.edition,
                author=author,
                motivation="replying",
                parent=parent,
                root=root,
                body="Deeper.",
            )
        )
    notes = threads.in_reading_order(author, root, deep[1:])
    assert [note.depth for note in notes] == list(range(1, 1_201))


def test_removed_reply_keeps_its_place_only_while_something_hangs_on_it(
    author: User, stranger: User, document: Document
) -> None:
    root = make_annotation(author, document)
    removed = make_reply(stranger, root, "canary-reply")
    make_reply(author, removed, "Still here.")
    force_status(removed, "denied")
    make_reply(stranger, root, "canary-leaf", status="denied")
    edition = current(document)
    rows = threads.roots(AnonymousUser(), edition)
    thread = threads.with_replies(AnonymousUser(), threads.as_threads(AnonymousUser(), rows))[0]
    assert [(note.hidden, note.annotation.body) for note in thread.replies] == [
        ("removed", ""),
        ("", "Still here."),
    ]
    assert thread.replies[0].annotation.author is None


def test_unread_is_what_others_wrote_since_the_last_reading(
    author: User, stranger: User, document: Document
) -> None:
    thread_of = {"author": author, "stranger": stranger}
    root = make_annotation(author, document)

    def unread(who: str) -> bool:
        view = reading.reading_page(thread_of[who], document, current(document))[0]
        return view.threads[0].is_unread

    assert not unread("author")
    assert unread("stranger")
    mark_read(reader=stranger, document=document, ref="p1")
    assert not unread("stranger")
    make_reply(author, root)
    assert unread("stranger")
    assert not unread("author")


def threads_shown(client: Client, document: Document, **query: str) -> set[str]:
    """Return the uids of the threads on the first paragraph's page."""
    response = client.get(reverse("paragraph", args=[document.slug, "p1"]), query)
    return {thread.root.annotation.uid for thread in response.context["threads"]}


def readable_pages(viewer: User | None, document: Document) -> list[bool]:
    """Return whether the reader's page, the paragraph's and the library show the document."""
    client = Client()
    if viewer:
        client.force_login(viewer, settings.AUTHENTICATION_BACKENDS[0])
    addresses = [
        reverse("document", args=[document.slug]),
        reverse("paragraph", args=[document.slug, "p1"]),
    ]
    shown = [client.get(address).status_code == 200 for address in addresses]
    entries = client.get(reverse("library")).context["entries"]
    return [*shown, document in [entry.document for entry in entries]]


@pytest.mark.parametrize("role", DocumentRole.Role.values)
def test_unpublished_document_is_read_by_those_with_a_role_in_it(db: None, role: str) -> None:
    document, other = make_document(is_published=False), make_document()
    insider = promote(make_user(), f"document:{role}", document)
    outsider = promote(make_user(), f"document:{role}", other)
    assert readable_pages(insider, document) == [True] * 3
    assert readable_pages(outsider, document) == [False] * 3


@pytest.mark.parametrize("who", ["anonymous", "stranger", "moderator"])
def test_unpublished_document_is_read_by_nobody_else(
    stranger: User, moderator: User, who: str
) -> None:
    document = make_document(is_published=False)
    viewer = {"stranger": stranger, "moderator": moderator}.get(who)
    assert readable_pages(viewer, document) == [False] * 3
    Document.objects.update(is_published=True)
    assert readable_pages(viewer, document) == [True] * 3


@pytest.mark.parametrize(
    ("status", "hidden"), [("spam", "removed"), ("denied", "removed"), ("pending", "waiting")]
)
def test_withheld_root_keeps_its_empty_place_while_a_reply_is_readable(
    author: User, stranger: User, document: Document, status: str, hidden: str
) -> None:
    answered = make_annotation(author, document, body="canary-root")
    make_reply(stranger, answered, "Still here.")
    for one in (answered, make_annotation(author, document, body="canary-alone")):
        Annotation.objects.filter(pk=one.pk).update(status=status)
    views = reading.reading_page(AnonymousUser(), document, current(document))
    (thread,) = views[0].threads
    root = thread.root
    assert (root.annotation.pk, root.hidden) == (answered.pk, hidden)
    assert (root.annotation.body, root.annotation.author) == ("", None)
    (thread,) = threads.with_replies(AnonymousUser(), [thread])
    assert [note.annotation.body for note in thread.replies] == ["Still here."]
    page = Client().get(reverse("paragraph", args=[document.slug, "p1"])).content.decode()
    assert "Still here." in page
    assert "canary" not in page


def test_unread_filter_finds_threads_by_their_replies(
    client: Client, author: User, stranger: User, document: Document
) -> None:
    client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
    quiet, answered, talked_to = (make_annotation(author, document) for _ in range(3))
    make_reply(stranger, answered)
    make_reply(author, talked_to)
    everything = {quiet.uid, answered.uid, talked_to.uid}
    assert threads_shown(client, document) == everything
    assert threads_shown(client, document, unread="on") == {answered.uid}
    mark_read(reader=author, document=document, ref="p1")
    assert threads_shown(client, document, unread="on") == set()


@pytest.mark.parametrize("status", ["denied", "spam"])
def test_filters_tell_nothing_about_a_removed_root(
    client: Client, author: User, stranger: User, document: Document, status: str
) -> None:
    shown = make_annotation(author, document, tags=("style",))
    removed = make_annotation(author, document, tags=("style",))
    make_reply(stranger, removed)
    Annotation.objects.filter(pk=removed.pk).update(status=status)
    assert threads_shown(client, document) == {shown.uid, removed.uid}
    assert threads_shown(client, document, author=author.username) == {shown.uid}
    assert threads_shown(client, document, tag="style") == {shown.uid}
    assert threads_shown(client, document, status=status) == set()
    assert threads_shown(client, document, status="approved") == {shown.uid}
