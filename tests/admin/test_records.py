"""The decision log and the reports can be read by moderators and changed by nobody."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from reader.actions.moderation import decide
from reader.models import Annotation, Decision, User
from tests import factories

LOG = "/admin/reader/decision/"


@pytest.fixture
def decision(moderator: User, reported: Annotation) -> Decision:
    return decide(
        moderator=moderator, annotation=reported, act="deny", reason="abuse", note="Kinder, please."
    )


def test_the_log_shows_who_did_what_and_why(as_moderator: Client, decision: Decision) -> None:
    listed = as_moderator.get(LOG).content.decode()
    assert "Denied" in listed
    assert decision.actor_name in listed
    page = as_moderator.get(f"{LOG}{decision.pk}/change/").content.decode()
    assert "Kinder, please." in page
    assert decision.hash in page


def test_the_log_is_searched_by_annotation_and_filtered(
    as_moderator: Client, decision: Decision
) -> None:
    for query, found in (
        (f"q={decision.annotation_uid}", 1),
        ("q=nothing-like-it", 0),
        ("act__exact=deny", 1),
        ("act__exact=spam", 0),
        ("reason__exact=abuse", 1),
        (f"actor={decision.actor_id}", 1),
        ("actor=987654", 0),
    ):
        assert as_moderator.get(f"{LOG}?{query}").context["cl"].result_count == found, query


def test_undo_from_the_log_adds_a_row(as_moderator: Client, decision: Decision) -> None:
    page = as_moderator.get(f"{LOG}{decision.pk}/change/")
    assert page.context["may_undo"]
    url = reverse("admin:reader_queueitem_undo")
    response = as_moderator.post(url, {"decision": decision.pk, "back": "log"})
    assert response.url == LOG  # type: ignore[attr-defined]  # a redirect
    assert Decision.objects.get(act="undo").undoes_id == decision.pk
    assert not as_moderator.get(f"{LOG}{decision.pk}/change/").context["may_undo"]


@pytest.mark.parametrize("role", ["moderator", "superuser"])
@pytest.mark.parametrize("model", ["decision", "flag", "edition", "block", "annotation"])
def test_nobody_writes_to_what_is_read_only(
    browser: Callable[[str], Client],
    reported: Annotation,
    decision: Decision,
    role: str,
    model: str,
) -> None:
    client = browser(role)
    rows = {
        "decision": decision.pk,
        "flag": reported.flags.get().pk,
        "edition": reported.edition_id,
        "block": reported.edition.blocks.earliest("position").pk,
        "annotation": reported.pk,
    }
    before = Annotation.objects.values().get(pk=reported.pk), Decision.objects.values().get()
    base = f"/admin/reader/{model}/"
    sent = {"note": "Altered", "act": "approve", "body": "Altered", "text": "Altered", "_save": "1"}
    assert client.post(f"{base}add/", sent).status_code == 403
    assert client.post(f"{base}{rows[model]}/change/", sent).status_code == 403
    assert client.post(f"{base}{rows[model]}/delete/", {"post": "yes"}).status_code == 403
    client.post(base, {"action": "delete_selected", "_selected_action": rows[model], "post": "yes"})
    after = Annotation.objects.values().get(pk=reported.pk), Decision.objects.values().get()
    assert after == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reader_decision SET note = 'Altered'",
        "UPDATE reader_decision SET actor_name = 'Somebody else'",
        "UPDATE reader_decision SET hash = ''",
        "DELETE FROM reader_decision",
    ],
)
def test_the_database_itself_refuses_to_alter_the_log(decision: Decision, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Decision.objects.get(pk=decision.pk).note == "Kinder, please."


def test_reports_are_listed_with_their_outcome(
    as_moderator: Client, reported: Annotation, decision: Decision
) -> None:
    page = as_moderator.get("/admin/reader/flag/").content.decode()
    assert "This hurts." in page
    assert "Upheld" in page


def test_a_document_moderator_reads_only_their_part_of_the_record(
    decision: Decision, pending: Annotation, moderator: User, stranger: User, client: Client
) -> None:
    decide(moderator=moderator, annotation=pending, act="approve")
    User.objects.filter(pk=stranger.pk).update(is_staff=True)
    client.force_login(factories.promote(stranger, "document:moderator", pending.document))
    assert client.get(LOG).context["cl"].result_count == 1
    assert client.get(f"{LOG}{decision.pk}/change/").status_code == 302
    assert client.get("/admin/reader/flag/").context["cl"].result_count == 0
