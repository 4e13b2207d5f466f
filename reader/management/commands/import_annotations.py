"""manage.py import_annotations: annotations from a file, brought in or restored."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.actions.errors import Invalid
from reader.actions.importing import bring_in
from reader.actions.restoring import restore
from reader.models import Document

SHOWN = 20


class Command(BaseCommand):
    """Bring annotations in as notes by guests, or put an export of this site back as it was."""

    help = (
        "Import W3C JSON-LD or Hypothesis's JSON into a document: public, by named guests. "
        "With --restore, put back a JSON-LD export of Postil with authors, dates and decisions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the document, the file, and which of the two ways."""
        parser.add_argument("slug", help="the document's address: /d/<slug>/")
        parser.add_argument("file", type=Path)
        parser.add_argument("--restore", action="store_true", help="put it back as it was")
        parser.add_argument(
            "--with-groups", action="store_true", help="also what was shared with a group only"
        )
        parser.add_argument("--try", dest="only_try", action="store_true", help="save nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file, whole or not at all.

        Raises:
            CommandError: there is no such document, or the file cannot be read.
        """
        document = Document.objects.select_related("current_edition").filter(slug=options["slug"])
        found = document.first()
        if found is None:
            raise CommandError(f"There is no document {options['slug']}.")
        if options["restore"] and (options["with_groups"] or options["only_try"]):
            raise CommandError("--restore goes without --with-groups and --try.")
        path: Path = options["file"]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}.") from error
        try:
            if options["restore"]:
                self.restore(found, data)
            else:
                self.bring_in(found, data, options)
        except Invalid as error:
            raise CommandError(f"{error} Nothing was saved.") from error

    def restore(self, document: Document, data: bytes) -> None:
        """Put an export back, and say what became of it."""
        result = restore(document=document, data=data, progress=self.tell_progress)
        self.stdout.write(
            f"{result.saved} restored, {result.known} were there, {len(result.refused)} refused."
        )
        for name, reason in result.refused[:SHOWN]:
            self.stdout.write(f"  refused {name}: {reason}")
        for warning in result.warnings[:SHOWN]:
            self.stdout.write(f"  {warning}")

    def bring_in(self, document: Document, data: bytes, options: dict[str, Any]) -> None:
        """Bring annotations in, and say what became of them."""
        report = bring_in(
            editor=None,
            document=document,
            data=data,
            with_groups=options["with_groups"],
            only_try=options["only_try"],
        )
        come = "would come in" if options["only_try"] else "came in"
        self.stdout.write(
            f"{report.saved} {come} ({report.replies} replies), {report.known} were there, "
            f"{report.elsewhere} stand elsewhere, {report.orphans} found no place, "
            f"{report.cleaned} lost something, {report.refused.total()} refused."
        )
        for reason, count in report.refused.most_common():
            self.stdout.write(f"  {count} refused: {reason} (such as {report.examples[reason]})")

    def tell_progress(self, done: int, total: int) -> None:
        """Print how far it is, on one line."""
        self.stderr.write(f"\r{done} of {total} annotations", ending="" if done < total else "\n")
