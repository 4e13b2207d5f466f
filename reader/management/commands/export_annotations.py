"""manage.py export_annotations: a document with its annotations as a file."""

import sys
from pathlib import Path
from typing import Any, TextIO

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.models import Document, Edition, User
from reader.policy import Viewer
from reader.queries import exporting
from reader.queries.documents import find_document
from reader.queries.editions import find_edition
from reader.text.exporters import FORMATS


class Command(BaseCommand):
    """Write what somebody may see of a document; without a name, what everybody may."""

    help = "Export a document with its annotations, as HTML, Markdown, W3C JSON-LD or TEI."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the document, the format, and whose eyes to see it with."""
        parser.add_argument("slug", help="the document's address: /d/<slug>/")
        parser.add_argument("--format", choices=sorted(FORMATS), default="jsonld")
        parser.add_argument("--as", dest="username", default="", help="whose permissions to use")
        parser.add_argument("--edition", type=int, help="its number; the current one without it")
        parser.add_argument("--output", type=Path, help="a file; standard output without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the export. A file gets its name once it is whole.

        Raises:
            CommandError: there is no such document, edition or person, or it cannot be written.
        """
        viewer = self.viewer(options["username"])
        try:
            document = find_document(viewer, options["slug"])
            edition = find_edition(viewer, document, options["edition"])
        except (Document.DoesNotExist, Edition.DoesNotExist) as error:
            raise CommandError("There is no such document or edition for this person.") from error
        edition.document = document
        output: Path | None = options["output"]
        if output is None:
            self.write(sys.stdout, viewer, edition, options["format"])
            return
        unfinished = output.with_name(f"{output.name}.part")
        try:
            with unfinished.open("w", encoding="utf-8", newline="\n") as file:
                self.write(file, viewer, edition, options["format"])
            unfinished.replace(output)
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error.strerror}.") from error

    def viewer(self, username: str) -> Viewer:
        """Return whose permissions to use.

        Raises:
            CommandError: there is nobody of that name.
        """
        if not username:
            return AnonymousUser()
        found = User.objects.filter(username=username).first()
        if found is None:
            raise CommandError(f"There is nobody called {username}.")
        return found

    def write(self, file: TextIO, viewer: Viewer, edition: Edition, name: str) -> None:
        """Write the export piece by piece."""
        chosen = FORMATS[name]
        placed = exporting.layout(viewer, edition, everything=chosen.everything)
        for piece in exporting.stream(viewer, edition, chosen, placed, self.tell_progress):
            file.write(piece)

    def tell_progress(self, done: int, total: int) -> None:
        """Print how far it is, on one line."""
        self.stderr.write(f"\r{done} of {total} threads", ending="" if done < total else "\n")
