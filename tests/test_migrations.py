"""Migrations are safe on full tables: they hold up no writer, and old code lives beside them.

Those that sites have run already are what they are; docs/operations.md says what they cost.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

FOLDER = Path(__file__).resolve().parents[1] / "reader" / "migrations"
# The migrations up to here were written before anybody had a full table.
BEFORE = "0014"
# A later one may do what is named, for the reason that stands beside it.
ALLOWED: dict[tuple[str, str], str] = {
    ("0015_large_sites", "RunPython"): "SET STATISTICS and ANALYZE hold up no reader or writer",
    ("0016_caches_without_a_log", "RunPython"): "two tables of counts and kept pages are rewritten,"
    " which hold a few megabytes and are used by nobody for longer than that",
    ("0019_whole_moderation", "RunPython"): "the log alone is locked, and rewritten once in a table"
    " that is short beside those that people write into",
    (
        "0019_whole_moderation",
        "AlterField",
    ): "names become longer, which PostgreSQL notes down",
    ("0033_standing_told", "RunPython"): "appeals that were judged, which are few, are marked",
    ("0033_standing_told", "AlterField"): "choices are Django's alone: no SQL is run",
}
OLD_CODE_BREAKS = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
BY_HAND = (migrations.RunPython, migrations.RunSQL)


def dangers(operations: list[Operation]) -> Iterator[tuple[str, str]]:
    """Yield what is done and why that is not safe on PostgreSQL."""
    new = {one.name_lower for one in operations if isinstance(one, migrations.CreateModel)}
    for one in operations:
        what, why = type(one).__name__, ""
        model = getattr(one, "model_name", "").lower()
        if isinstance(one, BY_HAND):
            why = "say how long it locks what, and allow it"
        elif isinstance(one, OLD_CODE_BREAKS):
            why = "servers that still run the old code ask for it"
        elif model not in new:
            why = _danger_to_rows(one)
        if why:
            yield what, why


def _danger_to_rows(one: Operation) -> str:
    """Return what an operation on a table that was there before would do, if that is harm."""
    if isinstance(one, migrations.AddField):
        field = one.field
        has_default = field.null or field.many_to_many or field.has_db_default()
        return "" if has_default else "rows of old code lack it: give it a db_default"
    if isinstance(one, migrations.AlterField):
        return "it may rewrite or scan the table under a lock"
    if isinstance(one, migrations.AddIndex) and not isinstance(one, AddIndexConcurrently):
        return "nobody can write meanwhile: AddIndexConcurrently"
    if isinstance(one, migrations.AddConstraint) and not isinstance(one, AddConstraintNotValid):
        return "all rows are looked at under a lock: AddConstraintNotValid, then ValidateConstraint"
    return ""


def test_new_migrations_are_safe_on_a_full_table() -> None:
    found = []
    for path in sorted(FOLDER.glob("[0-9]*.py")):
        if path.stem[: len(BEFORE)] > BEFORE:
            operations = import_module(f"reader.migrations.{path.stem}").Migration.operations
            found += [
                f"{path.stem}: {what}: {why}"
                for what, why in dangers(operations)
                if (path.stem, what) not in ALLOWED
            ]
    assert found == []


CHECK = models.CheckConstraint(condition=models.Q(n__gte=0), name="c")
INDEX = models.Index(fields=["n"], name="i")


@pytest.mark.parametrize(
    ("operation", "is_safe"),
    [
        (migrations.AddField("a", "n", models.IntegerField(default=0)), False),
        (migrations.AddField("a", "n", models.IntegerField(db_default=0)), True),
        (migrations.AddField("a", "n", models.IntegerField(null=True)), True),
        (migrations.AlterField("a", "n", models.BigIntegerField()), False),
        (migrations.AddIndex("a", INDEX), False),
        (AddIndexConcurrently("a", INDEX), True),
        (migrations.AddConstraint("a", CHECK), False),
        (AddConstraintNotValid("a", CHECK), True),
        (migrations.RemoveField("a", "n"), False),
        (migrations.RunSQL("SELECT 1"), False),
        (migrations.CreateModel("b", [("id", models.BigAutoField(primary_key=True))]), True),
    ],
)
def test_what_is_taken_for_safe(operation: Operation, is_safe: bool) -> None:
    assert (not list(dangers([operation]))) == is_safe


def test_a_new_table_may_be_given_everything() -> None:
    made = migrations.CreateModel("a", [("id", models.BigAutoField(primary_key=True))])
    assert list(dangers([made, migrations.AddIndex("a", INDEX)])) == []
