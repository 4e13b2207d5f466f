"""manage.py make_fixtures: fixtures/ made anew from seeds/."""

import datetime
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import serializers
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from reader import models
from reader.actions.demo import answer_suggestions, load_discussion
from reader.actions.demo_review import review_discussion
from reader.actions.documents import About, import_document
from reader.actions.editions import add_draft, publish_edition
from reader.actions.people import set_up_roles

SPEECH = About(
    slug="address-january-2022",
    author="Kassym-Jomart Tokayev",
    description="A televised address of January 2022, in the English text as published.",
    language="en",
    date=datetime.date(2022, 1, 7),
    rights="Public statement of a head of state, reproduced with its slips.",
)
CORRECTED_LABEL = "Corrected transcript"
CORRECTED_NOTE = (
    "Joined words are parted and missing words put in; a few commas. The slips stay in edition 1."
)
MADE_AT = datetime.datetime(2026, 9, 1, 8, tzinfo=datetime.UTC)
CORRECTED_AT = datetime.datetime(2026, 11, 15, 8, tzinfo=datetime.UTC)
PUBLISHED_AT = datetime.datetime(2026, 11, 16, 8, tzinfo=datetime.UTC)
LIBRARY: list[Any] = [models.Document, models.Edition, models.Block]
DEMO: list[Any] = [
    models.Document,
    models.User,
    models.DocumentRole,
    models.Tag,
    models.Annotation,
    models.AnnotationRevision,
    models.Anchor,
    models.Disposition,
    models.Reaction,
    models.Notification,
    models.ReviewVisit,
    models.Flag,
    models.Decision,
    models.LogHead,
    models.ReadMark,
    models.Event,
]


class Command(BaseCommand):
    """Build the library and the demo discussion in a scratch database and write both down."""

    help = "Renew fixtures/library.json and fixtures/demo.json from seeds/."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where to write, and the flag of the inner run."""
        parser.add_argument("--into", type=Path, default=settings.BASE_DIR / "fixtures")
        parser.add_argument("--here", action="store_true", help="build in the present database")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build here, or start the inner run on a scratch database."""
        into: Path = options["into"]
        if options["here"]:
            build(into)
            return
        with tempfile.TemporaryDirectory() as folder:
            scratch = {"POSTIL_DATA_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/scratch.db"}
            command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "make_fixtures"]
            inner = [*command, "--here", "--into", str(into.resolve())]
            subprocess.run(inner, check=True, env={**os.environ, **scratch})  # noqa: S603 -- our own command
        self.stdout.write(f"Written: {into / 'library.json'}, {into / 'demo.json'}")


def build(into: Path) -> None:
    """Migrate the (empty) database, fill it from seeds/ and write the fixtures."""
    call_command("migrate", verbosity=0)
    set_up_roles()
    seeds = settings.BASE_DIR / "seeds"
    speech = seeds / "transcript.txt"
    edition, _is_new = import_document(data=speech.read_bytes(), name=speech.name, about=SPEECH)
    models.Edition.objects.update(created_at=MADE_AT, published_at=MADE_AT)
    models.Document.objects.update(created_at=MADE_AT)
    models.Event.objects.update(at=MADE_AT)
    source = tomllib.loads((seeds / "discussion.toml").read_text(encoding="utf-8"))
    load_discussion(edition.document, source)
    publish_corrected(edition.document, source)
    review_discussion(edition.document, source)
    number = models.Document.objects.get().last_event
    models.Document.objects.update(last_event=models.Edition.objects.count())
    write(into / "library.json", LIBRARY)
    models.Document.objects.update(last_event=number)
    write(into / "demo.json", DEMO)


def publish_corrected(document: models.Document, source: dict[str, Any]) -> None:
    """Publish the corrected speech over the discussion, its suggestions answered before."""
    corrected = settings.BASE_DIR / "seeds" / "corrected.txt"
    data = corrected.read_bytes()
    draft = add_draft(
        editor=None,
        document=document,
        data=data,
        name=corrected.name,
        label=CORRECTED_LABEL,
        note=CORRECTED_NOTE,
    )
    answer_suggestions(document, source)
    publish_edition(editor=None, edition=draft)
    models.Edition.objects.filter(pk=draft.pk).update(
        created_at=CORRECTED_AT, published_at=PUBLISHED_AT
    )
    decided = models.Anchor.objects.filter(edition=draft, decided_at__isnull=False)
    decided.update(decided_at=PUBLISHED_AT)
    models.Event.objects.filter(name="edition.published", subject="2").update(at=PUBLISHED_AT)


def write(path: Path, tables: list[Any]) -> None:
    """Write the tables' rows, one per line, so that a change shows as a small difference."""
    path.parent.mkdir(exist_ok=True)
    rows = [row for table in tables for row in table.objects.order_by("pk")]
    plain = serializers.serialize("python", rows, use_natural_foreign_keys=True)
    encoder = DjangoJSONEncoder
    lines = [json.dumps(row, cls=encoder, ensure_ascii=False) for row in plain]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
