"""Groups and their members by the Hypothesis API."""

from typing import Any

import pytest

from reader.actions.groups import make_group
from reader.models import Group, Membership, Scope, User
from tests import factories
from tests.api.hypothesis_client import Api, refused

pytestmark = pytest.mark.django_db
STRANGER = "acct:stranger@127.0.0.1"


@pytest.fixture
def circle(author: User) -> Group:
    return make_group(maker=author, name="Close circle", kind="private")


def roles(group: Group) -> dict[str, str]:
    rows = Membership.objects.filter(group=group).values_list("user__username", "role")
    return dict(rows)


def test_everybody_sees_the_public_group(circle: Group) -> None:
    for api in (Api(), Api(factories.make_user())):
        (world,) = api.get("groups", document_uri="https://example.org/").json()
        assert world == {
            "id": "__world__",
            "groupid": None,
            "name": "Public",
            "type": "open",
            "public": True,
            "scoped": False,
            "pre_moderated": False,
            "links": {"html": "http://127.0.0.1:8000/"},
            "organization": "__default__",
        }
    expanded = Api().get("groups/__world__", expand=["organization", "scopes"]).json()
    assert expanded["organization"].keys() == {"id", "default", "name", "logo"}
    assert expanded["scopes"] == {"enforced": False, "uri_patterns": []}


def test_a_group_is_made_and_owned(author: User) -> None:
    sent = {"name": "Readers of law", "description": "Law.", "type": "restricted"}
    response = Api(author).ask("post", "groups", sent)
    assert response.status_code == 200
    made = response.json()
    group = Group.objects.get(slug=made["id"])
    assert (group.name, group.description, group.kind) == ("Readers of law", "Law.", "restricted")
    assert (made["type"], made["public"]) == ("restricted", False)
    assert roles(group) == {"author": "owner"}
    private = Api(author).ask("post", "groups", {"name": "Another"}).json()
    assert private["type"] == "private"


@pytest.mark.parametrize(
    "data",
    [{}, {"name": ""}, {"name": 1}, {"name": "x" * 200}, {"name": "Fine", "type": "secret"}, []],
)
def test_groups_that_cannot_be_are_not_made(author: User, data: Any) -> None:
    refused(Api(author).ask("post", "groups", data), 400)
    assert not Group.objects.exists()


def test_making_groups_needs_the_scope(author: User) -> None:
    refused(Api().ask("post", "groups", {"name": "Another"}), 404)
    limited = Api(author, [Scope.READ, Scope.WRITE])
    refused(limited.ask("post", "groups", {"name": "Another"}), 403)
    assert not Group.objects.exists()


def test_a_private_group_is_known_to_its_members(
    author: User, stranger: User, circle: Group
) -> None:
    path = f"groups/{circle.slug}"
    assert Api(author).get(path).json()["name"] == "Close circle"
    assert [one["id"] for one in Api(author).get("groups").json()] == ["__world__", circle.slug]
    for api in (Api(), Api(stranger)):
        for below in ("", "/members", "/members/me", "/members/author", "/annotations"):
            response = api.get(path + below)
            refused(response, 404)
            assert b"Close" not in response.content
        refused(api.ask("patch", path, {"name": "Mine"}), 404)
        refused(api.ask("post", f"{path}/members/me"), 404)
        refused(api.ask("delete", f"{path}/members/author"), 404)
    assert roles(circle) == {"author": "owner"}


def test_an_open_group_is_seen_by_all_and_its_members_by_members(
    author: User, stranger: User
) -> None:
    group = make_group(maker=author, name="Open house", kind="open")
    assert Api().get(f"groups/{group.slug}").json()["type"] == "open"
    refused(Api(stranger).get(f"groups/{group.slug}/members"), 404)
    joined = Api(stranger).ask("post", f"groups/{group.slug}/members/{STRANGER}")
    assert joined.json()["roles"] == ["member"]
    assert len(Api(stranger).get(f"groups/{group.slug}/members").json()) == 2
    assert Api(stranger).ask("delete", f"groups/{group.slug}/members/me").status_code == 204
    assert roles(group) == {"author": "owner"}


def test_nobody_is_put_into_a_group_by_others(author: User, stranger: User) -> None:
    group = make_group(maker=author, name="Open house", kind="open")
    refused(Api(author).ask("post", f"groups/{group.slug}/members/{STRANGER}"), 404)
    assert roles(group) == {"author": "owner"}


def test_members_are_listed_in_pages_or_in_one(author: User, circle: Group) -> None:
    for number in range(3):
        person = factories.make_user(f"reader{number}")
        Membership.objects.create(user=person, group=circle)
    path = f"groups/{circle.slug}/members"
    whole = Api(author).get(path).json()
    assert [one["username"] for one in whole] == ["author", "reader0", "reader1", "reader2"]
    assert whole[1]["actions"] == [
        "delete",
        "updates.roles.member",
        "updates.roles.moderator",
        "updates.roles.owner",
    ]
    page = Api(author).get(path, **{"page[number]": 2, "page[size]": 3}).json()
    assert page["meta"] == {"page": {"total": 4}}
    assert [one["userid"] for one in page["data"]] == ["acct:reader2@127.0.0.1"]
    past = Api(author).get(path, **{"page[number]": 9}).json()
    assert past == {"meta": {"page": {"total": 4}}, "data": []}
    for wrong in ({"page[number]": "0"}, {"page[number]": "1", "page[size]": "101"}):
        refused(Api(author).get(path, **wrong), 400)


def test_an_owner_gives_parts_and_removes_members(
    author: User, stranger: User, circle: Group
) -> None:
    Membership.objects.create(user=stranger, group=circle)
    path = f"groups/{circle.slug}/members/{STRANGER}"
    refused(Api(stranger).ask("patch", path, {"roles": ["owner"]}), 404)
    changed = Api(author).ask("patch", path, {"roles": ["moderator"]}).json()
    assert (changed["roles"], roles(circle)["stranger"]) == (["moderator"], "moderator")
    for wrong in ([], ["member", "owner"], ["king"], "owner", None):
        refused(Api(author).ask("patch", path, {"roles": wrong}), 400)
    refused(Api(author).ask("patch", f"groups/{circle.slug}/members/nobody", {}), 404)
    refused(Api(stranger).ask("delete", f"groups/{circle.slug}/members/author"), 404)
    assert Api(author).ask("delete", path).status_code == 204
    assert roles(circle) == {"author": "owner"}


def test_the_only_owner_cannot_leave_others_behind(
    author: User, stranger: User, circle: Group
) -> None:
    Membership.objects.create(user=stranger, group=circle)
    refused(Api(author).ask("delete", f"groups/{circle.slug}/members/me"), 400)
    assert roles(circle) == {"author": "owner", "stranger": "member"}


def test_only_an_owner_changes_a_group(author: User, stranger: User, circle: Group) -> None:
    path = f"groups/{circle.slug}"
    Membership.objects.create(user=stranger, group=circle)
    refused(Api(stranger).ask("patch", path, {"name": "Mine"}), 404)
    changed = Api(author).ask("patch", path, {"name": "Wider circle", "description": "All."})
    assert (changed.json()["name"], changed.json()["id"]) == ("Wider circle", circle.slug)
    refused(Api(author).ask("patch", path, {"name": ""}), 400)
    refused(Api(author).ask("patch", "groups/__world__", {"name": "Mine"}), 404)
    refused(Api(author).ask("delete", "groups/__world__/members/me"), 404)


def test_odd_names_of_groups_and_people_are_not_found(author: User, circle: Group) -> None:
    for name in ("%00", "nothing", "x" * 300, "%F0%9F%A6%84"):
        refused(Api(author).get(f"groups/{name}"), 404)
        refused(Api(author).get(f"groups/{circle.slug}/members/{name}"), 404)
