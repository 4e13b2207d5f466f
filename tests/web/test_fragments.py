"""What a write answers on the page it came from, and which page gets kept words back."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from reader.models import Annotation, Document, User
from tests.factories import passage_of

SITE = "http://testserver"
WORDS = "Words that took me an hour to find."


def annotate(client: Client, document: Document, **headers: str) -> Any:
    """Send a comment on the first paragraph, in a form made for the author."""
    passage = passage_of(document, "The margin")
    data = {
        "ref": "p1",
        "start": passage.start,
        "end": passage.end,
        "exact": passage.exact,
        "motivation": "commenting",
        "body": WORDS,
        "visibility": "public",
        "client_key": "key-1",
        "writer": "author",
    }
    return client.post(reverse("annotate", args=[document.slug]), data, headers=headers)


def annotate_from(client: Client, document: Document, address: str) -> Any:
    """Send the comment as HTMX does from the page at the address."""
    headers = {"HX-Request": "true", "HX-Current-URL": address}
    return annotate(client, document, **headers)


@pytest.mark.parametrize("query", ["", "?thread=abc", "?unread=on#annotate"])
def test_paragraph_page_is_loaded_anew_with_the_thread_open(
    as_author: Client, document: Document, query: str
) -> None:
    page = reverse("paragraph", args=[document.slug, "p1"])
    response = annotate_from(as_author, document, SITE + page + query)
    uid = Annotation.objects.get().uid
    assert response["HX-Redirect"] == f"{page}?thread={uid}#a-{uid}"
    assert response.content == b""
    assert "HX-Retarget" not in response
    landed = as_author.get(page, {"thread": uid}).content.decode()
    assert WORDS in landed
    assert "Saved." in landed


@pytest.mark.parametrize("where", ["document", "other paragraph", "nowhere"])
def test_any_other_page_gets_fragments(as_author: Client, document: Document, where: str) -> None:
    address = {
        "document": SITE + reverse("document", args=[document.slug]),
        "other paragraph": SITE + reverse("paragraph", args=[document.slug, "p2"]),
        "nowhere": "",
    }[where]
    response = annotate_from(as_author, document, address)
    assert "HX-Redirect" not in response
    assert response["HX-Retarget"] == "#t-p1"
    assert WORDS in response.content.decode()


def test_words_are_given_back_once_and_only_where_they_were_written(
    client: Client, author: User, document: Document
) -> None:
    assert annotate(client, document).status_code == 302
    client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])

    def given_back(*args: str) -> bool:
        name = "paragraph" if args else "document"
        page = client.get(reverse(name, args=[document.slug, *args]))
        return WORDS in page.content.decode()

    assert not given_back("p2")
    assert not given_back()
    assert given_back("p1")
    assert not given_back("p1")
