"""Which blocks an annotation stood at before it was moved."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add it; rows that are there need none."""

    dependencies = [("reader", "0025_sign_ins")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="left",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
    ]
