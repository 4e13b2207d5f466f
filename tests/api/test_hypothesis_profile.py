"""Profiles and accounts by the Hypothesis API."""

from typing import Any

import pytest
from django.test import Client

from reader.actions.groups import make_group
from reader.models import ClientPreferences, Scope, User
from reader.queries import personal_data
from tests import factories
from tests.api.hypothesis_client import Api, refused

pytestmark = pytest.mark.django_db
WORLD = {"id": "__world__", "name": "Public", "public": True}


def test_nobody_has_a_profile_without_a_name() -> None:
    assert Api().get("profile").json() == {
        "userid": None,
        "authority": "127.0.0.1",
        "groups": [WORLD],
        "features": {"client_display_names": True},
        "preferences": {},
    }
    assert Api().get("profile/groups").json() == []


def test_a_profile_names_its_owner_and_their_groups(author: User, stranger: User) -> None:
    circle = make_group(maker=author, name="Close circle")
    make_group(maker=stranger, name="Another circle")
    profile = Api(author).get("profile").json()
    assert profile["userid"] == "acct:author@127.0.0.1"
    assert profile["user_info"] == {"display_name": "Ada Author"}
    assert [one["id"] for one in profile["groups"]] == ["__world__", circle.slug]
    groups = Api(author).get("profile/groups", expand=["organization", "scopes"]).json()
    assert [one["id"] for one in groups] == ["__world__", circle.slug]
    assert groups[1]["organization"]["default"] is True
    assert groups[1]["scopes"] == {"enforced": False, "uri_patterns": []}


def test_the_whole_name_of_an_account_leads_to_its_page(author: User, client: Client) -> None:
    answer = client.get("/people/acct:author@127.0.0.1/")
    assert answer["Location"] == "/people/author/"
    elsewhere = client.get("/people/acct:author@elsewhere.example/", follow=True)
    assert elsewhere.status_code == 404


def test_preferences_are_kept_and_exported(author: User) -> None:
    api = Api(author)
    sent = {"show_sidebar_tutorial": False}
    assert api.ask("patch", "profile", {"preferences": sent}).json()["preferences"] == sent
    shortcuts = {"shortcuts_preferences": {"save": "ctrl+s", "open": None}}
    assert api.ask("patch", "profile", {"preferences": shortcuts}).status_code == 200
    assert api.get("profile").json()["preferences"] == {**sent, **shortcuts}
    assert "ctrl+s" in "".join(personal_data.as_json(author))


@pytest.mark.parametrize(
    "preferences",
    [
        {"colour": True},
        {"show_sidebar_tutorial": "no"},
        {"shortcuts_preferences": {"save": ["x"]}},
        {"shortcuts_preferences": {f"key{number}": "x" for number in range(101)}},
        ["show_sidebar_tutorial"],
    ],
)
def test_other_preferences_are_refused(author: User, preferences: Any) -> None:
    refused(Api(author).ask("patch", "profile", {"preferences": preferences}), 400)
    assert not ClientPreferences.objects.exists()


def test_preferences_need_a_token(author: User) -> None:
    refused(Api().ask("patch", "profile", {"preferences": {}}), 404)
    refused(Api(author, [Scope.READ]).ask("patch", "profile", {"preferences": {}}), 403)


NEW = {
    "authority": "127.0.0.1",
    "username": "newcomer",
    "email": "newcomer@example.org",
    "display_name": "Nia Newcomer",
}


@pytest.fixture
def admin(db: None) -> User:
    return factories.promote(factories.make_user("chief"), "admin")


def test_an_administrator_makes_reads_and_changes_accounts(admin: User) -> None:
    api = Api(admin)
    made = api.ask("post", "users", NEW)
    assert made.status_code == 200
    assert made.json() == {**NEW, "userid": "acct:newcomer@127.0.0.1"}
    person = User.objects.get(username="newcomer")
    assert not person.has_usable_password()
    assert not person.is_staff
    assert not person.is_superuser
    assert api.get("users/acct:newcomer@127.0.0.1").json() == made.json()
    changed = api.ask("patch", "users/newcomer", {"display_name": "Nia New"}).json()
    assert (changed["display_name"], changed["email"]) == ("Nia New", NEW["email"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"authority": "hypothes.is"}, 400),
        ({"username": "x y"}, 400),
        ({"username": ""}, 400),
        ({"username": ["a"]}, 400),
        ({"email": "nobody"}, 400),
        ({"email": "a@" + "b" * 300 + ".org"}, 400),
        ({"display_name": "𝐀dmin"}, 400),
        ({"username": "CHIEF"}, 409),
        ({"email": "CHIEF@example.org"}, 409),
    ],
)
def test_accounts_that_cannot_be_are_not_made(
    admin: User, change: dict[str, Any], status: int
) -> None:
    refused(Api(admin).ask("post", "users", {**NEW, **change}), status)
    assert User.objects.count() == 1


def test_accounts_are_for_administrators_with_the_scope(
    admin: User, author: User, moderator: User
) -> None:
    limited = Api(admin, [Scope.READ, Scope.WRITE])
    for api, status in ((Api(), 404), (Api(author), 404), (Api(moderator), 404), (limited, 403)):
        refused(api.ask("post", "users", NEW), status)
        response = api.get("users/author")
        refused(response, status)
        assert b"author@example.org" not in response.content
        refused(api.ask("patch", "users/author", {"email": "taken@example.org"}), status)
    refused(Api(admin).get("users/acct:author@hypothes.is"), 404)
    refused(Api(admin).get("users/nobody"), 404)
    refused(Api(admin).get("users/%00"), 404)
    assert User.objects.get(username="author").email == "author@example.org"
