"""``verify_log`` finds whatever was altered, removed, put in or moved, and nothing else."""

import random
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from reader.actions import appeals, moderation, sanctions
from reader.models import Annotation, Decision, Document, LogHead, Rule, User
from reader.queries import decision_log
from reader.sealing import chained_hash
from tests.conftest import TRIGGERS
from tests.factories import make_annotation, make_document, make_user, promote

TABLE = "reader_decision"
TAMPERINGS = 100
# Nothing else is in the table but what is found when it is changed.
COLUMNS = [str(field.column) for field in Decision._meta.concrete_fields if field.column != "id"]


@pytest.fixture
def log(author: User, stranger: User, moderator: User, document: Document) -> list[int]:
    """A log of all kinds of acts, whose triggers have been taken away; the ids of its rows."""
    judge = promote(make_user(), "moderator")
    rule = Rule.objects.create(document=document, title="Speak to the argument")
    notes = [make_annotation(author, document) for _number in range(6)]
    for nth, note in enumerate(notes):
        moderation.flag(reporter=stranger, annotation=note, reason="abuse")
        act = ("approve", "deny", "spam")[nth % 3]
        decision = moderation.decide(
            moderator=moderator, annotation=note, act=act, reason="rules", note="So.", rule=rule
        )
        if nth == 1:
            asked = appeals.appeal(appellant=author, decision=decision, words="Why?")
            appeals.judge(moderator=judge, appeal=asked, act="change", note="You are right.")
    moderation.undo(moderator=moderator, decision=Decision.objects.order_by("-pk")[0])
    until = timezone.now() + timedelta(days=3)
    sanctions.sanction(
        moderator=moderator, person=stranger, act="suspend", reason="spam", until=until
    )
    sanctions.lift(moderator=judge, person=stranger, reason="served")
    # The editor is not entered: this happens inside the test's transaction.
    TRIGGERS.drop_triggers(apps, connection.schema_editor())
    _as_before_the_second_format()
    return list(Decision.objects.order_by("pk").values_list("pk", flat=True))


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


def _as_before_the_second_format() -> None:
    """Seal the first two rows as an older site would have, and the rest after them."""
    before = ""
    for nth, row in enumerate(Decision.objects.order_by("pk")):
        if nth < 2:
            changes: dict[str, Any] = {"chain_format": 1, "rule": "", "waited": None}
            changes |= {"document_number": None, "actor_number": None}
            Decision.objects.filter(pk=row.pk).update(**changes)
            row.refresh_from_db()
        seal(row, before)
        before = row.hash
    LogHead.objects.update(hash=before)


def seal(row: Decision, before: str) -> None:
    row.previous_hash = before
    row.hash = chained_hash(row)
    Decision.objects.filter(pk=row.pk).update(previous_hash=before, hash=row.hash)


def whole(pk: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {TABLE} WHERE id = %s", [pk])  # noqa: S608 -- our own table
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def put(row: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(["%s"] * len(row))
    run(f"INSERT INTO {TABLE} ({names}) VALUES ({marks})", *row.values())  # noqa: S608 -- likewise


def change(chance: random.Random, log: list[int]) -> str:
    """Alter one column of one row."""
    pk, column = chance.choice(log), chance.choice(COLUMNS)
    row = whole(pk)
    new = _another(chance, column, row[column])
    run(f'UPDATE {TABLE} SET "{column}" = %s WHERE id = %s', new, pk)  # noqa: S608 -- likewise
    return f"{column} of {pk}: {row[column]!r} to {new!r}"


def _another(chance: random.Random, column: str, value: Any) -> Any:
    links: dict[str, list[Any]] = {
        "annotation_id": [None, *Annotation.objects.values_list("pk", flat=True)],
        "document_id": [None, *Document.objects.values_list("pk", flat=True)],
        "person_id": [None, *User.objects.values_list("pk", flat=True)],
        "actor_id": [None, *User.objects.values_list("pk", flat=True)],
        "judges_id": [None, *Decision.objects.values_list("pk", flat=True)],
        "undoes_id": [None, *Decision.objects.values_list("pk", flat=True)],
        "until": [None, timezone.now()],
        "at": [timezone.now()],
    }
    words = {"act": 8, "before": 8, "after": 8, "reason": 8, "rule": 40, "note": 40, "hash": 64}
    words |= {"actor_name": 40, "annotation_uid": 22, "previous_hash": 64}
    if column in links:
        return chance.choice([one for one in links[column] if one != value])
    if column in words:
        return "".join(chance.choices("abcdef", k=words[column]))
    return (value or 0) + 1 + chance.randrange(5)


def remove(chance: random.Random, log: list[int]) -> str:
    """Take out one row, or some at the end."""
    free = [pk for pk in log if not Decision.objects.filter(judges=pk).exists()]
    free = [pk for pk in free if not Decision.objects.filter(undoes=pk).exists()]
    gone = log[-chance.randrange(1, 3) :] if chance.random() < 0.5 else [chance.choice(free)]
    for table in ("reader_appeal", "reader_sanction"):
        run(f"DELETE FROM {table}")  # noqa: S608 -- likewise
    run(f"UPDATE reader_flag SET resolved_by_id = NULL")  # noqa: F541 -- likewise
    for pk in gone:
        run(f"DELETE FROM {TABLE} WHERE id = %s", pk)  # noqa: S608 -- likewise
    return f"removed {gone}"


def swap(chance: random.Random, log: list[int]) -> str:
    """Give two rows one another's content, hashes and all."""
    one, other = chance.sample(log, 2)
    rows = {one: whole(other), other: whole(one)}
    for pk in rows:  # what stands in each row once
        run(f"UPDATE {TABLE} SET previous_hash = %s WHERE id = %s", f"free {pk}", pk)  # noqa: S608 -- likewise
        run(f"UPDATE {TABLE} SET undoes_id = NULL WHERE id = %s", pk)  # noqa: S608 -- likewise
    for pk, row in rows.items():
        columns = [name for name in row if name not in ("id",)]
        sets = ", ".join(f'"{name}" = %s' for name in columns)
        values = [row[name] for name in columns]
        run(f"UPDATE {TABLE} SET {sets} WHERE id = %s", *values, pk)  # noqa: S608 -- likewise
    return f"swapped {one} and {other}"


def insert(chance: random.Random, log: list[int]) -> str:
    """Put in a row of one's own, sealed and with the id that comes next or any other."""
    row = whole(chance.choice(log))
    row |= {"id": chance.choice([max(log) + 1, max(log) + 50, 900_000]), "undoes_id": None}
    row |= {"previous_hash": whole(log[-1])["hash"], "note": "Put in."}
    put(row)
    made = Decision.objects.get(pk=row["id"])
    run(f"UPDATE {TABLE} SET hash = %s WHERE id = %s", chained_hash(made), made.pk)  # noqa: S608 -- likewise
    return f"put in {row['id']}"


WAYS: tuple[Callable[[random.Random, list[int]], str], ...] = (change, remove, swap, insert)


def test_a_clean_log_has_no_faults(log: list[int]) -> None:
    assert list(decision_log.faults()) == []
    assert len(log) >= 10
    assert set(Decision.objects.values_list("chain_format", flat=True)) == {1, 2}


def sealed_then(column: str) -> bool:
    """Whether the first format sealed a column; of the others there is nothing to compare with."""
    return column not in {"for_group", "actor_id", "document_id", "undoes_id"}


def test_each_of_a_hundred_tamperings_is_found(log: list[int]) -> None:
    missed, found = [], 0
    for seed in range(TAMPERINGS):
        chance = random.Random(seed)
        with transaction.atomic():
            told = WAYS[seed % len(WAYS)](chance, log[2:])
            if next(decision_log.faults(), None) is None:
                missed.append(told)
            found += 1
            transaction.set_rollback(True)
    assert (missed, found) == ([], TAMPERINGS)
    assert list(decision_log.faults()) == []


@pytest.mark.parametrize("column", [one for one in COLUMNS if sealed_then(one)])
def test_rows_of_the_first_format_are_watched_too(log: list[int], column: str) -> None:
    new = _another(random.Random(column), column, whole(log[0])[column])
    run(f'UPDATE {TABLE} SET "{column}" = %s WHERE id = %s', new, log[0])  # noqa: S608 -- a column of ours
    assert next(decision_log.faults(), None) is not None


def test_the_end_is_watched(log: list[int]) -> None:
    for change in ({"row": 1}, {"count": 1}, {"hash": "f" * 64}):
        with transaction.atomic():
            LogHead.objects.update(**change)
            assert "was written" in str(decision_log.first_fault())
            transaction.set_rollback(True)


def test_a_hash_that_was_noted_shows_a_log_sealed_anew(log: list[int]) -> None:
    noted = decision_log.head().hash
    Decision.objects.filter(pk=log[3]).update(note="Never said.")
    before = ""
    for row in Decision.objects.order_by("pk"):
        seal(row, before)
        before = row.hash
    LogHead.objects.update(hash=before)
    assert list(decision_log.faults()) == []
    assert [str(fault) for fault in decision_log.faults(noted)] == [
        "The moderators' log does not hold the hash that was noted"
    ]


def test_the_command_says_what_it_found(log: list[int]) -> None:
    told, errors = StringIO(), StringIO()
    call_command("verify_log", stdout=told)
    assert decision_log.head().hash in told.getvalue()
    Decision.objects.filter(pk=log[3]).update(note="Never said.")
    with pytest.raises(CommandError):
        call_command("verify_log", stderr=errors)
    assert f"Row {log[3]} of the moderators' log is not what was written" in errors.getvalue()


def test_an_empty_log_is_unbroken(db: None) -> None:
    assert list(decision_log.faults()) == []
    make_document()
    call_command("verify_log", stdout=StringIO())
