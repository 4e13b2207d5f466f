"""Moderating by the Hypothesis API."""

from typing import Any

import pytest

from reader.actions.groups import make_group
from reader.actions.moderation import flag
from reader.models import Annotation, Decision, Document, Flag, Membership, Scope, User
from tests import factories
from tests.api.hypothesis_client import Api, note, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(author: User, document: Document) -> Annotation:
    return factories.make_annotation(author, document, body="Canary words")


def moderate(api: Api, row: Annotation, **data: Any) -> Any:
    return api.ask("patch", f"annotations/{row.uid}/moderation", data)


@pytest.mark.parametrize("status", ["APPROVED", "DENIED", "SPAM"])
def test_a_moderator_changes_the_status(moderator: User, row: Annotation, status: str) -> None:
    factories.force_status(row, "pending")
    seen = Api(moderator).get(f"annotations/{row.uid}").json()
    assert (seen["hidden"], seen["actions"]) == (True, ["moderate"])
    response = moderate(
        Api(moderator),
        row,
        moderation_status=status,
        current_moderation_status=seen["moderation_status"],
        annotation_updated=seen["updated"],
    )
    assert response.status_code == 200, response.content
    answer = response.json()
    assert (answer["moderation_status"], answer["updated"]) == (status, seen["updated"])
    assert answer["text"] == "Canary words"
    assert Decision.objects.get().after == status.lower()


def test_what_is_hidden_is_gone_for_others(
    moderator: User, author: User, stranger: User, row: Annotation
) -> None:
    path = f"annotations/{row.uid}"
    assert Api(moderator).ask("put", f"{path}/hide").status_code == 204
    assert Api(moderator).ask("put", f"{path}/hide").status_code == 204
    assert Decision.objects.count() == 1
    for api in (Api(), Api(stranger)):
        response = api.get(path)
        refused(response, 404)
        assert b"Canary" not in response.content
    mine = Api(author).get(path).json()
    assert (mine["hidden"], mine["moderation_status"]) == (False, "DENIED")
    assert Api(moderator).ask("delete", f"{path}/hide").status_code == 204
    assert Api(stranger).get(path).json()["hidden"] is False


def test_a_decision_closes_the_reports(moderator: User, stranger: User, row: Annotation) -> None:
    flag(reporter=stranger, annotation=row, reason="abuse")
    response = moderate(Api(moderator), row, moderation_status="APPROVED")
    assert response.json()["moderation"] == {"flagCount": 0}
    assert Flag.objects.get().resolution == "kept"


def test_a_stale_view_decides_nothing(moderator: User, row: Annotation) -> None:
    api = Api(moderator)
    for seen in (
        {"current_moderation_status": "PENDING"},
        {"annotation_updated": "2020-01-01T00:00:00.000000+00:00"},
    ):
        refused(moderate(api, row, moderation_status="DENIED", **seen), 409)
    assert not Decision.objects.exists()


def test_a_decision_is_taken_back_to_where_it_waited(moderator: User, row: Annotation) -> None:
    factories.force_status(row, "pending")
    api = Api(moderator)
    assert moderate(api, row, moderation_status="DENIED").status_code == 200
    assert moderate(api, row, moderation_status="PENDING").json()["moderation_status"] == "PENDING"
    assert moderate(api, row, moderation_status="PENDING").status_code == 200
    moderate(api, row, moderation_status="APPROVED")
    moderate(api, row, moderation_status="DENIED")
    refused(moderate(api, row, moderation_status="PENDING"), 400)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"moderation_status": "HIDDEN"},
        {"moderation_status": 1},
        {"moderation_status": "DENIED", "annotation_updated": "now"},
        {"moderation_status": "DENIED", "current_moderation_status": []},
    ],
)
def test_other_statuses_are_refused(moderator: User, row: Annotation, data: dict[str, Any]) -> None:
    refused(moderate(Api(moderator), row, **data), 400)
    assert not Decision.objects.exists()


def test_nobody_else_decides(
    author: User, stranger: User, moderator: User, document: Document, row: Annotation
) -> None:
    limited = Api(moderator, [Scope.READ, Scope.WRITE])
    for api, status in ((Api(), 404), (Api(author), 404), (Api(stranger), 404), (limited, 403)):
        refused(moderate(api, row, moderation_status="DENIED"), status)
        refused(api.ask("put", f"annotations/{row.uid}/hide"), status)
        refused(api.ask("delete", f"annotations/{row.uid}/hide"), status)
    private = factories.make_annotation(author, document, visibility="private")
    refused(moderate(Api(moderator), private, moderation_status="DENIED"), 404)
    assert not Decision.objects.exists()


def test_those_who_run_a_group_decide_in_it(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    circle = make_group(maker=author, name="Close circle")
    Membership.objects.create(user=stranger, group=circle)
    sent = note(document, group=circle.slug, permissions={"read": [f"group:{circle.slug}"]})
    made = Api(stranger).ask("post", "annotations", sent).json()
    row = Annotation.objects.get(uid=made["id"])
    refused(moderate(Api(moderator), row, moderation_status="DENIED"), 404)
    refused(moderate(Api(stranger), row, moderation_status="DENIED"), 404)
    listed = Api(author).get(f"groups/{circle.slug}/annotations").json()
    assert (listed["meta"], [one["id"] for one in listed["data"]]) == (
        {"page": {"total": 1}},
        [row.uid],
    )
    assert moderate(Api(author), row, moderation_status="DENIED").status_code == 200
    denied = Api(author).get(f"groups/{circle.slug}/annotations", moderation_status="DENIED")
    assert denied.json()["meta"]["page"]["total"] == 1
    approved = Api(author).get(f"groups/{circle.slug}/annotations", moderation_status="APPROVED")
    assert approved.json()["data"] == []
    for api in (Api(), Api(stranger), Api(moderator)):
        refused(api.get(f"groups/{circle.slug}/annotations"), 404)


def test_moderators_list_what_is_public(
    moderator: User, stranger: User, document: Document, row: Annotation
) -> None:
    other = factories.make_annotation(stranger, document, status="pending")
    listed = Api(moderator).get("groups/__world__/annotations", **{"page[size]": 1}).json()
    assert (listed["meta"]["page"]["total"], listed["data"][0]["id"]) == (2, other.uid)
    after = {"page[after]": listed["data"][0]["created"]}
    older = Api(moderator).get("groups/__world__/annotations", **after).json()
    assert [one["id"] for one in older["data"]] == [row.uid]
    refused(Api(moderator).get("groups/__world__/annotations", moderation_status="X"), 400)
    refused(Api(stranger).get("groups/__world__/annotations"), 404)
