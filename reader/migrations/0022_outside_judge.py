"""What asking an outside judge takes: a secret to sign with, and what is asked."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reader', '0020_decision_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='judge_secret',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='hold',
            name='replaced_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        # Nothing for the database: it knows nothing of choices.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='user',
                    name='kind',
                    field=models.CharField(choices=[('person', 'Person'), ('guest', 'Guest'), ('system', 'System account')], default='person', max_length=8, verbose_name='kind'),
                )
            ],
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('next_attempt_at', models.DateTimeField(blank=True, null=True, verbose_name='next try')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('verdict', models.CharField(blank=True, max_length=8, verbose_name='answer')),
                ('last_error', models.CharField(blank=True, max_length=200, verbose_name='last error')),
                ('annotation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='question', to='reader.annotation')),
            ],
            options={
                'verbose_name': 'question to the outside judge',
                'verbose_name_plural': 'questions to the outside judge',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='question_due')],
            },
        ),
    ]
