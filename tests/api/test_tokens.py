"""What a token opens, and what it does not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from reader.actions.tokens import make_token
from reader.models import Annotation, ApiToken, Document, User
from tests import factories


def token_for(person: User, *scopes: str) -> str:
    _token, secret = make_token(user=person, name="x", scopes=scopes or ("read",), days=30)
    return secret


def get(path: str, secret: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {secret}"})


def post(path: str, secret: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().post(path, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
    ],
)
def test_a_token_that_is_over_opens_nothing(author: User, change: dict[str, Any]) -> None:
    secret = token_for(author)
    assert get("/api/profile", secret).status_code == 200
    ApiToken.objects.update(**change)
    answer = get("/api/profile", secret)
    assert answer.status_code == 401
    assert answer.json()["status"] == "failure"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_nobodys_token_opens_anything_once_the_account_is_closed(author: User) -> None:
    secret = token_for(author)
    User.objects.update(is_active=False)
    assert get("/api/profile", secret).status_code == 401


@pytest.mark.parametrize("secret", ["", "x", "postil_" + "A" * 43, "x" * 7000, "\u00e9", "a b"])
def test_a_token_that_is_none_opens_nothing(author: User, secret: str) -> None:
    token_for(author)
    assert get("/api/profile", secret).status_code == 401


def test_without_the_scope_nothing_is_written(author: User, document: Document) -> None:
    secret = token_for(author, "read")
    body = {"uri": f"http://testserver{document.get_absolute_url()}", "text": "canary"}
    answer = post("/api/annotations", secret, body)
    assert answer.status_code == 403
    assert answer.json()["status"] == "failure"
    assert "write" in answer.json()["reason"]
    assert not Annotation.objects.exists()


def test_without_the_scope_to_read_nothing_is_read(author: User, document: Document) -> None:
    note = factories.make_annotation(author, document, visibility="private", body="canary")
    secret = token_for(author, "write")
    answer = get(f"/api/annotations/{note.uid}", secret)
    assert answer.status_code == 403
    assert b"canary" not in answer.content
    assert get(f"/api/annotations/{note.uid}", token_for(author)).status_code == 200


@pytest.mark.parametrize("name", ["access_token", "token", "api_token", "authorization"])
def test_a_token_in_the_address_counts_for_nothing(author: User, name: str) -> None:
    secret = token_for(author)
    answer = Client().get(f"/api/profile?{name}={secret}")
    assert answer.status_code == 200
    assert answer.json()["userid"] is None


def test_a_session_counts_for_nothing_in_the_api(as_author: Client) -> None:
    assert as_author.get("/api/profile").json()["userid"] is None


def test_use_is_noted_once_a_minute(author: User) -> None:
    secret = token_for(author)
    get("/api/profile", secret)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    get("/api/profile", secret)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    get("/api/profile", secret)
    assert ApiToken.objects.get().last_used_at != first - timedelta(minutes=2)
