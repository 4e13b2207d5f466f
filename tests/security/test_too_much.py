"""Check 6: what is made to be slow to read is read within a second of CPU, or refused by its limit.

Every door that takes a person's words is given each of them.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reader.models import Annotation, Document, User
from reader.queries.addresses import address_of
from tests.api.hypothesis_client import Api, note
from tests.api.w3c_client import W3C, remark
from tests.factories import make_annotation, passage_of, promote

# Seconds of CPU. All take less than one on a quiet machine; what is a trap takes minutes.
GUARD = 10.0
TRAPS = {
    "brackets": "[" * 10_000,
    "stars": "*a " * 3_333,
    "quotations": "> " * 5_000,
    "lists": "".join("  " * depth + "- x\n" for depth in range(90)),
    "links": "[a](" * 2_500,
    "parentheses": "http://x.example/" + "(" * 9_900,
    "emphasis": "*_" * 5_000,
    "backticks": "`" * 10_000,
    "tags": "<p " * 3_333,
    "entities": "&" * 10_000,
    "one line of megabytes": "x" * 5_000_000,
}
Door = Callable[[Client, User, Document, str], Any]


def by_form(client: Client, author: User, document: Document, body: str) -> Any:
    place = passage_of(document, "The margin")
    sent = {"start": place.start, "end": place.end, "exact": place.exact, "body": body}
    address = f"/d/{document.slug}/annotations/"
    return client.post(address, {**sent, "motivation": "commenting", "visibility": "public"})


def by_reply(client: Client, author: User, document: Document, body: str) -> Any:
    root = Annotation.objects.get()
    return client.post(f"/a/{root.uid}/reply/", {"body": body})


def by_edit(client: Client, author: User, document: Document, body: str) -> Any:
    root = Annotation.objects.get()
    return client.post(f"/a/{root.uid}/edit/", {"body": body, "version": root.version})


def by_preview(client: Client, author: User, document: Document, body: str) -> Any:
    return client.post("/preview/", {"body": body})


def by_search(client: Client, author: User, document: Document, body: str) -> Any:
    return client.get("/search/", {"q": body})


def by_hypothesis_api(client: Client, author: User, document: Document, body: str) -> Any:
    return Api(author).ask("post", "annotations", note(document, text=body))


def by_w3c_api(client: Client, author: User, document: Document, body: str) -> Any:
    words = {"type": "TextualBody", "value": body, "purpose": "commenting"}
    return W3C(author).post("/w3c/", remark(document, body=[words]))


def by_quote(client: Client, author: User, document: Document, body: str) -> Any:
    """The words are looked for in the text."""
    selector = {"type": "TextQuoteSelector", "exact": body, "prefix": body, "suffix": body}
    target = [{"source": address_of(document), "selector": [selector]}]
    return Api(author).ask("post", "annotations", note(document) | {"target": target})


def by_import(client: Client, author: User, document: Document, body: str) -> Any:
    promote(author, "document:editor", document)
    rows = json.dumps([remark(document, body=[{"type": "TextualBody", "value": body}])])
    file = SimpleUploadedFile("a.json", rows.encode(), content_type="application/json")
    return client.post(f"/d/{document.slug}/import/", {"file": file})


DOORS: list[Door] = [
    by_form, by_reply, by_edit, by_preview, by_search, by_hypothesis_api, by_w3c_api, by_quote,
    by_import,
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("trap", TRAPS)
def test_no_door_is_held_up(
    as_author: Client, author: User, document: Document, door: Door, trap: str
) -> None:
    make_annotation(author, document)
    began = time.process_time()
    response = door(as_author, author, document, TRAPS[trap])
    took = time.process_time() - began
    assert response.status_code < 500
    if took > GUARD:
        told = response.content.decode()
        assert 400 <= response.status_code < 500, took
        assert re.search(r"\d", told), "a refusal names its limit"
