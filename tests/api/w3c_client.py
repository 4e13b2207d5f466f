"""A client of the W3C's protocol as tests use it, what it sends, and the W3C's own judgement."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings
from django.test import Client
from pyld import jsonld  # type: ignore[import-untyped]  # it has no types

from reader.models import Document, User
from reader.queries.addresses import address_of
from tests.api.hypothesis_client import token_for
from tests.text.test_exporters import load_locally

ANNO = "http://www.w3.org/ns/anno.jsonld"
LD = "application/ld+json"
TYPE = f'{LD}; profile="{ANNO}"'
ANNOTATION_MUSTS = "annotations/annotationMusts.test"
COLLECTION_MUSTS = "collections/collectionMusts.test"
PAGE_MUSTS = "collections/pages/pageMusts.test"
SCHEMAS = "https://schemas.example/"
"""The schemas name each other by the names of their files: so they all stand in one folder."""
MODEL = (
    Path(os.environ.get("POSTIL_CONFORMANCE") or settings.BASE_DIR / "../shared/conformance")
    / "w3c-model"
)
needs_schemas = pytest.mark.skipif(
    not MODEL.exists(), reason="the W3C's JSON Schemas are not here: set POSTIL_CONFORMANCE"
)


class W3C:
    """Asks in somebody's name, or in nobody's."""

    def __init__(self, person: User | None = None, *scopes: str) -> None:
        self.client = Client()
        token = token_for(person, *scopes) if person is not None else ""
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """Return the answer; ``data`` goes out as JSON-LD, bytes as they are."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        options: dict[str, Any] = {"headers": {**self.headers, **named}}
        if data is not None:
            body = data if isinstance(data, bytes) else json.dumps(data)
            options |= {"data": body, "content_type": named.pop("Content-Type", LD)}
        path = path.removeprefix(settings.SITE_URL)
        return self.client.generic(method.upper(), path, **options)

    def get(self, path: str, **headers: str) -> Any:
        """Return the answer to GET."""
        return self.ask("get", path, **headers)

    def post(self, path: str, data: Any, **headers: str) -> Any:
        """Return the answer to POST."""
        return self.ask("post", path, data, **headers)

    def make(self, data: Any, path: str = "/w3c/") -> dict[str, Any]:
        """Return what was made."""
        response = self.post(path, data)
        assert response.status_code == 201, response.content
        return dict(response.json())


def remark(document: Document, exact: str = "The margin", **fields: Any) -> dict[str, Any]:
    """Return a comment on these words as a client sends it."""
    quote = {"type": "TextQuoteSelector", "exact": exact}
    return {
        "@context": ANNO,
        "type": "Annotation",
        "body": {"type": "TextualBody", "value": "A remark."},
        "target": {"source": address_of(document), "selector": quote},
        **fields,
    }


@cache
def _registry() -> jsonschema_rs.Registry:
    files = (MODEL / "definitions").glob("*.json")
    named = [(f"{SCHEMAS}{path.name}", json.loads(path.read_text())) for path in files]
    return jsonschema_rs.Registry(named, draft=jsonschema_rs.Draft4)


@cache
def musts(name: str) -> tuple[tuple[str, bool, jsonschema_rs.Draft4Validator], ...]:
    """Return the assertions of a test that must hold: name, whether it is to be valid, judge."""
    found = []
    for path in json.loads((MODEL / name).read_text())["assertions"]:
        schema = json.loads((MODEL / path).read_text())
        wanted = schema.get("expectedResult", "valid") == "valid"
        judge = jsonschema_rs.Draft4Validator(
            schema, registry=_registry(), base_uri=SCHEMAS, validate_formats=True
        )
        found.append((path, wanted, judge))
    return tuple(found)


def unmet(data: Any, name: str) -> list[str]:
    """Return which of the W3C's assertions that must hold do not."""
    return [path for path, wanted, judge in musts(name) if judge.is_valid(data) != wanted]


def expanded(data: Any) -> dict[str, Any]:
    """Return the data as pyld expands it, with the context kept here and nothing fetched."""
    (found,) = jsonld.expand(data, {"documentLoader": load_locally})
    return dict(found)


def refused(response: Any, status: int) -> str:
    """Return why, after a look at the form of the refusal."""
    assert response.status_code == status, response.content
    data = response.json()
    assert data.keys() == {"status", "reason"}
    assert data["status"] == "failure"
    return str(data["reason"])
