"""When a notification went into a letter, so that no letter tells of it twice."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies: ClassVar = [("reader", "0006_search")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="notification",
            name="mailed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
