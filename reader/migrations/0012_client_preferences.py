"""What clients remember of somebody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add a table for it."""

    dependencies = [("reader", "0011_for_group")]  # noqa: RUF012 -- Django's own form

    operations = [  # noqa: RUF012 -- Django's own form
        migrations.CreateModel(
            name="ClientPreferences",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="client_preferences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "preferences in a client",
                "verbose_name_plural": "preferences in clients",
            },
        ),
    ]
