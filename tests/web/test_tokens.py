"""The page on which people make tokens and take back what they allowed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reader.models import ApiToken, OAuthClient, OAuthGrant, User
from tests import factories
from tests.web.browsers import NEW_PASSWORD, reauthenticate, signed_in

SECRET = re.compile(r"postil_[A-Za-z0-9_-]{43}")
FORM = {"name": "My script", "scopes": ["read", "write"], "days": "90"}


def make(client: Client, **changes: Any) -> Any:
    return client.post(reverse("tokens"), {**FORM, **changes})


def secret_in(response: Any) -> str:
    found = SECRET.search(response.content.decode())
    assert found
    return found[0]


@pytest.fixture
def at_home(author: User) -> Client:
    """A browser in which the author gave the password just now."""
    client = signed_in(author)
    reauthenticate(client)
    return client


def test_a_token_is_shown_once_and_kept_as_a_hash_alone(at_home: Client, author: User) -> None:
    made = make(at_home)
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    secret = secret_in(made)
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scopes) == (author, "My script", ["read", "write"])
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    assert secret.startswith(token.hint)
    page = at_home.get(reverse("tokens")).content.decode()
    assert token.hint in page
    assert not SECRET.search(page)
    assert token.secret_sha256 not in page
    assert secret not in str(ApiToken.objects.values().get())
    headers = {"Authorization": f"Bearer {secret}"}
    profile = Client().get("/api/profile", headers=headers).json()
    assert "author" in profile["userid"]
    assert "last used" in at_home.get(reverse("tokens")).content.decode()


def test_making_a_token_asks_for_the_password_first(author: User) -> None:
    client = signed_in(author)
    sent = make(client)
    assert sent.status_code == 302
    assert sent["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    data = {"password": factories.PASSWORD, "next": reverse("tokens")}
    resumed = client.post(reverse("account_reauthenticate"), data)
    assert secret_in(resumed)
    assert "no-store" in resumed["Cache-Control"]
    assert ApiToken.objects.count() == 1


def test_nobody_and_guests_have_no_tokens(db: None) -> None:
    assert Client().get(reverse("tokens")).status_code == 302
    assert make(Client()).status_code == 302
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": " "},
        {"name": "x" * 81},
        {"name": "a\0b"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["read", "admin"]},
        {"scopes": ["moderate"]},
        {"days": "31"},
        {"days": "x"},
        {"days": "-1"},
    ],
)
def test_what_cannot_be_made_is_refused(at_home: Client, changes: dict[str, Any]) -> None:
    assert make(at_home, **changes).status_code == 422
    assert not ApiToken.objects.exists()


def test_scopes_that_would_do_nothing_are_not_offered(
    author: User, moderator: User, db: None
) -> None:
    admin = factories.promote(factories.make_user(), "admin")
    for person, offered in ((author, ()), (moderator, ("moderate",)), (admin, ("admin",))):
        page = signed_in(person).get(reverse("tokens")).content.decode()
        for scope in ("moderate", "admin"):
            has = f'value="{scope}"' in page
            assert has is (scope in offered or person == admin)


def test_twenty_tokens_are_enough(at_home: Client, author: User) -> None:
    for number in range(20):
        ApiToken.objects.create(user=author, name=str(number), hint="x", secret_sha256=str(number))
    assert make(at_home).status_code == 422
    ApiToken.objects.filter(name="3").update(revoked_at=timezone.now())
    assert make(at_home, days="0").status_code == 200
    assert ApiToken.objects.get(name="My script").expires_at is None


def test_only_its_owner_revokes_a_token(at_home: Client, stranger: User) -> None:
    secret = secret_in(make(at_home))
    revoke = reverse("revoke_token", args=[ApiToken.objects.get().pk])
    headers = {"Authorization": f"Bearer {secret}"}
    signed_in(stranger).post(revoke)
    at_home.get(revoke)
    assert Client().get("/api/profile", headers=headers).status_code == 200
    assert at_home.post(revoke).status_code == 302
    assert Client().get("/api/profile", headers=headers).status_code == 401
    assert "My script" not in at_home.get(reverse("tokens")).content.decode()


def test_only_its_owner_takes_back_what_a_program_may(author: User, stranger: User) -> None:
    client = OAuthClient.objects.create(client_id="elsewhere", name="Elsewhere")
    grant = OAuthGrant.objects.create(client=client, user=author)
    revoke = reverse("revoke_program", args=[grant.pk])
    assert "Elsewhere" in signed_in(author).get(reverse("tokens")).content.decode()
    assert "Elsewhere" not in signed_in(stranger).get(reverse("tokens")).content.decode()
    signed_in(stranger).post(revoke)
    grant.refresh_from_db()
    assert grant.revoked_at is None
    signed_in(author).post(revoke)
    grant.refresh_from_db()
    assert (grant.revoked_because, grant.revoked_at is None) == ("owner", False)


def test_a_new_password_ends_everything_that_speaks_for_somebody(author: User) -> None:
    client = OAuthClient.objects.create(client_id="elsewhere", name="Elsewhere")
    OAuthGrant.objects.create(client=client, user=author)
    ApiToken.objects.create(user=author, name="x", hint="x", secret_sha256="x")
    passwords = {
        "oldpassword": factories.PASSWORD,
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }
    signed_in(author).post(reverse("account_change_password"), passwords)
    assert ApiToken.objects.get().revoked_at is not None
    assert OAuthGrant.objects.get().revoked_because == "password changed"


def test_operators_end_it_with_the_password_or_the_account(author: User) -> None:
    admin = signed_in(factories.promote(factories.make_user(), "admin"))
    ApiToken.objects.create(user=author, name="x", hint="x", secret_sha256="x")
    page = f"/admin/reader/user/{author.pk}/"
    sent = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert admin.post(f"{page}password/", sent).status_code == 302
    assert ApiToken.objects.get().revoked_at is not None
    ApiToken.objects.update(revoked_at=None)
    parts = {"document_roles-TOTAL_FORMS": "0", "document_roles-INITIAL_FORMS": "0"}
    form = {"username": "author", "email": author.email, "name": "", **parts}
    assert admin.post(f"{page}change/", form).status_code == 302
    assert not User.objects.get(pk=author.pk).is_active
    assert ApiToken.objects.get().revoked_at is not None


def test_erasing_an_account_erases_what_spoke_for_it(at_home: Client, author: User) -> None:
    make(at_home)
    client = OAuthClient.objects.create(client_id="elsewhere", name="Elsewhere")
    OAuthGrant.objects.create(client=client, user=author)
    sent = {"username": "author", "password": factories.PASSWORD}
    at_home.post(reverse("erase"), sent)
    assert not ApiToken.objects.exists()
    assert not OAuthGrant.objects.exists()


def test_no_secret_and_no_hash_is_in_export_admin_or_logs(
    at_home: Client, author: User, caplog: Any
) -> None:
    caplog.set_level("DEBUG")
    secret = secret_in(make(at_home))
    token = ApiToken.objects.get()
    Client().get("/api/profile", headers={"Authorization": f"Bearer {secret}"})
    export = at_home.get(reverse("export"))
    told = b"".join(export.streaming_content).decode()  # type: ignore[attr-defined]  # it streams
    assert "My script" in told
    admin = signed_in(factories.promote(factories.make_user(), "admin"))
    pages = "".join(
        admin.get(path).content.decode()
        for path in (
            "/admin/",
            f"/admin/reader/user/{author.pk}/change/",
            f"/admin/reader/user/{author.pk}/history/",
            "/admin/reader/oauthclient/",
        )
    )
    kept = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    for place in (told, pages, kept):
        assert secret not in place
        assert token.secret_sha256 not in place


def test_the_settings_lead_to_the_tokens(at_home: Client) -> None:
    assert reverse("tokens") in at_home.get(reverse("settings")).content.decode()


def test_the_page_costs_the_same_however_many_tokens_there_are(
    at_home: Client, author: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(19):
        ApiToken.objects.create(
            user=author, name=str(number), hint="x", secret_sha256=str(number), scopes=["read"]
        )
    with django_assert_max_num_queries(12):
        at_home.get(reverse("tokens"))
    assert settings.LOGIN_URL == "account_login"
