"""How much what waits weighs, and the order of the queue."""

from importlib import import_module

from django.db import migrations, models

BESIDE = import_module("reader.migrations.0015_large_sites").AddIndexBesideWriters


class Migration(migrations.Migration):
    """Add them while others write."""

    atomic = False

    dependencies = [("reader", "0022_outside_judge")]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="attention_weight",
            field=models.PositiveSmallIntegerField(db_default=2, default=2, editable=False),
        ),
        BESIDE(
            model_name="annotation",
            index=models.Index(
                condition=models.Q(("attention_since__isnull", False)),
                fields=["-attention_weight", "attention_since", "id"],
                name="annotation_queue_order",
            ),
        ),
    ]
