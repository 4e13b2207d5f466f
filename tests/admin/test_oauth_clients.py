"""Registering programs that may ask people for leave."""

import pytest

from reader.models import OAuthClient, User
from tests import factories
from tests.web.browsers import signed_in

ADD = "/admin/reader/oauthclient/add/"
FORM = {"name": "Elsewhere", "client_id": "elsewhere", "is_active": "on"}


@pytest.fixture
def operator(db: None) -> User:
    """A superuser."""
    return factories.promote(factories.make_user(), "admin")


def test_origins_are_written_one_on_a_line(operator: User) -> None:
    admin = signed_in(operator)
    origins = " https://a.example \r\n\r\nhttp://127.0.0.1:9000\nhttps://a.example"
    assert admin.post(ADD, {**FORM, "origins": origins}).status_code == 302
    client = OAuthClient.objects.get(client_id="elsewhere")
    assert client.origins == ["https://a.example", "http://127.0.0.1:9000"]
    page = admin.get(f"/admin/reader/oauthclient/{client.pk}/change/").content.decode()
    assert "https://a.example\nhttp://127.0.0.1:9000</textarea>" in page


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "https://*.example", "https://a.example/", "a.example", "javascript:alert(1)"],
)
def test_what_is_no_origin_is_refused(operator: User, origin: str) -> None:
    answer = signed_in(operator).post(ADD, {**FORM, "origins": f"https://a.example\n{origin}"})
    assert answer.status_code == 200
    assert "is no origin" in answer.content.decode()
    assert not OAuthClient.objects.filter(client_id="elsewhere").exists()


def test_moderators_register_nothing(moderator: User) -> None:
    assert signed_in(moderator).post(ADD, FORM).status_code == 403
    assert not OAuthClient.objects.filter(client_id="elsewhere").exists()
