"""The database keeps the decision log append-only, whatever statement is tried."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from reader.actions.moderation import decide
from reader.models import Decision, Document, User
from tests import factories

TRIGGERS = import_module("reader.migrations.0019_whole_moderation")
COLUMNS = [field.column for field in Decision._meta.concrete_fields]
LINKS = ("annotation_id", "actor_id", "document_id", "person_id")
sqlite_only = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="a statement that only SQLite understands"
)


@pytest.fixture
def decision(moderator: User, author: User, document: Document) -> Decision:
    """An undoing, in which every column has a value; the decision undone stands before it."""
    annotation = factories.make_annotation(author, document, body="Words.")
    first = decide(moderator=moderator, annotation=annotation, act="spam")
    row = decide(moderator=moderator, annotation=annotation, act="deny", reason="abuse")
    assert row.previous_hash == first.hash
    return row


def rows() -> list[Any]:
    return list(Decision.objects.order_by("pk").values())


def refuses(statement: str, *values: Any) -> None:
    """Check that the statement fails as an attempt on the log, and leaves it as it was."""
    before = rows()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
    assert rows() == before


def copy_of(decision: Decision, **changed: Any) -> tuple[str, list[Any]]:
    """Return the column names with placeholders, and the row's values with some changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM reader_decision WHERE id = %s", [decision.pk])
        names = [column[0] for column in cursor.description]
        row = {**dict(zip(names, cursor.fetchone(), strict=True)), **changed}
    columns = ", ".join(f'"{name}"' for name in row)
    return f"({columns}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values())


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in (*LINKS, "id")])
def test_no_column_but_the_links_is_written_again(decision: Decision, column: str) -> None:
    refuses(f'UPDATE reader_decision SET "{column}" = NULL WHERE id = %s', decision.pk)  # noqa: S608 -- a column of ours


@pytest.mark.parametrize("column", ["id", pytest.param("rowid", marks=sqlite_only)])
def test_a_row_keeps_its_number(decision: Decision, column: str) -> None:
    refuses(f"UPDATE reader_decision SET {column} = {column} + 1000 WHERE id = %s", decision.pk)  # noqa: S608 -- a column of ours


def test_links_become_empty_but_point_nowhere_else(
    decision: Decision, author: User, stranger: User, document: Document
) -> None:
    other = factories.make_annotation(author, document, body="Others.")
    for column, key in (("annotation_id", other.pk), ("actor_id", stranger.pk)):
        statement = f"UPDATE reader_decision SET {column} = %s WHERE id = %s"  # noqa: S608 -- a column of ours
        refuses(statement, key, decision.pk)
        with connection.cursor() as cursor:
            cursor.execute(statement, [None, decision.pk])
        refuses(statement, key, decision.pk)
    decision.refresh_from_db()
    assert (decision.annotation_id, decision.actor_id) == (None, None)


def test_the_log_outlives_whom_it_speaks_of(decision: Decision, moderator: User) -> None:
    name = decision.actor_name
    moderator.delete()
    decision.refresh_from_db()
    assert (decision.actor_id, decision.actor_name) == (None, name)


@sqlite_only
@pytest.mark.parametrize("words", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"])
@pytest.mark.parametrize("kept", ["id", "previous_hash"])
def test_no_row_takes_the_place_of_another(decision: Decision, words: str, kept: str) -> None:
    new = {"id": decision.pk + 1000, "previous_hash": "f" * 64, "note": "Altered"}
    del new[kept]
    row, values = copy_of(decision, **new)
    refuses(f"{words} INTO reader_decision {row}", *values)


@sqlite_only
def test_no_undoing_takes_the_place_of_another(decision: Decision) -> None:
    undoes = {"undoes_id": decision.pk, "act": "undo"}
    row, values = copy_of(decision, id=decision.pk + 1, previous_hash="e" * 64, **undoes)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO reader_decision {row}", values)
    row, values = copy_of(decision, id=decision.pk + 2, previous_hash="f" * 64, **undoes)
    refuses(f"INSERT OR REPLACE INTO reader_decision {row}", *values)


def test_an_upsert_alters_nothing(decision: Decision) -> None:
    row, values = copy_of(decision)
    refuses(
        f"INSERT INTO reader_decision {row} ON CONFLICT (id) DO UPDATE SET note = 'Altered'",
        *values,
    )


def test_taking_the_triggers_away_leaves_none_behind(decision: Decision) -> None:
    editor = connection.schema_editor()  # not entered: this happens inside the test's transaction
    TRIGGERS.drop_triggers(apps, editor)
    assert triggers() == set()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reader_decision SET note = 'Altered'")
    TRIGGERS.add_triggers(apps, editor)
    assert len(triggers()) >= 3
    refuses("DELETE FROM reader_decision")


def triggers() -> set[str]:
    """Return the names of the triggers on the log, and of the function they run."""
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = """SELECT tgname FROM pg_trigger WHERE tgrelid = 'reader_decision'::regclass
            AND NOT tgisinternal UNION SELECT proname FROM pg_proc WHERE proname LIKE 'decision%'"""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}
