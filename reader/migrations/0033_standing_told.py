"""Reasons for lifting a restriction, and whether somebody has read how their appeal was judged."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F

REASONS = [
    ("spam", "Spam or advertising"),
    ("abuse", "Insult or harassment"),
    ("off_topic", "Not about this text"),
    ("personal_data", "Somebody's personal data"),
    ("illegal", "Against the law"),
    ("rules", "Against the rules of this site"),
    ("other", "Something else"),
    ("mistake", "It was a mistake"),
    ("served", "It has served its purpose"),
    ("amends", "The person has made amends"),
]


def mark_seen(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take what was judged before as read: those people were told by a letter."""
    appeals = apps.get_model("reader", "Appeal").objects.using(editor.connection.alias)
    appeals.exclude(judgement=None).update(seen_at=F("made_at"))


class Migration(migrations.Migration):
    """The choices are Django's alone: the log's table is not touched."""

    dependencies = [("reader", "0031_read_until")]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="seen_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(mark_seen, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="decision",
            name="reason",
            field=models.CharField(
                blank=True, choices=REASONS, max_length=16, verbose_name="reason"
            ),
        ),
        migrations.AlterField(
            model_name="sanction",
            name="reason",
            field=models.CharField(choices=REASONS, max_length=16, verbose_name="reason"),
        ),
    ]
