"""Taking everything along and leaving, tried on every table that points at a person.

The tables come from the models: one that is added later is in these tests from its first day.
"""

import json
import secrets
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Field, ForeignKey, Model
from django.utils import timezone

from reader.actions import appeals, moderation, sanctions
from reader.actions.people import erase_account
from reader.actions.sign_ins import Looks, note_sign_in
from reader.models import Annotation, Decision, Document, Invitation, User
from reader.queries import personal_data
from reader.queries.personal_data import Link, key_of, links_to_people
from tests.factories import make_annotation, make_reply, make_user, promote
from tests.web.browsers import signed_in

pytestmark = pytest.mark.django_db
CANARY = "zqperson"
SECRET = "zqsecret"
# The log is sealed: a moderator's name as it was then stays.
KEPT = {"reader_decision.actor_name"}
# Numbers of an account that is no more, sealed likewise.
KEPT_NUMBERS = {"reader_decision.person_number", "reader_decision.actor_number"}


def make_row(model: type[Model], **given: Any) -> Model:
    """Save a row: what may be left out is left out, secrets are recognisable."""
    values = dict(given)
    for field in model._meta.local_concrete_fields:
        if field.name in values or field.has_default() or field.null or field.primary_key:
            continue
        values[field.name] = _value(field)
    return model._base_manager.create(**values)


def _value(field: "Field[Any, Any]") -> Any:
    kind = field.get_internal_type()
    if isinstance(field, ForeignKey):
        target = field.related_model
        found = None if target is User else target._base_manager.first()
        return found or (make_user() if target is User else make_row(target))
    if field.choices:
        return field.flatchoices[0][0]
    values: dict[str, Any] = {"DateTimeField": timezone.now(), "JSONField": {"secret": SECRET}}
    text = f"{SECRET}{secrets.token_hex(8)}"[: field.max_length]
    return values.get(kind, 1 if "Integer" in kind else text)


@pytest.fixture
def person(moderator: User, stranger: User, document: Document) -> User:
    """Somebody with a row in every table that points at people."""
    person = make_user(CANARY, name=f"{CANARY} Name", bio=f"{CANARY} bio")
    note = make_annotation(person, document, body=f"{CANARY} words")
    make_reply(stranger, note, body="I stay.")
    moderation.flag(reporter=person, annotation=make_annotation(stranger, document), reason="spam")
    denied = moderation.decide(moderator=moderator, annotation=note, act="deny", reason="rules")
    appeals.appeal(appellant=person, decision=denied, words=f"{CANARY} asks")
    sanctions.sanction(moderator=moderator, person=person, act="warn", reason="rules")
    Invitation.objects.create(
        document=document, role="reviewer", email=person.email, expires_at=timezone.now()
    )
    promote(person, "moderator")
    person = User.objects.get(pk=person.pk)
    make_note = make_annotation(stranger, document, "A promise")
    moderation.decide(moderator=person, annotation=make_note, act="approve")
    for model in (User, Annotation):
        LogEntry.objects.create(
            user=moderator,
            content_type=ContentType.objects.get_for_model(model),
            object_id=str(person.pk),
            object_repr=f"{person.get_full_name()}",
            action_flag=2,
        )
    session = signed_in(person).session.session_key
    note_sign_in(person=person, session_key=str(session), looks=Looks("Firefox", "Linux", ""))
    for link in links_to_people():
        if not held(link, person.pk):
            _point_at(person, link)
    return User.objects.get(pk=person.pk)


def _point_at(person: User, link: Link) -> None:
    """Let a row that is there point at the person where it may point at nobody, else make one."""
    rows = link.model._base_manager.filter(**{f"{link.name}__isnull": True})
    there = rows.first() if link.null else None
    if there is None:
        make_row(link.model, **{link.name: person})
    else:
        rows.filter(pk=there.pk).update(**{link.name: person})


def held(link: Link, pk: int) -> int:
    return link.model._base_manager.filter(**{link.attname: pk}).count()


def texts_with(needle: str) -> set[str]:
    """Return the columns in which some row holds the needle."""
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.local_concrete_fields:
                table, column = model._meta.db_table, str(field.column)
                cursor.execute(
                    f'SELECT 1 FROM "{table}" WHERE CAST("{column}" AS text) LIKE %s LIMIT 1',  # noqa: S608 -- names come from the models
                    [f"%{needle}%"],
                )
                found |= {f"{table}.{column}"} if cursor.fetchone() else set()
    return found


def test_there_is_a_row_of_each_kind(person: User) -> None:
    """Without this the tests below would be content with nothing."""
    assert [key_of(link) for link in links_to_people() if not held(link, person.pk)] == []
    assert len(links_to_people()) > 30


def test_all_of_them_are_in_the_export_without_what_opens_doors(person: User) -> None:
    text = "".join(personal_data.as_json(person))
    rows = json.loads(text)["rows"]
    assert {key for key, found in rows.items() if not found} == set()
    assert {key: len(found) for key, found in rows.items()} == {
        key_of(link): held(link, person.pk) for link in links_to_people()
    }
    for row in rows["mfa.authenticator.user"]:
        assert "data" not in row
    hidden = {"session_key", "session_salt", "password", "secret_sha256", "code_sha256", "secret"}
    columns = {name for found in rows.values() for row in found for name in row}
    assert hidden & columns == set()
    assert person.password not in text
    assert "Mo Moderator" not in text, "who decided is the moderators' own"


def test_after_leaving_no_row_knows_the_person(person: User) -> None:
    pk, names = person.pk, (CANARY, person.email, person.get_full_name())
    person_sessions = [one for one in Session.objects.all() if _is_of(one, pk)]
    assert person_sessions
    others = set(Annotation.objects.exclude(author=person).values_list("uid", "body"))
    User.objects.filter(pk=pk).update(is_superuser=False)
    erase_account(person=person)

    assert not User.objects.filter(pk=pk).exists()
    assert [key_of(link) for link in links_to_people() if held(link, pk)] == []
    for name in names:
        assert texts_with(name) <= KEPT
    assert [one for one in Session.objects.all() if _is_of(one, pk)] == []
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User))
    assert not about.filter(object_id=str(pk)).exists()
    assert set(Annotation.objects.exclude(author=None).values_list("uid", "body")) == others
    answer = Annotation.objects.get(body="I stay.")
    assert answer.parent is not None, "what it answers keeps its place"
    assert Decision.objects.filter(actor=None, actor_name=f"{CANARY} Name").exists()


def _is_of(session: Session, pk: int) -> bool:
    return bool(session.get_decoded().get("_auth_user_id") == str(pk))


def test_no_other_column_keeps_the_number_of_a_person(person: User) -> None:
    """Not a foreign key, and yet a number that a reader of the table could follow."""
    numbered = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if not field.is_relation
        and any(word in field.name for word in ("person", "user", "actor", "author"))
        and "Integer" in field.get_internal_type()
    }
    assert numbered == KEPT_NUMBERS
