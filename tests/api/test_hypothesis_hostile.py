"""A hostile client of the Hypothesis API: refused in its form, and nothing stored."""

import json
from typing import Any

import pytest

from reader.models import Annotation, AsSent, Document, User
from tests import factories
from tests.api.hypothesis_client import Api, note, refused

pytestmark = pytest.mark.django_db


def post(api: Api, raw: bytes) -> Any:
    """Send bytes as they are."""
    return api.client.generic(
        "POST", "/api/annotations", raw, "application/json", headers=api.headers
    )


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.org/",
        "http://127.0.0.1.evil.example:8000/d/close-reading/",
        "http://127.0.0.1:8000@evil.example/d/close-reading/",
        "http://evil.example#http://127.0.0.1:8000/d/close-reading/",
        "http://127.0.0.1:8000/d/no-such-document/",
        "http://127.0.0.1:8000/d/close-reading/../../etc",
        "javascript:alert(1)//127.0.0.1:8000/d/close-reading/",
        "file:///d/close-reading/",
        "data:text/html,x",
        "//127.0.0.1:8000/d/close-reading/",
        "/d/close-reading/",
        "urn:x-pdf:1234",
        "http://127.0.0.1:99999/d/close-reading/",
        "http://[::1/d/close-reading/",
        "http://127.0.0.1:8000/d/close-reading/\n",
        "http://127.0.0.1:8000/d/close\u202ereading/",
        f"http://127.0.0.1:8000/d/close-reading/?{'x' * 3_000}",
        "",
        " ",
        7,
        None,
        ["http://127.0.0.1:8000/d/close-reading/"],
    ],
)
def test_other_places_cannot_be_annotated(author: User, document: Document, uri: Any) -> None:
    if isinstance(uri, str) and uri.endswith("\n"):
        uri = uri.replace("close", "close\n")
    reason = refused(Api(author).ask("post", "annotations", note(document, uri=uri)), 400)
    assert reason.startswith("uri: ")
    assert not Annotation.objects.exists()


def test_a_place_cannot_be_moved_elsewhere(author: User, document: Document) -> None:
    row = factories.make_annotation(author, document)
    other = factories.make_document(slug="other")
    for uri in ("https://example.org/", note(other, "The margin")["uri"]):
        refused(Api(author).ask("patch", f"annotations/{row.uid}", {"uri": uri, "text": "x"}), 400)
    row.refresh_from_db()
    assert (row.body, row.document) == ("A remark.", document)


def test_what_the_site_says_itself_cannot_be_forged(
    author: User, stranger: User, document: Document
) -> None:
    victim = factories.make_annotation(stranger, document, "kept in public")
    forged: dict[str, Any] = {
        "id": victim.uid,
        "user": "acct:stranger@127.0.0.1",
        "user_info": {"display_name": "Sam Stranger"},
        "created": "2001-01-01T00:00:00+00:00",
        "updated": "2001-01-01T00:00:00+00:00",
        "hidden": True,
        "flagged": True,
        "moderation_status": "DENIED",
        "moderation": {"flagCount": 9},
        "actions": ["moderate"],
        "links": {"html": "javascript:alert(1)"},
        "mentions": [{"userid": "x"}],
    }
    api = Api(author)
    response = api.ask("post", "annotations", note(document, **forged))
    assert response.status_code == 200
    answer = response.json()
    for name, value in forged.items():
        assert answer.get(name) != value
    assert answer["user"] == "acct:author@127.0.0.1"
    changed = api.ask("patch", f"annotations/{answer['id']}", forged | {"text": "x"}).json()
    assert changed["created"] == answer["created"]
    assert changed["user"] == "acct:author@127.0.0.1"
    victim.refresh_from_db()
    assert victim.body == "A remark."
    assert not forged.keys() & AsSent.objects.get().data.keys()


def test_no_reply_to_what_one_may_not_see(author: User, stranger: User, document: Document) -> None:
    other = factories.make_document(slug="other")
    unseen = [
        factories.make_annotation(author, document, visibility="private").uid,
        factories.make_annotation(author, document, status="pending").uid,
        factories.make_annotation(author, document, status="denied").uid,
        factories.make_annotation(author, other).uid,
        "1" * 22,
        "nonsense",
        "",
        "\u202e",
    ]
    before = Annotation.objects.count()
    reasons = {
        refused(Api(stranger).ask("post", "annotations", note(document, references=[uid])), 404)
        for uid in unseen
    }
    assert len(reasons) == 1
    assert Annotation.objects.count() == before


def test_references_in_a_circle_are_refused(author: User, document: Document) -> None:
    root = factories.make_annotation(author, document).uid
    api = Api(author)
    for references, more in (
        ([root, root], {}),
        ([root, "x", root], {}),
        ([root], {"id": root}),
        ([str(number) for number in range(1_001)], {}),
        ("x", {}),
        ([1], {}),
    ):
        refused(api.ask("post", "annotations", note(document, references=references, **more)), 400)
    assert Annotation.objects.count() == 1


def test_a_body_of_ten_megabytes_is_refused(author: User, document: Document) -> None:
    raw = json.dumps(note(document, text="x" * 10_000_000)).encode()
    assert "1 MB" in refused(post(Api(author), raw), 413)
    assert not Annotation.objects.exists()


def test_five_thousand_selectors_are_refused(author: User, document: Document) -> None:
    quote = {"type": "TextQuoteSelector", "exact": "The margin"}
    sent = note(document, target=[{"selector": [quote] * 5_000}])
    assert "50" in refused(Api(author).ask("post", "annotations", sent), 400)
    many = note(document, target=[{"selector": [quote]}] * 5_000)
    refused(Api(author).ask("post", "annotations", many), 400)
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"uri": NaN}',
        b'{"x": 1e999}',
        b'{"x": ' + b"9" * 5_000 + b"}",
        b'{"x": 99999999999999999999}',
        b"[" * 100_000,
        b'{"x":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"x":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"text": "a\\u0000b"}',
        b'{"text": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"target": [{"selector": [{"type": "x", "value": "\\u0000"}]}]}',
    ],
)
def test_what_is_no_json_of_texts_is_refused(author: User, document: Document, raw: bytes) -> None:
    refused(post(Api(author), raw), 400)
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"text": 7},
        {"text": None},
        {"text": "x" * 10_001},
        {"text": "bell \x07"},
        {"text": "> " * 200 + "x"},
        {"tags": "law"},
        {"tags": [1]},
        {"tags": ["x" * 41]},
        {"tags": [f"tag{number}" for number in range(9)]},
        {"group": 7},
        {"group": "../x"},
        {"permissions": []},
        {"permissions": {}},
        {"permissions": {"read": "group:__world__"}},
        {"permissions": {"read": ["everybody"]}},
        {"permissions": {"read": ["group:__world__"], "update": [1]}},
        {"target": {}},
        {"target": ["x"]},
        {"target": [{"selector": {}}]},
        {"target": [{"selector": ["x"]}]},
        {"target": [{"selector": [{"exact": "x"}]}]},
        {"target": [{"selector": [{"type": "TextQuoteSelector"}]}]},
        {"target": [{"selector": [{"type": "TextQuoteSelector", "exact": 1}]}]},
        {"target": [{"selector": [{"type": "TextQuoteSelector", "exact": "x" * 10_001}]}]},
        {"target": [{"selector": [{"type": "TextQuoteSelector", "exact": "x", "prefix": []}]}]},
    ],
)
def test_fields_of_the_wrong_kind_are_refused(
    author: User, document: Document, fields: dict[str, Any]
) -> None:
    reason = refused(Api(author).ask("post", "annotations", note(document, **fields)), 400)
    assert reason.startswith(f"{next(iter(fields))}: ")
    assert not Annotation.objects.exists()
    row = factories.make_annotation(author, document)
    if "group" not in fields:
        refused(Api(author).ask("patch", f"annotations/{row.uid}", fields), 400)
    row.refresh_from_db()
    assert (row.body, row.version) == ("A remark.", 1)


@pytest.mark.parametrize(
    "selector",
    [
        {"type": "TextPositionSelector", "start": -5, "end": 2**53},
        {"type": "TextPositionSelector", "start": "a", "end": None},
        {"type": "RangeSelector", "startContainer": 1, "endContainer": {}},
        {"type": "FragmentSelector", "value": ":~:text=" + "a," * 1_000},
        {"type": "TextQuoteSelector", "exact": ""},
        {"type": "TextQuoteSelector", "exact": "."},
        {"type": "TextQuoteSelector", "exact": "(a+)+$" * 1_000},
        {"type": "x" * 10_000},
    ],
)
def test_odd_selectors_mark_no_words(
    author: User, document: Document, selector: dict[str, Any]
) -> None:
    sent = note(document, target=[{"selector": [selector]}])
    response = Api(author).ask("post", "annotations", sent)
    assert response.status_code == 200, response.content
    row = Annotation.objects.get()
    assert row.start is None
    assert response.json()["target"][0]["selector"] == [selector]


def test_markup_in_text_stays_text(author: User, document: Document) -> None:
    text = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    answer = Api(author).ask("post", "annotations", note(document, text=text)).json()
    assert answer["text"] == text
    html = Annotation.objects.get().body_html
    assert "<script" not in html
    assert "<img" not in html


def test_too_many_at_once_are_told_to_wait(author: User, document: Document, settings: Any) -> None:
    settings.POSTS_PER_MINUTE = 1
    api = Api(author)
    assert api.ask("post", "annotations", note(document)).status_code == 200
    response = api.ask("post", "annotations", note(document))
    refused(response, 429)
    assert int(response["Retry-After"]) > 0
    assert Annotation.objects.count() == 1
