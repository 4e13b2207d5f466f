"""The site keeps to its own OpenAPI description, whoever asks and whatever is sent."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from reader.api.operations import OPERATIONS
from reader.models import ApiToken, Document, Group, Membership, Scope, User
from reader.queries.access import secret_hash
from reader.wsgi import application
from tests import factories

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
SECRET = "a token for these tests"
EXAMPLES = int(os.environ.get("POSTIL_SCHEMA_EXAMPLES", "6"))
UNDESCRIBED = {"/api", "/api/schema/", "/api/docs/"}
CANARY = "canary-of-the-schema"


@pytest.fixture
def people(author: User, stranger: User, document: Document, settings: Any) -> dict[str, str]:
    """A discussion; who sends the token moderates it and owns a group. Returns real names."""
    settings.API_READS_PER_MINUTE = settings.API_WRITES_PER_MINUTE = 100_000
    settings.TOKEN_REQUESTS_PER_MINUTE = 100_000
    settings.POSTS_PER_MINUTE = settings.GROUPS_PER_HOUR = settings.FLAGS_PER_HOUR = 100_000
    token = factories.promote(author, "moderator")
    ApiToken.objects.create(
        user=token, name="Tests", secret_sha256=secret_hash(SECRET), scopes=Scope.values
    )
    factories.make_annotation(author, document, body=CANARY, visibility="private")
    factories.make_reply(author, factories.make_annotation(stranger, document, tags=("law",)))
    group = Group.objects.create(slug="circle", name="Circle", kind=Group.Kind.OPEN)
    Membership.objects.create(group=group, user=author, role=Membership.Role.OWNER)
    Membership.objects.create(group=group, user=stranger, role=Membership.Role.MEMBER)
    return {
        "uid": factories.make_annotation(stranger, document).uid,
        "slug": "circle",
        "name": "acct:stranger@127.0.0.1",
        "uri": f"http://127.0.0.1:8000{document.get_absolute_url()}",
    }


def with_address(environ: dict[str, Any], start: Any) -> Any:
    """The site, asked from an address: by that it counts requests."""
    return application({**environ, "REMOTE_ADDR": "127.0.0.1"}, start)


@pytest.fixture
def api(people: dict[str, str]) -> Iterator[Any]:
    """The description as it is served; the test's connection to the database stays open."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema/", with_address)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.parametrize("bears_token", [False, True], ids=["anonymous", "token"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_as_described(
    api: Any,
    people: dict[str, str],
    path: str,
    method: str,
    mode: GenerationMode,
    bears_token: bool,
) -> None:
    operation = api[path][method]
    headers = {"Accept-Encoding": "identity"}
    headers |= {"Authorization": f"Bearer {SECRET}"} if bears_token else {}
    if mode == GenerationMode.NEGATIVE and not (operation.query or operation.body):
        return  # there is nothing to get wrong but the address, which is tried anyhow

    @given(case=operation.as_strategy(generation_mode=mode))
    @budget(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def try_it(case: Any) -> None:
        _make_real(case, people)
        answer = case.call_and_validate(checks=CHECKS, headers=headers)
        assert bears_token or CANARY.encode() not in answer.content

    try_it()


def _make_real(case: Any, people: dict[str, str]) -> None:
    """Let most cases be about what there is: a generator would never find it."""
    for name in case.path_parameters or {}:
        if len(str(case.path_parameters[name])) % 4:
            case.path_parameters[name] = people[name]
    if isinstance(case.body, dict) and isinstance(case.body.get("uri"), str):
        case.body["uri"] = people["uri"]


def api_addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        at = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_addresses(pattern.url_patterns, at)
        elif at.startswith("api"):
            yield f"/{at.replace('<str:', '{').replace('>', '}')}"


def test_every_address_is_described_with_each_of_its_methods(client: Client, db: None) -> None:
    there_are = set(api_addresses(get_resolver().url_patterns)) - UNDESCRIBED
    assert {path for path, _method in OPERATIONS} == there_are
    served = client.get("/api/schema/", headers={"Accept": "application/json"}).json()
    described = {(path, method.upper()) for path, one in served["paths"].items() for method in one}
    assert described == set(OPERATIONS)


def test_page_to_try_it_needs_nothing_from_elsewhere(client: Client, db: None) -> None:
    response = client.get("/api/docs/")
    page = response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http://" not in page
    assert "https://" not in page
    assert "<style" not in page
    assert 'src="' in page
    assert "</script>" in page


def test_description_is_served_in_both_forms(client: Client, db: None) -> None:
    assert client.get("/api/schema/").content.startswith(b"openapi: 3")
    answer = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert answer.json()["openapi"].startswith("3")
