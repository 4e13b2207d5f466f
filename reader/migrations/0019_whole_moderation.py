"""Appeals, restrictions, rules, checks, and a decision log that tells of all of them.

The log's triggers are taken away while its table is remade, and put back with its new columns.
"""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count, OuterRef, Subquery


BEFORE = import_module("reader.migrations.0002_decision_log_is_append_only")
BEFORE_GROUPS = import_module("reader.migrations.0011_for_group")
NEW = (
    "for_group",
    "document_number",
    "person_number",
    "actor_number",
    "rule",
    "until",
    "judges_id",
    "waited",
    "chain_format",
)
LINKS = (*BEFORE.LINKS, "document_id", "person_id")


def statements(vendor: str) -> list[str]:
    """Return what makes the triggers, for all columns that the log has now."""
    columns = ", ".join(f'"{name}"' for name in (*BEFORE.LASTING, *NEW))
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    relinked = " OR ".join(
        f"(NEW.{name} IS NOT NULL AND NEW.{name} {differs} OLD.{name})" for name in LINKS
    )
    made = BEFORE.POSTGRESQL if vendor == "postgresql" else BEFORE.SQLITE
    former = BEFORE._POSTGRESQL_RELINKED if vendor == "postgresql" else BEFORE._SQLITE_RELINKED
    return [one.replace(BEFORE._COLUMNS, columns).replace(former, relinked) for one in made]


def drop_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away, while the table is remade."""
    BEFORE.drop_triggers(apps, editor)


def drop_former(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away that there were until now."""
    BEFORE_GROUPS.drop_trigger(apps, editor)
    BEFORE.drop_triggers(apps, editor)


def add_former(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put the former triggers back."""
    BEFORE.add_triggers(apps, editor)
    BEFORE_GROUPS.add_trigger(apps, editor)


def add_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add the triggers in the words of the database at hand."""
    for statement in statements(editor.connection.vendor):
        editor.execute(statement)


def tell_of_former_rows(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Say of each row how it was sealed and in which document it was, and where the log ends."""
    decisions = apps.get_model("reader", "Decision").objects
    annotations = apps.get_model("reader", "Annotation").objects
    place = annotations.filter(pk=OuterRef("annotation")).values("document")
    decisions.filter(annotation__isnull=False).update(document=Subquery(place))
    newest, row = decisions.order_by("-pk").values_list("hash", "pk").first() or ("", 0)
    count = decisions.aggregate(count=Count("pk"))["count"]
    if count:
        apps.get_model("reader", "LogHead").objects.create(pk=1, row=row, count=count, hash=newest)
    if editor.connection.vendor == "postgresql":
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else there is no touching the table


class Migration(migrations.Migration):
    """Moderation with all that belongs to it."""

    dependencies = [("reader", "0016_caches_without_a_log")]

    operations = [
        migrations.RunPython(drop_former, add_former),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.CharField(max_length=2000, verbose_name="why")),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="made"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for another moderator"),
                            ("upheld", "The decision was upheld"),
                            ("changed", "The decision was changed"),
                            ("sent_back", "Sent back with words"),
                        ],
                        default="open",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "appeal",
                "verbose_name_plural": "appeals",
                "ordering": ["made_at", "pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "claim",
                "verbose_name_plural": "claims",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="HiddenPerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="since"
                    ),
                ),
            ],
            options={
                "verbose_name": "hidden person",
                "verbose_name_plural": "hidden people",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("check_name", models.CharField(max_length=20, verbose_name="check")),
                ("why", models.CharField(max_length=300, verbose_name="why")),
                ("weight", models.PositiveSmallIntegerField(default=1, verbose_name="weight")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "ordering": ["annotation", "pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="LogHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.BigIntegerField(default=0)),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("hash", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name": "end of the decision log",
                "verbose_name_plural": "ends of the decision log",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1, verbose_name="number")),
                ("title", models.CharField(max_length=120, verbose_name="rule")),
                (
                    "words",
                    models.CharField(blank=True, max_length=500, verbose_name="what it means"),
                ),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
            ],
            options={
                "verbose_name": "rule",
                "verbose_name_plural": "rules",
                "ordering": ["document", "position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Sanction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("good", "In good standing"),
                            ("warned", "Warned"),
                            ("limited", "What they write is reviewed first"),
                            ("suspended", "Suspended: they may read and not write"),
                            ("closed", "Closed: they may read, and take their words along"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("spam", "Spam or advertising"),
                            ("abuse", "Insult or harassment"),
                            ("off_topic", "Not about this text"),
                            ("personal_data", "Somebody's personal data"),
                            ("illegal", "Against the law"),
                            ("rules", "Against the rules of this site"),
                            ("other", "Something else"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="words to the person"
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                (
                    "seen_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="seen"
                    ),
                ),
                (
                    "lifted_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="lifted"
                    ),
                ),
            ],
            options={
                "verbose_name": "restriction",
                "verbose_name_plural": "restrictions",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="WordList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("language", models.CharField(blank=True, max_length=8, verbose_name="language")),
                (
                    "words",
                    models.TextField(
                        help_text="One a line; * stands for any ending.", verbose_name="words"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "word list",
                "verbose_name_plural": "word lists",
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="chain_format",
            field=models.PositiveSmallIntegerField(db_default=1, editable=False),
        ),
        migrations.AddField(
            model_name="decision",
            name="document",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="reader.document",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="judges",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judged_by",
                to="reader.decision",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="decisions_about",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="person_number",
            field=models.BigIntegerField(editable=False, null=True, verbose_name="account"),
        ),
        migrations.AddField(
            model_name="decision",
            name="document_number",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="actor_number",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="rule",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=120, verbose_name="rule"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="until"),
        ),
        migrations.AddField(
            model_name="decision",
            name="waited",
            field=models.PositiveBigIntegerField(
                blank=True, null=True, verbose_name="seconds waited"
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="checks",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Their names, with spaces between them.",
                max_length=200,
                verbose_name="checks before publication",
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="judge_url",
            field=models.URLField(
                blank=True,
                db_default="",
                default="",
                help_text="Asked about each text that is held; it may approve or deny.",
                verbose_name="outside judge",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="standing",
            field=models.CharField(
                choices=[
                    ("good", "In good standing"),
                    ("warned", "Warned"),
                    ("limited", "What they write is reviewed first"),
                    ("suspended", "Suspended: they may read and not write"),
                    ("closed", "Closed: they may read, and take their words along"),
                ],
                db_default="good",
                default="good",
                editable=False,
                max_length=12,
                verbose_name="standing",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="standing_until",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="until"
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="act",
            field=models.CharField(
                choices=[
                    ("approve", "Approved"),
                    ("deny", "Denied"),
                    ("spam", "Marked as spam"),
                    ("undo", "Undone"),
                    ("warn", "Warned"),
                    ("limit", "Limited to reviewed posting"),
                    ("suspend", "Suspended"),
                    ("close", "Account closed"),
                    ("lift", "Restriction lifted"),
                    ("uphold", "Upheld on appeal"),
                    ("change", "Changed on appeal"),
                    ("send_back", "Sent back on appeal"),
                ],
                max_length=12,
                verbose_name="act",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="after",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting for review"),
                    ("approved", "Approved"),
                    ("denied", "Denied"),
                    ("spam", "Spam"),
                    ("good", "In good standing"),
                    ("warned", "Warned"),
                    ("limited", "What they write is reviewed first"),
                    ("suspended", "Suspended: they may read and not write"),
                    ("closed", "Closed: they may read, and take their words along"),
                ],
                max_length=12,
                verbose_name="after",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="annotation_uid",
            field=models.CharField(blank=True, max_length=22, verbose_name="annotation"),
        ),
        migrations.AlterField(
            model_name="decision",
            name="before",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting for review"),
                    ("approved", "Approved"),
                    ("denied", "Denied"),
                    ("spam", "Spam"),
                    ("good", "In good standing"),
                    ("warned", "Warned"),
                    ("limited", "What they write is reviewed first"),
                    ("suspended", "Suspended: they may read and not write"),
                    ("closed", "Closed: they may read, and take their words along"),
                ],
                max_length=12,
                verbose_name="before",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="version",
            field=models.PositiveIntegerField(default=0, verbose_name="version decided on"),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("replied", "replied"),
                    ("decided", "decided"),
                    ("reopened", "reopened"),
                    ("assigned", "assigned"),
                    ("held", "held for review"),
                    ("moderated", "decided on by a moderator"),
                    ("report", "your report was answered"),
                    ("appeal", "your appeal was judged"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="appellant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="appeals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="decision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeals",
                to="reader.decision",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="judgement",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal_judged",
                to="reader.decision",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="annotation",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="claim",
                to="reader.annotation",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="moderator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="claims",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hiddenperson",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hiddenperson",
            name="viewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hidden_people",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="annotation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="holds",
                to="reader.annotation",
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rules",
                to="reader.document",
            ),
        ),
        migrations.AddField(
            model_name="sanction",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sanction",
                to="reader.decision",
            ),
        ),
        migrations.AddField(
            model_name="sanction",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sanctions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["made_at"], name="appeal_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                fields=("decision", "appellant"), name="appeal_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("judgement__isnull", True), ("state", "open")),
                    models.Q(
                        models.Q(("state", "open"), _negated=True), ("judgement__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="appeal_judged_or_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="hiddenperson",
            constraint=models.UniqueConstraint(fields=("viewer", "person"), name="hidden_once"),
        ),
        migrations.AddConstraint(
            model_name="hiddenperson",
            constraint=models.CheckConstraint(
                condition=models.Q(("viewer", models.F("person")), _negated=True),
                name="hidden_is_another",
            ),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(fields=["person", "-id"], name="sanction_of_person"),
        ),
        migrations.RunPython(tell_of_former_rows, migrations.RunPython.noop),
        migrations.RunPython(add_triggers, drop_triggers),
    ]
