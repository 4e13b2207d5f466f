"""Bad input to the W3C's protocol: each refused with a clear word, and nothing stored."""

import json
import time
from typing import Any

import pytest
from django.conf import settings

from reader.models import Annotation, AsSent, Document, User
from reader.queries.addresses import address_of
from reader.text.importers.webannotation import _plain
from tests.api.w3c_client import ANNO, W3C, refused, remark
from tests.factories import make_annotation, make_document

QUOTE = {"type": "TextQuoteSelector", "exact": "The margin"}
TEXT = {"type": "TextualBody", "value": "x"}
WRONG: dict[str, dict[str, Any]] = {
    "no context": {"@context": None},
    "another context": {"@context": "https://www.w3.org/ns/activitystreams"},
    "a context that is no text": {"@context": [{"a": 1}]},
    "no type": {"type": None},
    "another type": {"type": "Note"},
    "no target": {"target": None},
    "an empty target": {"target": []},
    "a target that is none": {"target": 5},
    "a nested list of targets": {"target": [["http://e.org/"]]},
    "a target without an address": {"target": {"selector": QUOTE}},
    "another site": {"target": "https://elsewhere.example/d/close-reading/"},
    "another scheme": {"target": "javascript:alert(1)"},
    "a file": {"target": "file:///etc/passwd"},
    "another port": {"target": "http://127.0.0.1:1/d/close-reading/"},
    "a name in the address": {"target": f"http://a@{settings.SITE_URL[7:]}/d/close-reading/"},
    "body and bodyValue": {"bodyValue": "x"},
    "a bodyValue that is no text": {"body": None, "bodyValue": 5},
    "a body that is none": {"body": [3]},
    "a body too long": {"body": {**TEXT, "value": "x" * 120_000}},
    "too much in all bodies": {"body": [{**TEXT, "value": "x" * 15_000}] * 19},
    "too many bodies": {"body": [TEXT] * 51},
    "too many targets": {"target": ["http://e.org/"] * 51},
    "an id that is no name": {"id": 5},
    "an id with spaces": {"id": "two words"},
    "an id without end": {"id": "urn:" + "x" * 5_000},
    "a canonical list": {"canonical": ["urn:a", "urn:b"]},
    "via that is none": {"via": [{"id": "x"}]},
    "an unknown visibility": {"postil:visibility": ["public"]},
    "deeply nested": {"x:y": json.loads("[" * 60 + "]" * 60)},
    "NUL": {"body": {**TEXT, "value": "a\0b"}},
    "half a character": {"x:y": "\ud800"},
    "a number that no float holds": {"x:y": 10**400},
    "a control character": {"motivation": "commenting", "body": {**TEXT, "value": "\x0b"}},
}


def nothing_is_stored(count: int = 0) -> bool:
    return (Annotation.objects.count(), AsSent.objects.count()) == (count, 0)


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_annotation_is_refused(document: Document, author: User, what: str) -> None:
    sent = {**remark(document), **WRONG[what]}
    sent = {name: value for name, value in sent.items() if value is not None}
    for path in ("/w3c/", "/w3c/documents/close-reading/"):
        assert refused(W3C(author).post(path, sent), 400)
    assert nothing_is_stored()
    made = make_annotation(author, document)
    put = W3C(author).ask("put", f"/w3c/{made.uid}", sent)
    assert put.status_code < 500
    assert put.status_code == 400 or "target" in WRONG[what]


@pytest.mark.parametrize(
    "raw",
    [b"{", b"", b"null", b"[]", b'"x"', b"5", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1e999}'],
)
def test_what_is_no_json_object_is_refused(document: Document, author: User, raw: bytes) -> None:
    refused(W3C(author).post("/w3c/", raw), 400)
    assert nothing_is_stored()


@pytest.mark.parametrize("size", [1_000_001, 10_000_000])
def test_more_than_a_megabyte_is_refused(document: Document, author: User, size: int) -> None:
    refused(W3C(author).post("/w3c/", b'"' + b"x" * size + b'"'), 413)
    assert nothing_is_stored()


def test_thousands_of_selectors_are_refused(document: Document, author: User) -> None:
    source = address_of(document)
    inner: dict[str, Any] = {"type": "CssSelector", "value": "p", "refinedBy": [QUOTE] * 5_000}
    for selector in ([QUOTE] * 5_000, [QUOTE] * 51, inner):
        target = {"source": source, "selector": selector}
        refused(W3C(author).post("/w3c/", remark(document, target=target)), 400)
    assert nothing_is_stored()


def test_a_documents_container_takes_what_is_about_it_alone(
    document: Document, author: User
) -> None:
    make_document(slug="other")
    refused(W3C(author).post("/w3c/documents/other/", remark(document)), 400)
    refused(W3C(author).post("/w3c/documents/none/", remark(document)), 404)
    refused(W3C(author).post("/w3c/groups/none/", remark(document)), 404)
    assert nothing_is_stored()


def test_what_one_may_not_see_cannot_be_answered_and_is_like_what_is_not_there(
    document: Document, author: User, stranger: User
) -> None:
    hidden = make_annotation(author, document, visibility="private")
    denied = make_annotation(author, document, "a promise", status="denied")
    reasons = set()
    for uid in (hidden.uid, denied.uid, "1" * 22, "x", "..%2f", "%00"):
        for before in ("w3c", "a"):
            sent = remark(document, target=f"{settings.SITE_URL}/{before}/{uid}")
            response = W3C(stranger).post("/w3c/", sent)
            assert response.status_code == (404 if len(uid) == 22 else 400)
            if len(uid) == 22:
                reasons.add(refused(response, 404))
    assert len(reasons) == 1
    assert nothing_is_stored(2)


@pytest.mark.parametrize(
    "uid", ["x", "1" * 21, "1" * 23, "O" * 22, "%00" * 22, "é" * 22, "..", "0"]
)
def test_odd_names_are_not_found(db: None, author: User, uid: str) -> None:
    for method in ("get", "head", "options", "put", "delete"):
        assert W3C(author).ask(method, f"/w3c/{uid}", b"{}").status_code == 404


def test_odd_headers_do_no_harm(document: Document, author: User) -> None:
    made = make_annotation(author, document)
    odd = ["", ",", ";", '"', "q=", "a/b;q=x", "\\", "*" * 5_000, '"' * 5_000, "return=" * 900]
    for name in ("Accept", "Prefer", "If_None_Match", "If_Match", "Idempotency_Key"):
        for value in odd:
            for path in ("/w3c/", f"/w3c/{made.uid}"):
                assert W3C().get(path, **{name: value}).status_code in (200, 304, 406)


def test_a_context_of_a_clients_own_does_not_change_what_our_words_mean(
    document: Document, author: User
) -> None:
    mine = {"creator": "https://evil.example/x", "postil": "https://evil.example/"}
    data = W3C(author).make({**remark(document), "@context": [ANNO, mine]})
    assert data["@context"][0] == mine
    assert data["@context"][1] == ANNO
    assert data["@context"][2]["postil"] == "urn:postil:ns#"


def test_many_signs_of_markup_are_read_in_no_time() -> None:
    for signs in ("<" * 100_000, "<br" * 30_000, "<p " * 30_000 + ">"):
        begin = time.process_time()
        _plain(signs)
        assert time.process_time() - begin < 1
