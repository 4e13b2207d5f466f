"""Read marks go by the number of the newest annotation, and by no clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the number; marks that are there go by their time."""

    dependencies = [("reader", "0030_event_left")]

    operations = [
        migrations.AddField(
            model_name="readmark",
            name="until",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
    ]
