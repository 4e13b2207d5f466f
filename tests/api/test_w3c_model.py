"""What the protocol gives is the W3C's model: judged by the W3C's own schemas and by pyld."""

import random
from typing import Any

import pytest
from django.test import Client

from reader.models import Document, User
from reader.queries.addresses import address_of
from tests.api.w3c_client import (
    ANNO,
    ANNOTATION_MUSTS,
    COLLECTION_MUSTS,
    LD,
    PAGE_MUSTS,
    TYPE,
    W3C,
    expanded,
    musts,
    needs_schemas,
    unmet,
)
from tests.exporting import load_demo
from tests.factories import make_annotation

OA = "http://www.w3.org/ns/oa#"
WORDS = ("The margin", "a promise", "in public", "Nobody reads", "twice")
SCRIPTS = (
    "A remark",
    "Ein schöner Rand",
    "余白の注",
    "هامش",
    "שוליים",
    "पाद-टिप्पणी",
    "🖋️ 𝔪",
    "é\u0301",
)
PARTS, EACH = 4, 125  # five hundred


@needs_schemas
def test_the_assertions_that_must_hold_are_all_there() -> None:
    names = (ANNOTATION_MUSTS, COLLECTION_MUSTS, PAGE_MUSTS)
    assert [len(musts(name)) for name in names] == [54, 10, 15]
    assert unmet({"@context": ANNO, "type": "Annotation"}, ANNOTATION_MUSTS)


@needs_schemas
@pytest.mark.django_db
def test_every_annotation_of_the_demo_is_one_of_the_w3cs() -> None:
    load_demo()
    users = [None, *User.objects.filter(is_active=True)[:3]]
    for user in users:
        client, address, count = W3C(user), "/w3c/?page=0", 0
        whole = client.get("/w3c/").json()
        assert unmet(whole, COLLECTION_MUSTS) == []
        while address:
            page = client.get(address).json()
            assert unmet(page, PAGE_MUSTS) == []
            for item in page["items"]:
                _check(item)
                count += 1
            address = page.get("next", "")
        assert count == whole["total"] > 50


def _check(item: dict[str, Any]) -> None:
    assert unmet(item, ANNOTATION_MUSTS) == []
    graph = expanded(item)
    assert graph["@id"] == item["id"]
    assert graph["@type"] == [f"{OA}Annotation"]
    assert graph[f"{OA}hasTarget"]


@needs_schemas
@pytest.mark.parametrize("part", range(PARTS))
def test_five_hundred_generated_ones_are_given_back_as_annotations_of_the_w3c(
    document: Document, author: User, settings: Any, part: int
) -> None:
    settings.API_WRITES_PER_MINUTE = settings.API_READS_PER_MINUTE = 10 * EACH
    settings.POSTS_PER_MINUTE = 10 * EACH
    client, chance = W3C(author), random.Random(part)  # the same ones each time
    base = address_of(document)
    for number in range(EACH):
        sent = _generated(chance, base, number)
        response = client.post("/w3c/", sent)
        assert response.status_code == 201, (response.content, sent)
        data = response.json()
        _check(data)
        for name in ("body", "bodyValue", "target", "rights", "stylesheet"):
            assert data.get(name) == sent.get(name), name
    assert client.get("/w3c/").json()["total"] == EACH


def _generated(chance: random.Random, base: str, number: int) -> dict[str, Any]:
    said = f"{chance.choice(SCRIPTS)} {number}"
    data: dict[str, Any] = {"@context": ANNO, "type": "Annotation"}
    if chance.random() < 0.1:
        data["bodyValue"] = said
    else:
        bodies = [_text(chance, said), *(_extra(chance) for _one in range(chance.randrange(4)))]
        data["body"] = bodies if len(bodies) > 1 or chance.random() < 0.5 else bodies[0]
    place = {"type": "SpecificResource", "source": base, "selector": _selectors(chance)}
    targets: list[Any] = [place, "http://example.org/page", {"id": "http://example.org/i.png"}]
    chosen = chance.sample(targets[1:], chance.randrange(3))
    chosen.insert(chance.randrange(len(chosen) + 1), place)
    data["target"] = chosen if len(chosen) > 1 else place
    optional = {
        "id": f"urn:uuid:{number}",
        "motivation": chance.choice(["commenting", "questioning", ["assessing", "commenting"]]),
        "rights": "https://creativecommons.org/licenses/by/4.0/",
        "audience": {
            "id": "http://example.edu/roles/teacher",
            "type": "schema:EducationalAudience",
        },
        "generator": {"id": "http://example.org/client", "type": "Software", "name": "Client"},
    }
    return data | {name: one for name, one in optional.items() if chance.random() < 0.4}


def _text(chance: random.Random, said: str) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": said}
    extra = {
        "format": chance.choice(["text/plain", "text/html", "text/markdown"]),
        "language": chance.choice(["de", "ja", "ar", "en-GB"]),
        "textDirection": chance.choice(["ltr", "rtl", "auto"]),
        "created": "2015-10-13T13:00:00Z",
    }
    return body | {name: one for name, one in extra.items() if chance.random() < 0.5}


def _extra(chance: random.Random) -> Any:
    return chance.choice(
        [
            "http://example.org/note1",
            {"id": "http://example.org/film", "type": "Video", "format": "video/mp4"},
            {"type": "TextualBody", "value": "margins", "purpose": "tagging"},
            {"type": "Choice", "items": ["http://example.org/a", "http://example.org/b"]},
            {"type": "SpecificResource", "source": "http://example.org/x", "purpose": "linking"},
        ]
    )


def _selectors(chance: random.Random) -> list[dict[str, Any]]:
    exact = chance.choice(WORDS)
    others: list[dict[str, Any]] = [
        {"type": "CssSelector", "value": "p > em"},
        {"type": "XPathSelector", "value": "/html/body/p[2]"},
        {
            "type": "FragmentSelector",
            "value": "p2",
            "conformsTo": "http://tools.ietf.org/rfc/rfc3236",
        },
        {"type": "DataPositionSelector", "start": 4, "end": 9},
        {"type": "SvgSelector", "value": "<svg><circle/></svg>"},
        {
            "type": "RangeSelector",
            "startSelector": {"type": "XPathSelector", "value": "//p[1]"},
            "endSelector": {"type": "XPathSelector", "value": "//p[2]"},
        },
    ]
    quote = {"type": "TextQuoteSelector", "exact": exact}
    return [quote, *chance.sample(others, chance.randrange(4))]


@needs_schemas
def test_the_permalink_gives_the_same_to_who_asks_for_it(
    document: Document, author: User, as_author: Client
) -> None:
    made = make_annotation(author, document)
    hidden = make_annotation(author, document, visibility="private")
    path = f"/a/{made.uid}/"
    response = Client().get(path, headers={"Accept": LD})
    assert (response.status_code, response["Content-Type"]) == (200, TYPE)
    assert "Accept" in response["Vary"]
    assert response.json() == W3C().get(f"/w3c/{made.uid}").json()
    _check(response.json())
    for accept in ("text/html", "*/*", "", f"text/html, {LD};q=0.5"):
        response = Client().get(path, headers={"Accept": accept})
        assert (response.status_code, "Accept" in response["Vary"]) == (302, True)
    path = f"/a/{hidden.uid}/"
    assert Client().get(path, headers={"Accept": LD}).status_code == 404
    assert as_author.get(path, headers={"Accept": LD}).json()["postil:visibility"] == "private"
