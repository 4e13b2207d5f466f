"""What was reported, decided or worded for a group stays the group's; the log keeps its seal."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F, OuterRef, Subquery

SQLITE = """CREATE TRIGGER decision_no_regroup BEFORE UPDATE OF for_group
ON reader_decision BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END"""
POSTGRESQL = """CREATE TRIGGER decision_no_regroup BEFORE UPDATE OF for_group
ON reader_decision FOR EACH ROW EXECUTE FUNCTION decision_refuse()"""


def add_trigger(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Let nobody change for which group something was decided."""
    editor.execute(POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE)


def drop_trigger(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the trigger away again."""
    on = " ON reader_decision" if editor.connection.vendor == "postgresql" else ""
    editor.execute(f"DROP TRIGGER decision_no_regroup{on}")


def name_groups(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Say of earlier wordings and reports of what is in a group that they are the group's."""
    annotations = apps.get_model("reader", "Annotation").objects.filter(pk=OuterRef("annotation"))
    for name in ("AnnotationRevision", "Flag"):
        rows = apps.get_model("reader", name).objects
        in_groups = rows.filter(annotation__group__isnull=False)
        in_groups.update(for_group=Subquery(annotations.values(group_pk=F("group"))))


class Migration(migrations.Migration):
    """Add for_group to reports, decisions and earlier wordings."""

    dependencies = [("reader", "0010_webhook_subject")]  # noqa: RUF012 -- Django's own form

    operations = [  # noqa: RUF012 -- Django's own form
        *(
            migrations.AddField(
                model_name=name,
                name="for_group",
                field=models.BigIntegerField(blank=True, editable=False, null=True),
            )
            for name in ("annotationrevision", "decision", "flag")
        ),
        migrations.RunPython(name_groups, migrations.RunPython.noop),
        migrations.RunPython(add_trigger, drop_trigger),
    ]
