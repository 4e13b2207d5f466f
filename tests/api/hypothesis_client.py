"""A client of the Hypothesis API as tests use it, and what it sends."""

import secrets
from collections.abc import Iterable
from typing import Any

from django.test import Client

from reader.models import ApiToken, Document, Scope, User
from reader.queries.access import secret_hash
from reader.queries.addresses import address_of

ALL = tuple(Scope.values)


def token_for(person: User, *scopes: str) -> str:
    """Return a new token of the person, with all scopes unless some are named."""
    secret = secrets.token_urlsafe(32)
    ApiToken.objects.create(
        user=person,
        name="test",
        hint=secret[:6],
        secret_sha256=secret_hash(secret),
        scopes=list(scopes or ALL),
    )
    return secret


class Api:
    """Asks the API in somebody's name, or in nobody's."""

    def __init__(self, person: User | None = None, scopes: Iterable[str] = ()) -> None:
        self.client = Client()
        token = token_for(person, *scopes) if person is not None else ""
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, data: Any = None, **options: Any) -> Any:
        """Return the answer to a request; ``data`` goes out as JSON."""
        headers = {**self.headers, **options.pop("headers", {})}
        if data is not None:
            options |= {"data": data, "content_type": "application/json"}
        elif method == "post":
            options |= {"data": "", "content_type": "application/json"}
        call = getattr(self.client, method)
        return call(f"/api/{path}", headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        """Return the answer to GET; the parameters go into the query."""
        return self.ask("get", path, data=None, query_params=params)

    def search(self, **params: Any) -> Any:
        """Return what is found."""
        response = self.get("search", **params)
        assert response.status_code == 200, response.content
        return response.json()


def note(document: Document, exact: str = "The margin", **fields: Any) -> dict[str, Any]:
    """Return a public annotation of these words as the client sends it."""
    uri = address_of(document)
    assert document.current_edition is not None
    before, _exact, after = document.current_edition.text.partition(exact)
    around = {"prefix": before[-32:], "suffix": after[:32]}
    quote = {"type": "TextQuoteSelector", "exact": exact, **around}
    position = {"type": "TextPositionSelector", "start": 1_122, "end": 1_122 + len(exact)}
    where = {
        "type": "RangeSelector",
        "startContainer": "/main[1]/p[2]",
        "startOffset": 0,
        "endContainer": "/main[1]/p[2]",
        "endOffset": len(exact),
    }
    return {
        "uri": uri,
        "text": "A remark.",
        "tags": [],
        "group": "__world__",
        "permissions": {"read": ["group:__world__"]},
        "target": [{"source": uri, "selector": [where, position, quote]}],
        "document": {"title": "A page"},
        **fields,
    }


def refused(response: Any, status: int) -> str:
    """Return why, after a look at the form of the refusal."""
    assert response.status_code == status, response.content
    data = response.json()
    assert data.keys() == {"status", "reason"}
    assert data["status"] == "failure"
    return str(data["reason"])
