"""Triggers that keep the decision log append-only, whatever the code above the database does.

A row may not be deleted or replaced, and nothing in it may change but the two links that a
departing account or document empties (the names beside them stay).
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LASTING = (
    "id",
    "annotation_uid",
    "actor_name",
    "act",
    "reason",
    "note",
    "before",
    "after",
    "version",
    "undoes_id",
    "at",
    "previous_hash",
    "hash",
)
LINKS = ("annotation_id", "actor_id")
UNIQUE = ("id", "previous_hash", "undoes_id")
REFUSAL = "the decision log is append-only"

_COLUMNS = ", ".join(f'"{name}"' for name in LASTING)
_SQLITE_RELINKED = " OR ".join(
    f"(NEW.{name} IS NOT NULL AND NEW.{name} IS NOT OLD.{name})" for name in LINKS
)
_POSTGRESQL_RELINKED = _SQLITE_RELINKED.replace("IS NOT OLD", "IS DISTINCT FROM OLD")
_TAKEN = " OR ".join(f"{name} = NEW.{name}" for name in UNIQUE)

# SQLite deletes what OR REPLACE replaces without asking the trigger for deletion, and takes
# "rowid" for another column than "id": hence decision_no_replace and the id in decision_no_relink.
SQLITE = [
    f"""CREATE TRIGGER decision_no_update BEFORE UPDATE OF {_COLUMNS}
    ON reader_decision BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER decision_no_relink BEFORE UPDATE ON reader_decision
    WHEN NEW.id IS NOT OLD.id OR {_SQLITE_RELINKED}
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER decision_no_replace BEFORE INSERT ON reader_decision
    WHEN EXISTS (SELECT 1 FROM reader_decision WHERE {_TAKEN})
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER decision_no_delete BEFORE DELETE ON reader_decision
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER decision_no_update",
    "DROP TRIGGER decision_no_relink",
    "DROP TRIGGER decision_no_replace",
    "DROP TRIGGER decision_no_delete",
]

# PostgreSQL knows no OR REPLACE; its ON CONFLICT DO UPDATE meets the triggers for updates.
POSTGRESQL = [
    f"""CREATE FUNCTION decision_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
    f"""CREATE TRIGGER decision_no_update BEFORE UPDATE OF {_COLUMNS}
    ON reader_decision FOR EACH ROW EXECUTE FUNCTION decision_refuse()""",
    f"""CREATE TRIGGER decision_no_relink BEFORE UPDATE ON reader_decision
    FOR EACH ROW WHEN ({_POSTGRESQL_RELINKED}) EXECUTE FUNCTION decision_refuse()""",
    """CREATE TRIGGER decision_no_delete BEFORE DELETE ON reader_decision
    FOR EACH ROW EXECUTE FUNCTION decision_refuse()""",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER decision_no_update ON reader_decision",
    "DROP TRIGGER decision_no_relink ON reader_decision",
    "DROP TRIGGER decision_no_delete ON reader_decision",
    "DROP FUNCTION decision_refuse()",
]


def add_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add the triggers in the words of the database at hand."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def drop_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away again."""
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement)


class Migration(migrations.Migration):
    """Make the decision log append-only."""

    dependencies = [("reader", "0001_initial")]  # noqa: RUF012 -- Django's own form

    operations = [migrations.RunPython(add_triggers, drop_triggers)]  # noqa: RUF012 -- Django's own form
