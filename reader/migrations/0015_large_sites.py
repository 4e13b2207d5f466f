from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from reader.search.engines import TABLES, postgresql


class AddIndexBesideWriters(AddIndexConcurrently):
    """Make an index while others write, where the database can: PostgreSQL."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        kind = AddIndexConcurrently if _can(schema_editor) else migrations.AddIndex
        kind.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        kind = AddIndexConcurrently if _can(schema_editor) else migrations.AddIndex
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)


def _can(schema_editor):
    return schema_editor.connection.vendor == "postgresql"


def know_more_words(apps, schema_editor):
    """Count more words than PostgreSQL does by itself; see reader/search/engines/postgresql.py."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        postgresql.know_more_words(cursor)
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")


def without_index(model, name, related_name, on_delete, index):
    """Take the index of a foreign key away, and leave the table as it is.

    Altering the field would have SQLite write the whole table anew.
    """
    field = models.ForeignKey(
        blank=True,
        db_index=False,
        null=True,
        on_delete=on_delete,
        related_name=related_name,
        to="reader.annotation",
    )
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"DROP INDEX IF EXISTS {index}",
                f"CREATE INDEX IF NOT EXISTS {index} ON reader_{model} ({name}_id)",
            )
        ],
        state_operations=[migrations.AlterField(model_name=model, name=name, field=field)],
    )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("reader", "0014_shared_look"),
    ]

    operations = [
        migrations.RunPython(know_more_words, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="annotation", name="annotation_thread"),
        AddIndexBesideWriters(
            model_name="annotation",
            index=models.Index(
                condition=models.Q(("root__isnull", False)),
                fields=["root", "created_at"],
                name="annotation_thread",
            ),
        ),
        AddIndexBesideWriters(
            model_name="annotation",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)),
                fields=["parent"],
                name="annotation_children",
            ),
        ),
        without_index(
            "annotation",
            "parent",
            "children",
            models.deletion.PROTECT,
            "reader_annotation_parent_id_548c1710",
        ),
        without_index(
            "annotation",
            "root",
            "replies",
            models.deletion.PROTECT,
            "reader_annotation_root_id_43e28ba4",
        ),
        without_index(
            "disposition",
            "duplicate_of",
            "duplicates",
            models.deletion.RESTRICT,
            "reader_disposition_duplicate_of_id_b85e5926",
        ),
        AddIndexBesideWriters(
            model_name="disposition",
            index=models.Index(
                condition=models.Q(("duplicate_of__isnull", False)),
                fields=["duplicate_of"],
                name="disposition_duplicates",
            ),
        ),
        AddIndexBesideWriters(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("undoes__isnull", False)),
                fields=["undoes"],
                name="decision_undone",
            ),
        ),
        AddIndexBesideWriters(
            model_name="annotation",
            index=models.Index(
                condition=models.Q(("attention_since__isnull", False)),
                fields=["document", "attention_since"],
                name="annotation_queue_of",
            ),
        ),
        migrations.RemoveIndex(model_name="document", name="document_library"),
        AddIndexBesideWriters(
            model_name="document",
            index=models.Index(
                fields=["-created_at", "-id", "is_published", "current_edition"],
                name="document_library",
            ),
        ),
        AddIndexBesideWriters(
            model_name="document",
            index=models.Index(fields=["language", "is_published"], name="document_languages"),
        ),
    ]
