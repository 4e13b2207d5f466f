"""What the Hypothesis API says of itself, its media types, and pages of other origins."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from reader.models import Document, User
from tests import factories
from tests.api.hypothesis_client import Api, note, refused

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
NEEDED = (
    "annotation.create",
    "annotation.read",
    "annotation.update",
    "annotation.delete",
    "annotation.flag",
    "annotation.hide",
    "annotation.unhide",
    "annotation.moderate",
    "search",
    "groups.read",
    "group.read",
    "group.member.delete",
    "group.members.read",
    "profile.read",
    "profile.update",
    "profile.groups.read",
    "analytics.events.create",
    "links",
)


def leaves(links: dict[str, Any]) -> list[dict[str, str]]:
    if "url" in links:
        return [links]
    return [leaf for one in links.values() for leaf in leaves(one)]


@pytest.mark.parametrize("path", ["/api/", "/api"])
def test_the_index_names_all_that_the_client_looks_up(client: Client, path: str) -> None:
    links = client.get(path).json()["links"]
    for name in NEEDED:
        at = links
        for part in name.split("."):
            at = at[part]
        assert at.keys() == {"method", "url", "desc"}
        assert at["url"].startswith(f"{SITE}/api/")


def test_every_address_in_the_index_is_served_by_its_method(client: Client) -> None:
    found = leaves(client.get("/api/").json()["links"])
    assert len(found) == 27
    for leaf in found:
        view: Any = resolve(leaf["url"].removeprefix(SITE)).func
        assert hasattr(view.view_class, leaf["method"].lower())


def test_links_lead_to_pages_for_people(client: Client, author: User, settings: Any) -> None:
    links = client.get("/api/links").json()
    assert links.keys() == {
        "account.settings",
        "forgot-password",
        "groups.new",
        "help",
        "oauth.authorize",
        "oauth.revoke",
        "search.tag",
        "signup",
        "user",
    } | ({"websocket"} if getattr(settings, "WEBSOCKET_URL", "") else set())
    assert (
        client.get(links["user"].removeprefix(SITE).replace(":user", "author")).status_code == 200
    )
    for name in ("help", "signup", "forgot-password", "groups.new", "oauth.authorize"):
        assert client.get(links[name].removeprefix(SITE)).status_code in {200, 302, 400}
    tag = links["search.tag"].removeprefix(SITE).replace(":tag", "law")
    assert client.get(tag).status_code == 200


def test_the_websocket_is_named_only_where_there_is_one(client: Client, settings: Any) -> None:
    settings.WEBSOCKET_URL = "ws://127.0.0.1:8000/ws"
    assert client.get("/api/links").json()["websocket"] == "ws://127.0.0.1:8000/ws"
    settings.WEBSOCKET_URL = ""
    assert "websocket" not in client.get("/api/links").json()


@pytest.mark.parametrize(
    ("accept", "status", "version"),
    [
        ("*/*", 200, "v1"),
        ("application/json", 200, "v1"),
        ("application/json;q=0.5, text/plain", 200, "v1"),
        ("application/vnd.hypothesis.v1+json", 200, "v1"),
        ("application/vnd.hypothesis.v2+json", 200, "v2"),
        ("text/html", 406, "v1"),
        ("application/vnd.hypothesis.v9+json", 406, "v1"),
        ("nonsense", 406, "v1"),
    ],
)
def test_only_json_is_served(accept: str, status: int, version: str) -> None:
    response = Api().ask("get", "search", headers={"Accept": accept})
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    media_type = f"application/vnd.hypothesis.{version}+json"
    assert response["Hypothesis-Media-Type"] == media_type
    if status == 406:
        refused(response, 406)


@pytest.mark.parametrize("kind", ["application/json;charset=utf-8", "text/plain", "", "a/b"])
def test_a_body_is_read_as_json_whatever_it_is_sent_as(
    author: User, document: Document, kind: str
) -> None:
    api = Api(author)
    response = api.client.generic(
        "POST", "/api/annotations", json.dumps(note(document)), kind, headers=api.headers
    )
    assert response.status_code == 200


def test_unknown_addresses_and_methods_are_refused_in_the_form_of_the_api(client: Client) -> None:
    refused(client.get("/api/nothing"), 404)
    refused(client.get("/api/annotations/none"), 404)
    refused(client.post("/api/annotations/none/nothing"), 404)
    response = client.delete("/api/search")
    refused(response, 405)
    assert "GET" in response["Allow"]
    refused(client.get("/api/annotations"), 405)
    refused(client.get("/api/search?uri=%00"), 400)


@pytest.mark.parametrize("path", ["profile", "annotations", "search", "annotations/x/flag"])
def test_pages_of_other_origins_may_call(client: Client, path: str) -> None:
    asked = client.options(
        f"/api/{path}",
        headers={
            "Origin": "http://localhost:8905",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,content-type,x-client-id",
        },
    )
    assert asked.status_code == 200
    allowed = asked["Access-Control-Allow-Headers"].lower()
    for name in ("authorization", "content-type", "hypothesis-client-version", "x-client-id"):
        assert name in allowed
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert method in asked["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in asked
    answer = client.get(f"/api/{path}", headers={"Origin": "http://localhost:8905"})
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_errors_can_be_read_by_pages_of_other_origins(client: Client) -> None:
    for path in ("/api/nothing", "/api/search?limit=x", "/api/search?x=%00"):
        answer = client.get(path, headers={"Origin": "http://localhost:8905"})
        assert answer.status_code >= 400
        assert answer["Access-Control-Allow-Origin"] == "*"


def test_pages_for_people_are_for_no_other_origin(client: Client, document: Document) -> None:
    for path in ("/", "/d/close-reading/", "/accounts/login/", "/apis"):
        assert "Access-Control-Allow-Origin" not in client.get(path)


def test_answers_are_not_kept_in_caches(author: User, document: Document) -> None:
    factories.make_annotation(author, document, visibility="private")
    assert Api(author).get("search")["Cache-Control"] == "no-store"


def test_events_are_taken_and_forgotten() -> None:
    event = {"event": "client.realtime.apply_updates"}
    assert Api().ask("post", "analytics/events", event).status_code == 204
    refused(Api().ask("post", "analytics/events", ["x"]), 400)
