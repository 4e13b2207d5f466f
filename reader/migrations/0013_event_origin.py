from django.db import migrations, models

import reader.models.activity


class Migration(migrations.Migration):
    dependencies = [("reader", "0012_client_preferences")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="about",
            field=models.JSONField(blank=True, default=reader.models.activity.nothing_else),
        ),
        migrations.AddField(
            model_name="event",
            name="origin",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
