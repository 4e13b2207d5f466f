"""Indexes for what everybody may know of a document's decisions."""

from importlib import import_module

from django.db import migrations, models

BESIDE = import_module("reader.migrations.0015_large_sites").AddIndexBesideWriters


class Migration(migrations.Migration):
    """Add them while others write."""

    atomic = False

    dependencies = [("reader", "0019_whole_moderation")]

    operations = [
        BESIDE(
            model_name="decision",
            index=models.Index(fields=["document", "-id"], name="decision_of_document"),
        ),
        BESIDE(
            model_name="decision",
            index=models.Index(fields=["document", "reason"], name="decision_reasons"),
        ),
        BESIDE(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("waited__isnull", False)),
                fields=["document", "waited"],
                name="decision_waited",
            ),
        ),
    ]
