"""manage.py import_document: a file becomes a document with its first edition."""

import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.actions.documents import About, import_document
from reader.actions.errors import Invalid


class Command(BaseCommand):
    """Bring a document in. Running it twice on the same file writes nothing the second time."""

    help = (
        "Make a document from a text file: first line title, then paragraphs between blank lines."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file and what is known about the document."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--slug", default="", help="its address: /d/<slug>/")
        parser.add_argument("--title", default="", help="in place of the file's first line")
        parser.add_argument("--author", default="")
        parser.add_argument("--description", default="")
        parser.add_argument("--language", default="en", help="BCP 47 tag, such as en or kk")
        parser.add_argument("--date", type=datetime.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--rights", default="")
        parser.add_argument("--source-url", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file.

        Raises:
            CommandError: the file cannot be read or saved, with what to do.
        """
        path: Path = options["file"]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}.") from error
        names = About.__dataclass_fields__
        about = About(**{name: options[name] for name in names})
        try:
            edition, is_new = import_document(data=data, name=path.name, about=about)
        except Invalid as error:
            raise CommandError(str(error)) from error
        count = edition.blocks.count()
        where = edition.document.get_absolute_url()
        state = "Imported" if is_new else "Nothing to do, it is there already:"
        self.stdout.write(f"{state} {edition.document.title!r}, {count} blocks, at {where}")
