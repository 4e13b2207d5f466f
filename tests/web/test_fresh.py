"""What open pages fetch: blocks, and what is said of all of them, as the whole page says it."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.models import Document, ReadMark, User, Visibility
from tests.factories import make_annotation, make_reply

WHOLE = {
    "life": r'<p class="life" id="life">.*?</p>',
    "unread": r'<div id="unread">.*?</div>',
    "density": r'<div class="density" id="density">.*?</div>',
}


def fresh(client: Client, document: Document, query: str = "refs=p1") -> str:
    response = client.get(f"{reverse('fresh', args=[document.slug])}?edition=1&{query}")
    assert response.status_code == 200
    return response.text


def parts(html: str) -> dict[str, list[str]]:
    return {name: re.findall(rule, html, re.DOTALL) for name, rule in WHOLE.items()}


@pytest.fixture
def discussed(document: Document, author: User, stranger: User) -> Document:
    root = make_annotation(author, document, "The margin")
    make_reply(stranger, root, "An answer.")
    make_annotation(author, document, "A promise", body="canary", visibility=Visibility.PRIVATE)
    return document


@pytest.mark.parametrize("query", ["refs=p1", "refs=p2,p1", "refs=p1&open=UID", "refs=p1&for="])
def test_counts_and_strip_are_those_of_the_page(
    discussed: Document, author: User, stranger: User, query: str
) -> None:
    query = query.replace("UID", discussed.annotations.order_by("pk")[0].uid)
    for viewer in (None, stranger, author):
        client = Client()
        if viewer:
            client.force_login(viewer)
        page = parts(client.get(discussed.get_absolute_url()).text)
        told = parts(fresh(client, discussed, query))
        assert told["life"] == page["life"]
        assert told["density"] == page["density"]
        assert len(told["density"]) == 1
        assert not viewer or told["unread"] == page["unread"]
    mine = Client()
    mine.force_login(author)
    assert "2 annotations" in parts(fresh(mine, discussed))["life"][0]  # with the private one
    assert "1 annotation," in parts(fresh(Client(), discussed))["life"][0]
    assert "canary" not in fresh(Client(), discussed, query)


def test_what_is_shown_is_what_is_counted(discussed: Document, author: User) -> None:
    client = Client()
    client.force_login(author)
    page = client.get(f"{discussed.get_absolute_url()}?for=public").text
    assert parts(fresh(client, discussed, "refs=p1&for=public")) == parts(page)


def test_what_is_new_is_counted_too(discussed: Document, author: User, stranger: User) -> None:
    client = Client()
    client.force_login(stranger)
    client.post(reverse("mark_read", args=[discussed.slug]))
    assert ReadMark.objects.count() == 1
    assert "new to you" not in fresh(client, discussed)
    make_annotation(author, discussed, "The margin", body="Another.")
    assert "1 thread is new to you" in fresh(client, discussed)


def test_what_names_no_block_is_answered_with_nothing(discussed: Document) -> None:
    for query in ("", "refs=", "refs=p999", "refs=<script>", "refs=p0"):
        assert fresh(Client(), discussed, query) == ""


def test_it_costs_the_same_however_much_was_written(discussed: Document, author: User) -> None:
    def queries() -> int:
        fresh(Client(), discussed)
        with CaptureQueriesContext(connection) as captured:
            fresh(Client(), discussed)
        return len(captured)

    few = queries()
    for number in range(5):
        make_annotation(author, discussed, "The margin", body=f"More {number}.")
    assert queries() == few


def test_the_page_of_a_paragraph_follows_what_happens(
    discussed: Document, author: User, stranger: User
) -> None:
    client = Client()
    html = client.get(reverse("paragraph", args=[discussed.slug, "p1"])).text
    discussed.refresh_from_db()
    assert f'data-live="/live/{discussed.slug}"' in html
    assert f'data-event="{discussed.last_event}"' in html
    for name in ("p1", "t-p1", "h-p1"):
        assert html.count(f'id="{name}"') == 1


def test_the_page_of_a_paragraph_of_an_earlier_edition_follows_nothing(
    discussed: Document, author: User
) -> None:
    current = discussed.current_edition
    assert current is not None
    draft = current.__class__.objects.create(document=discussed, number=2, text=current.text)
    Document.objects.filter(pk=discussed.pk).update(current_edition=draft)
    html = Client().get(f"{reverse('paragraph', args=[discussed.slug, 'p1'])}?edition=1").text
    assert "data-live" not in html
