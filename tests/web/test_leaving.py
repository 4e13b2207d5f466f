"""Taking one's data along, and erasing the account."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from reader.actions import moderation, sanctions
from reader.actions.activity import mark_read
from reader.actions.changes import edit_annotation
from reader.actions.wording import Wording
from reader.models import (
    Document,
    DocumentRole,
    Flag,
    Group,
    Membership,
    Tag,
    User,
)
from reader.queries import personal_data
from tests.factories import PASSWORD, make_annotation, make_reply, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db
CANARY = "xyzzycanary"


# --- Export -------------------------------------------------------------------------------------
def exported(client: Client) -> dict[str, Any]:
    """Return the person's data as they would download it."""
    response: Any = client.get(reverse("export"))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    assert response["Content-Disposition"].startswith("attachment;")
    data: dict[str, Any] = json.loads(b"".join(response.streaming_content))
    return data


def foreign_keys_in_the_database() -> set[tuple[str, str]]:
    """Return (table, column) of all that points at a person, asked of the database itself."""
    with connection.cursor() as cursor:
        people = User._meta.db_table
        return {
            (table.name, column)
            for table in connection.introspection.get_table_list(cursor)
            for column, (_its_column, target) in connection.introspection.get_relations(
                cursor, table.name
            ).items()
            if target == people
        }


def test_the_export_follows_every_foreign_key_to_a_person(as_author: Client) -> None:
    links = personal_data.links_to_people()
    followed = {(link.model._meta.db_table, link.column) for link in links}
    nobody_is_told = {("reader_hiddenperson", "person_id")}
    assert followed == foreign_keys_in_the_database() - nobody_is_told
    assert set(exported(as_author)["rows"]) == {personal_data.key_of(link) for link in links}


def test_the_export_holds_what_the_person_left_behind(
    as_author: Client, author: User, stranger: User, moderator: User, document: Document
) -> None:
    note = make_annotation(author, document, body="First words.", tags=("promise",))
    wording = Wording("Second words.", None, ["promise"])
    edit_annotation(editor=author, annotation=note, version=note.version, wording=wording)
    hidden = make_annotation(author, document, visibility="private", body="For me alone.")
    foreign = make_annotation(stranger, document, body="Not mine.")
    reply = make_reply(author, foreign)
    moderation.flag(reporter=author, annotation=foreign, reason="spam", note="Look here.")
    moderation.flag(reporter=stranger, annotation=note, reason="abuse", note="Told on you.")
    moderation.decide(
        moderator=moderator, annotation=note, act="deny", reason="off_topic", note="Wrong place."
    )
    moderator = User.objects.get(pk=moderator.pk)
    User.objects.filter(pk=moderator.pk).update(name="Sarah Decides")
    moderator.refresh_from_db()
    sanctions.sanction(moderator=moderator, person=author, act="warn", reason="abuse", note="Calm.")
    group = Group.objects.create(slug="circle", name="Circle")
    Membership.objects.create(user=author, group=group)
    DocumentRole.objects.create(user=author, document=document, role="reviewer")
    mark_read(reader=author, document=document, ref="p1")
    EmailAddress.objects.create(user=author, email="other@example.org")

    data = exported(as_author)
    rows = data["rows"]
    assert (data["account"]["username"], data["account"]["email"]) == ("author", author.email)
    mine = {row["uid"]: row for row in rows["reader.annotation.author"]}
    assert set(mine) == {note.uid, hidden.uid, reply.uid}
    assert mine[note.uid]["body"] == "Second words."
    assert mine[note.uid]["tags"] == ["promise"]
    assert not [name for name in mine[note.uid] if name.startswith("attention")], "who reports it"
    assert [old["body"] for old in mine[note.uid]["earlier_wordings"]] == ["First words."]
    assert [made["note"] for made in mine[note.uid]["decisions"]] == ["Wrong place."]
    assert mine[note.uid]["document"] == document.slug
    assert mine[reply.uid]["parent"] == foreign.uid
    assert [row["note"] for row in rows["reader.flag.reporter"]] == ["Look here."]
    assert [row["group"] for row in rows["reader.membership.user"]] == ["circle"]
    assert [row["role"] for row in rows["reader.documentrole.user"]] == ["reviewer"]
    assert [row["ref"] for row in rows["reader.readmark.user"]] == ["p1"]
    assert [row["email"] for row in rows["account.emailaddress.user"]] == ["other@example.org"]

    assert [row["note"] for row in rows["reader.decision.person"]] == ["Calm."]
    text = json.dumps(data)
    assert author.password not in text
    names = (f'"{stranger.username}"', f'"{moderator.username}"', moderator.get_full_name())
    for others in ("Not mine.", "Told on you.", *names):
        assert others not in text


def test_the_export_reads_in_a_constant_number_of_queries(
    author: User, stranger: User, document: Document, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        make_reply(author, make_annotation(stranger, document, tags=(f"t{number}",)))
    tables = len(personal_data.links_to_people())
    with django_assert_num_queries(tables + 4):
        "".join(personal_data.as_json(author))


# --- Leaving ------------------------------------------------------------------------------------
def test_leaving_says_what_goes(as_author: Client, author: User, stranger: User,
                                document: Document) -> None:  # fmt: skip
    answered = make_annotation(author, document)
    make_reply(author, answered)
    make_reply(stranger, answered)
    make_annotation(author, document, visibility="private")
    holdings = as_author.get(reverse("erase")).context["holdings"]
    assert (holdings.annotations, holdings.replies, holdings.answered) == (2, 1, 1)
    assert User.objects.filter(pk=author.pk).exists()


@pytest.mark.parametrize(
    ("username", "password", "wrong"),
    [
        ("author", "wrong", "password"),
        ("author", "", "password"),
        ("stranger", PASSWORD, "username"),
        ("", PASSWORD, "username"),
    ],
)
def test_leaving_takes_the_username_and_the_password(
    as_author: Client, author: User, username: str, password: str, wrong: str
) -> None:
    response = as_author.post(reverse("erase"), {"username": username, "password": password})
    assert response.status_code == 422
    assert wrong in response.context["form"].errors
    assert Page(response.text).problems() == []
    assert User.objects.filter(pk=author.pk).exists()


def test_guessing_the_password_while_leaving_is_stopped(as_author: Client) -> None:
    data = {"username": "author", "password": "wrong"}
    answers = [as_author.post(reverse("erase"), data).status_code for _time in range(6)]
    assert answers == [422] * 5 + [429]


def tables_with(needle: str) -> list[str]:
    """Return the tables in which some text column holds the needle."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            for field in model._meta.concrete_fields:
                column = connection.ops.quote_name(str(field.column))
                cursor.execute(
                    f"SELECT count(*) FROM {table} WHERE CAST({column} AS text) LIKE %s",  # noqa: S608 -- names come from the models
                    [f"%{needle}%"],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{model._meta.db_table}.{field.column}")
    return found


def test_after_leaving_nothing_of_the_person_is_left(
    stranger: User, moderator: User, document: Document
) -> None:
    person = make_user(CANARY, name=f"{CANARY} name", bio=f"{CANARY} bio")
    EmailAddress.objects.create(user=person, email=f"{CANARY}@example.org", primary=True)
    root = make_annotation(person, document, body=f"{CANARY} body", tags=(CANARY,))
    wording = Wording(f"{CANARY} again", None, [CANARY])
    edit_annotation(editor=person, annotation=root, version=root.version, wording=wording)
    answer = make_reply(stranger, root, body="I stay.")
    make_annotation(person, document, visibility="private", body=f"{CANARY} private")
    make_annotation(
        person, document, motivation="editing", body="", replacement=f"{CANARY} instead"
    )
    moderation.flag(reporter=person, annotation=answer, reason="other", note=f"{CANARY} note")
    LogEntry.objects.create(
        user=moderator,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr=str(person),
        action_flag=CHANGE,
    )
    assert tables_with(CANARY)

    client = signed_in(person)
    response = client.post(reverse("erase"), {"username": CANARY, "password": PASSWORD})
    assert response["Location"] == reverse("library")
    assert "3 annotations" in client.get(reverse("library")).text
    assert client.get(reverse("settings")).status_code == 302

    assert tables_with(CANARY) == []
    root.refresh_from_db()
    answer.refresh_from_db()
    assert (root.author, root.is_deleted) == (None, True)
    assert (answer.body, answer.author, answer.parent_id) == ("I stay.", stranger, root.pk)
    assert Flag.objects.get().reason == "other", "moderators still see that it was reported"


def test_leaving_keeps_tags_that_others_use(author: User, stranger: User,
                                            document: Document) -> None:  # fmt: skip
    make_annotation(author, document, tags=("shared", "own"))
    make_annotation(stranger, document, tags=("shared",))
    signed_in(author).post(reverse("erase"), {"username": "author", "password": PASSWORD})
    assert list(Tag.objects.values_list("name", flat=True)) == ["shared"]


def test_the_last_administrator_cannot_leave(author: User) -> None:
    promote(author, "admin")
    data = {"username": "author", "password": PASSWORD}
    response = signed_in(author).post(reverse("erase"), data)
    assert response.status_code == 403
    assert response.context["form"].non_field_errors()
    assert User.objects.filter(pk=author.pk).exists()
    promote(make_user("successor"), "admin")
    assert signed_in(author).post(reverse("erase"), data).status_code == 302
    assert not User.objects.filter(pk=author.pk).exists()


def test_a_moderators_decisions_outlast_the_account(
    author: User, moderator: User, document: Document
) -> None:
    note = make_annotation(author, document)
    decision = moderation.decide(
        moderator=moderator, annotation=note, act="deny", reason="spam", note="Bought."
    )
    signed_in(moderator).post(reverse("erase"), {"username": "mod", "password": PASSWORD})
    decision.refresh_from_db()
    assert decision.actor is None
    assert decision.actor_name
    assert decision.note == "Bought."


def test_leaving_blanks_nothing_that_is_about_others(
    author: User, moderator: User, document: Document
) -> None:
    """Any word can be somebody's name, and stand in the admin's own words."""
    author.username, author.name = "changed", "e"
    author.set_password(PASSWORD)
    author.save()
    acts = json.dumps([{"changed": {"fields": ["Title"]}}])
    named = json.dumps([{"added": {"name": "document role", "object": "Editor: changed"}}])
    rows = [
        log(moderator, document, "Changed e title", acts),
        log(moderator, moderator, "Mo Moderator", acts),
        log(moderator, document, "On reading closely", named),
    ]
    signed_in(author).post(reverse("erase"), {"username": "changed", "password": PASSWORD})
    assert not User.objects.filter(username="changed").exists()
    for row in rows:
        row.refresh_from_db()
    assert [row.object_repr for row in rows] == [
        "Changed e title",
        "Mo Moderator",
        "On reading closely",
    ]
    assert [row.change_message for row in rows] == [acts, acts, ""]


def log(moderator: User, row: Model, called: str, message: str) -> LogEntry:
    return LogEntry.objects.create(
        user=moderator,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=called,
        action_flag=CHANGE,
        change_message=message,
    )
