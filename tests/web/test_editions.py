"""Old editions, drafts, the list of editions, and notes whose passage is gone."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.models import Annotation, Disposition, Document, User
from reader.queries import orphans
from reader.queries.editions import find_edition
from tests.editions import make_draft, make_edition
from tests.factories import make_annotation, make_document, make_reply, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

OLD = (
    "The margin is where a reader answers.",
    "A promise, once made in public, is kept in public.",
    "Nobody reads the same sentence twice.",
)
NEW = (
    "The margin is where a reader answers.",
    "Nobody reads the same long sentence twice.",
    "A paragraph that was not there before.",
)
CANARY = "canary-7be1"


@pytest.fixture
def revised(author: User, document: Document) -> Document:
    """A document with a second edition, in which a promise is gone and a sentence reworded."""
    return make_revised(author)


def make_revised(author: User, slug: str = "revised") -> Document:
    """Return a document with two editions and notes on words that stayed, changed and went."""
    document = make_document(*OLD, slug=slug)
    make_annotation(author, document, "The margin", body="It stays.")
    make_annotation(author, document, "the same sentence twice", body="It is reworded.")
    make_annotation(author, document, "once made in public", body="It goes.")
    make_edition(document, *NEW)
    document.refresh_from_db()
    return document


def page_of(client: Client, name: str, *args: object, **query: str) -> str:
    """Return the page at an address, which must be there and well built."""
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    html = response.content.decode()
    assert Page(html).problems() == []
    return html


def main_of(html: str) -> str:
    """Return what the page itself shows, without header and footer."""
    return html.partition("<main")[2].partition("</main>")[0]


def gone(document: Document) -> Annotation:
    """Return the note whose passage is in the second edition no more."""
    return Annotation.objects.get(document=document, body="It goes.")


def test_old_edition_shows_what_stood_in_it_and_stays_in_it(
    client: Client, revised: Document
) -> None:
    html = main_of(page_of(client, "edition", revised.slug, 1))
    assert "A promise, " in html
    assert 'id="orphans"' not in html
    assert "It goes." in html
    assert "/p2/?edition=1" in html
    assert f'href="/d/{revised.slug}/p2/"' not in html
    assert f"/a/{gone(revised).uid}/thread/?edition=1" in html
    assert "annotations/" not in html, "nothing can be written in an old edition"


def test_old_edition_says_what_it_is_and_where_the_current_one_is(
    client: Client, revised: Document
) -> None:
    html = page_of(client, "edition", revised.slug, 1)
    assert f'<link rel="canonical" href="/d/{revised.slug}/e/1/">' in html
    assert "It is not the current one" in html
    assert f'href="/d/{revised.slug}/"' in main_of(html)
    assert f'href="/d/{revised.slug}/compare/1..2/"' in main_of(html)
    current = page_of(client, "edition", revised.slug, 2)
    assert f'<link rel="canonical" href="/d/{revised.slug}/">' in current
    assert "It is not the current one" not in current


def test_paragraph_of_an_old_edition_is_only_read(revised: Document, author: User) -> None:
    client = signed_in(author)
    html = main_of(page_of(client, "paragraph", revised.slug, "p2", edition="1"))
    assert "A promise, " in html
    assert "It goes." in html
    assert "<textarea" not in html
    assert "/edit/" not in html
    assert f'href="/d/{revised.slug}/p3/?edition=1"' in html
    now = main_of(page_of(client, "paragraph", revised.slug, "p2"))
    assert "Nobody reads" in now
    assert "<textarea" in now


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "", "99999999999999999999", "1 "])
def test_unknown_edition_is_not_found(client: Client, revised: Document, number: str) -> None:
    for name in ("paragraph", "map", "block_threads"):
        args = [revised.slug] if name == "map" else [revised.slug, "p1"]
        assert client.get(reverse(name, args=args), {"edition": number}).status_code == 404
    if number.isdigit():
        assert client.get(f"/d/{revised.slug}/e/{number}/").status_code == 404


def test_fragments_of_an_old_edition_stay_in_it(client: Client, revised: Document) -> None:
    headers = {"HX-Request": "true"}
    uid = gone(revised).uid
    thread = client.get(reverse("thread", args=[uid]), {"edition": "1"}, headers=headers)
    assert 'data-first="p2"' in thread.content.decode()
    assert f'href="/a/{uid}/"' in thread.content.decode()
    section = reverse("block_threads", args=[revised.slug, "p2"])
    here = client.get(section, {"edition": "1"}, headers=headers).content.decode()
    assert "It goes." in here
    now = client.get(section, headers=headers).content.decode()
    assert "It goes." not in now


def test_note_without_a_passage_stands_after_the_text(client: Client, revised: Document) -> None:
    html = main_of(page_of(client, "document", revised.slug))
    text, _heading, after = html.partition('id="orphans"')
    assert "It goes." not in text
    assert "It goes." in after
    assert "once made in public" in after
    assert "1 note on a passage" in after
    assert f"/p2/?edition=1&amp;thread={gone(revised).uid}#a-{gone(revised).uid}" in after


def test_without_orphans_there_is_no_place_for_them(client: Client, document: Document) -> None:
    assert "orphans" not in main_of(page_of(client, "document", document.slug))
    assert "Every note stands" in page_of(client, "orphans", document.slug)


def test_permalink_of_an_orphan_lands_on_its_open_thread(
    client: Client, revised: Document, stranger: User
) -> None:
    root = gone(revised)
    answer = make_reply(stranger, root, "But it was kept.")
    html = ""
    for note in (root, answer):
        response = client.get(reverse("annotation", args=[note.uid]))
        assert response.url == f"/d/{revised.slug}/?thread={root.uid}#a-{note.uid}"  # type: ignore[attr-defined]  # a redirect
        html = client.get(response.url.partition("#")[0]).content.decode()  # type: ignore[attr-defined]  # a redirect
        assert f'id="a-{note.uid}"' in html
    assert html.count("But it was kept.") == 1


def test_orphan_can_be_answered(revised: Document, stranger: User) -> None:
    root = gone(revised)
    client = signed_in(stranger)
    key = {"client_key": "k" * 22}
    posted = client.post(reverse("reply", args=[root.uid]), {"body": "Still true.", **key})
    assert "Still true." in client.get(posted.url.partition("#")[0]).content.decode()  # type: ignore[attr-defined]  # a redirect


@pytest.mark.parametrize("by_htmx", [False, True])
def test_author_moves_an_orphan_to_other_words(
    revised: Document, author: User, by_htmx: bool
) -> None:
    root = gone(revised)
    client = signed_in(author)
    assert f"/a/{root.uid}/passage/" in page_of(client, "document", revised.slug)
    headers = {"HX-Request": "true"} if by_htmx else {}
    data = {"exact": "was not there before", "version": str(root.version)}
    moved = client.post(reverse("adjust", args=[root.uid]), data, headers=headers)
    landed = moved.headers["HX-Redirect" if by_htmx else "Location"]
    assert landed == f"/d/{revised.slug}/p3/?thread={root.uid}#a-{root.uid}"
    assert "orphans" not in main_of(page_of(client, "document", revised.slug))


def test_counts_hold_orphans_and_bars_do_not(client: Client, revised: Document) -> None:
    html = page_of(client, "map", revised.slug)
    assert "3 threads" in html
    assert "1 note on a passage" in html
    table = html.partition("<tbody")[2]
    assert table.count(">1</a></td>") == 6, "two threads, each of one person and undecided"


def test_many_orphans_are_paged(author: User, client: Client) -> None:
    long = make_document(*OLD, slug="long")
    bodies = [f"Remark number {n}." for n in range(25)]
    for body in bodies:
        make_annotation(make_user(), long, "once made in public", body=body)
    highlight = make_annotation(author, long, "promise", body="", motivation="highlighting")
    make_edition(long, *NEW)
    html = page_of(client, "document", long.slug)
    assert "25 notes on passages" in html
    assert "15 more notes" in html
    shown = [page_of(client, "orphans", long.slug, page=str(n)) for n in (1, 2)]
    assert [sum(body in page for page in shown) for body in bodies] == [1] * 25
    last = Annotation.objects.get(body=bodies[-1])
    assert f'id="a-{last.uid}"' in page_of(client, "document", long.slug, thread=last.uid)
    assert f'id="a-{highlight.uid}"' in page_of(client, "document", long.slug, thread=highlight.uid)
    assert f'id="a-{highlight.uid}"' in shown[0]


@pytest.mark.parametrize(
    ("visibility", "status"), [("private", ""), ("public", "pending"), ("public", "denied")]
)
def test_hidden_note_is_in_no_place_of_an_edition(
    client: Client, author: User, stranger: User, visibility: str, status: str
) -> None:
    document = make_document(*OLD, slug="hidden")
    words = "once made in public"
    note = make_annotation(
        author, document, words, body=CANARY, visibility=visibility, status=status
    )
    make_edition(document, *NEW)
    pages = [
        reverse("document", args=[document.slug]) + f"?thread={note.uid}",
        reverse("orphans", args=[document.slug]),
        reverse("compare", args=[document.slug, 1, 2]),
        reverse("edition", args=[document.slug, 1]),
        reverse("paragraph", args=[document.slug, "p2"]) + "?edition=1",
        reverse("map", args=[document.slug]),
    ]
    for browser, is_seen in ((client, False), (signed_in(stranger), False)):
        found = [browser.get(page).content.decode() for page in pages]
        assert any(CANARY in page or note.uid in page for page in found[1:]) == is_seen
        assert CANARY not in found[0]
        assert "no longer in this edition" not in found[0]
        assert browser.get(reverse("history", args=[note.uid])).status_code == 404
    own = [signed_in(author).get(page).content.decode() for page in pages]
    assert all(CANARY in page for page in own[:5])


def test_draft_is_there_for_editors_only(client: Client, author: User, stranger: User) -> None:
    document = make_revised(author)
    make_draft(document, *NEW, "A sentence of the draft.")
    editor = promote(make_user(), "document:editor", document)
    addresses = [
        reverse("edition", args=[document.slug, 3]),
        reverse("compare", args=[document.slug, 2, 3]),
        reverse("paragraph", args=[document.slug, "p4"]) + "?edition=3",
    ]
    moderator = promote(make_user(), "document:moderator", document)
    for person in (None, stranger, author, moderator):
        browser = signed_in(person) if person else client
        assert [browser.get(one).status_code for one in addresses] == [404] * 3
        listed = browser.get(reverse("editions", args=[document.slug])).content.decode()
        assert "/e/3/" not in listed
        assert "draft" not in main_of(listed)
    browser = signed_in(editor)
    for one in addresses:
        html = browser.get(one).content.decode()
        assert "A sentence of the draft." in html
        assert '<meta name="robots" content="noindex">' in html
        assert "<strong>Draft.</strong>" in html
        assert Page(html).problems() == []
    assert "/e/3/" in page_of(browser, "editions", document.slug)


def test_list_of_one_edition(client: Client, document: Document) -> None:
    html = page_of(client, "editions", document.slug)
    assert "The text has not changed" in html
    assert "compare" not in main_of(html)


def test_list_tells_how_the_text_changed(client: Client, revised: Document) -> None:
    html = main_of(page_of(client, "editions", revised.slug))
    assert f'href="/d/{revised.slug}/compare/1..2/"' in html
    assert html.index('id="e2"') < html.index('id="e1"')
    assert "Paragraphs: 1 changed, 1 new, 1 deleted" in html
    assert "<select" not in html, "there is nothing to choose among two"
    make_edition(revised, *OLD)
    assert page_of(client, "editions", revised.slug).count("<option") == 6


def test_any_two_can_be_chosen(client: Client, revised: Document) -> None:
    choose = reverse("choose_editions", args=[revised.slug])
    compare = reverse("compare", args=[revised.slug, 1, 2])
    listed = reverse("editions", args=[revised.slug])
    for query, target in (
        ({"from": "1", "to": "2"}, compare),
        ({"from": "2", "to": "1"}, compare),
        ({"from": "2", "to": "2"}, listed),
        ({"from": "x"}, listed),
        ({}, listed),
    ):
        assert client.get(choose, query).headers["Location"] == target


def queries_of(client: Client, address: str) -> int:
    """Return how many queries the page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["document", "edition", "orphans", "editions", "compare"])
@pytest.mark.parametrize("who", ["anonymous", "reader", "editor"])
def test_number_of_queries_does_not_grow(client: Client, name: str, who: str) -> None:
    counts = []
    for amount in (3, 12):
        document = make_document(*OLD * 3, slug=f"d{amount}")
        assert document.current_edition is not None
        for number in range(amount):
            words = ("once made in public", "The margin", "the same sentence")[number % 3]
            somebody = make_user()
            make_annotation(somebody, document, words, body=f"Remark {number}.")
            make_annotation(somebody, document, "kept in public", motivation="questioning")
        make_edition(document, *NEW * 3)
        person = {"reader": make_user, "editor": lambda: promote(make_user(), "editor")}
        browser = client
        if who in person:
            browser = Client()
            browser.force_login(person[who](), settings.AUTHENTICATION_BACKENDS[0])
        more: dict[str, list[object]] = {"edition": [1], "compare": [1, 2]}
        counts.append(queries_of(browser, reverse(name, args=[document.slug, *more.get(name, [])])))
    assert counts[0] == counts[1]


def test_orphans_of_an_edition_without_any_take_one_query(document: Document) -> None:
    edition = find_edition(AnonymousUser(), document)
    with CaptureQueriesContext(connection) as captured:
        assert orphans.orphans_of(AnonymousUser(), edition) == orphans.Orphans()
    assert len(captured) == 1


def suggestion(author: User, document: Document) -> Annotation:
    """Return a suggested edit of one word of the text."""
    return make_annotation(
        author,
        document,
        "a reader answers",
        body="",
        motivation="editing",
        replacement="a reader asks",
    )


def test_suggestion_is_shown_as_a_difference_of_words(
    client: Client, author: User, document: Document
) -> None:
    suggestion(author, document)
    html = page_of(client, "paragraph", document.slug, "p1")
    shown = html.partition('<p class="suggestion"')[2].partition("</p>")[0]
    assert "answers" in shown.partition("<del")[2].partition("</del>")[0]
    assert "asks" in shown.partition("<ins")[2].partition("</ins>")[0]
    assert shown.count("a reader ") == 1


@pytest.mark.parametrize(
    ("outcome", "is_published", "said"),
    [
        ("accepted", None, "it will be in the next edition"),
        ("accepted", False, "it will be in the next edition"),
        ("accepted", True, "Adopted in Edition 1"),
        ("declined", None, "Declined by Edith Editor"),
    ],
)
def test_answer_to_a_suggestion_is_told(
    client: Client,
    author: User,
    document: Document,
    outcome: str,
    is_published: bool | None,
    said: str,
) -> None:
    draft = None if is_published is None else document.current_edition
    if is_published is False:
        draft = make_draft(document, *NEW)
    Disposition.objects.create(
        annotation=suggestion(author, document),
        outcome=outcome,
        reason="Because.",
        addressed_in=draft,
        decided_by=make_user(name="Edith Editor"),
    )
    html = main_of(page_of(client, "paragraph", document.slug, "p1"))
    assert said in html
    assert "Because." in html
    assert ("Ada Author’s" in html) == (is_published is True), "who is adopted is credited"
    assert "/e/2/" not in html, "nobody is led to a draft"


def test_editors_alone_are_asked_to_answer(client: Client, author: User) -> None:
    document = make_document(*OLD, slug="asked")
    note = suggestion(author, document)
    address = reverse("answer_suggestion", args=[note.uid])
    editor = promote(make_user(), "document:editor", document)
    for browser, is_asked in (
        (client, False),
        (signed_in(author), False),
        (signed_in(editor), True),
    ):
        html = page_of(browser, "paragraph", document.slug, "p1")
        assert (f'action="{address}"' in html) == is_asked
