"""Browsers in which people are signed in, and a way to sign them all out."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reader', '0024_queue_order'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='session_salt',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=32),
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(editable=False, max_length=40, unique=True)),
                ('browser', models.CharField(blank=True, max_length=20, verbose_name='browser')),
                ('system', models.CharField(blank=True, max_length=20, verbose_name='system')),
                ('network', models.CharField(blank=True, max_length=43, verbose_name='network')),
                ('began_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='signed in')),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='last seen')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'sign-in',
                'verbose_name_plural': 'sign-ins',
                'ordering': ['-seen_at', '-pk'],
                'default_permissions': (),
            },
        ),
    ]
