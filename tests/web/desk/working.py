"""What an editor does at the desk and sees there, and the texts that lie on it."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from reader.models import Anchor, Annotation, Edition
from tests.web.pages import Page

OLD = (
    "The margin is where a reader answers, and a reader has all the time in the world.",
    "A promise, once made in public, is kept in public by those who made it there.",
    "This sentence about herrings will be gone from the next edition altogether.",
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
)
NEW = (
    "The margin is where a reader replies, and a reader has all the time in the world.",
    "A promise, once made in public, is kept in public by those who made it there.",
    "Nobody reads the same sentence twice, whatever anybody may tell you about it.",
)
CANARY = "canary-7d1e"
ACTS = ("desk", "desk_case", "publish", "undo_publish", "discard")
WORKERS = {"editor", "admin"}


def note(words: str) -> Annotation:
    return Annotation.objects.get(body__contains=words)


def address(name: str, edition: Edition, *more: str) -> str:
    return reverse(name, args=[edition.document.slug, edition.number, *more])


def main_of(response: Any) -> str:
    """Return the page's own part; the page must be well built."""
    html = response.content.decode()
    assert Page(html).problems() == []
    return str(html.partition("<main")[2].partition("</main>")[0])


def look(client: Client, edition: Edition, **query: str) -> str:
    response = client.get(address("desk", edition), query)
    assert response.status_code == 200
    return main_of(response)


def cases_in(html: str) -> list[str]:
    return re.findall(r'<article class="case[^"]*" id="case-(\w+)"', html)


def decide(client: Client, edition: Edition, words: str, act: str, **more: Any) -> Any:
    return client.post(address("desk_case", edition, note(words).uid), {"act": act, **more})


def anchor_of(words: str, edition: Edition) -> Anchor:
    return Anchor.objects.select_related("first_block").get(annotation=note(words), edition=edition)


def words_of(anchor: Anchor) -> str:
    assert anchor.first_block is not None
    return str(anchor.first_block.text[anchor.start : anchor.end])


def tallies(html: str) -> dict[str, int]:
    """Return how many cases each filter counts."""
    found = re.findall(r'desk/(?:\?show=(\w+))?"[^>]*>[^<]*<span class="n">(\d+)</span>', html)
    return {name or "open": int(n) for name, n in found}


def seen_case(client: Client, edition: Edition, words: str) -> str:
    """Return what the forms of a case say about how it stands."""
    html = look(client, edition, show="all").partition(f'id="case-{note(words).uid}"')[2]
    return str(re.findall(r'name="case" value="([^"]+)"', html)[0])
