"""manage.py import_document: a file becomes a document, or the next edition of one."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.actions.documents import About, import_document
from reader.actions.drafting import blocks_as_text
from reader.actions.editions import add_draft, publish_edition
from reader.actions.errors import Invalid
from reader.models import Document, Edition
from reader.queries import carrying
from reader.text.anchoring import Verdict
from reader.text.diff import Change, compare_blocks

OUTCOMES = {
    Verdict.EXACT: "stay on their words",
    Verdict.MOVED: "move with their words",
    Verdict.FUZZY: "stay where words changed",
    Verdict.CONFIRMED: "stand where an editor said",
    Verdict.ORPHANED: "lose their passage",
}


class Command(BaseCommand):
    """Bring a document or an edition in. The same document file twice writes nothing more."""

    help = (
        "Make a document from a text file: first line title, then paragraphs between blank lines. "
        "With --edition, make a draft of the next edition of the document at --slug."
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
        editions = parser.add_argument_group("another edition of a document")
        editions.add_argument(
            "--edition", action="store_true", help="the file is the next edition's text"
        )
        editions.add_argument("--label", default="", help="what the edition is called")
        editions.add_argument("--note", default="", help="what readers should know about it")
        editions.add_argument("--replace", action="store_true", help="replace the present draft")
        editions.add_argument("--publish", action="store_true", help="publish it at once")

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
        try:
            if options["edition"]:
                self.add_edition(data, path.name, options)
            else:
                self.add_document(data, path.name, options)
        except Invalid as error:
            raise CommandError(str(error)) from error

    def add_document(self, data: bytes, name: str, options: dict[str, Any]) -> None:
        """Make a document with its first edition.

        Raises:
            Invalid: it cannot be done.
            CommandError: an option is given that only another edition has.
        """
        given = [key for key in ("label", "note", "replace", "publish") if options[key]]
        if given:
            raise CommandError(f"--{given[0]} goes with --edition.")
        about = About(**{name: options[name] for name in About.__dataclass_fields__})
        edition, is_new = import_document(data=data, name=name, about=about)
        count = edition.blocks.count()
        where = edition.document.get_absolute_url()
        state = "Imported" if is_new else "Nothing to do, it is there already:"
        self.stdout.write(f"{state} {edition.document.title!r}, {count} blocks, at {where}")

    def add_edition(self, data: bytes, name: str, options: dict[str, Any]) -> None:
        """Make a draft of the next edition, say what it would change, and publish it if asked to.

        Raises:
            Invalid: it cannot be done.
            CommandError: there is no such document.
        """
        found = Document.objects.filter(slug=options["slug"]).select_related("current_edition")
        document = found.first()
        if document is None:
            slugs = ", ".join(Document.objects.order_by("slug").values_list("slug", flat=True)[:20])
            raise CommandError(f"Name the document with --slug; there are: {slugs or 'none'}.")
        draft = add_draft(
            editor=None,
            document=document,
            data=data,
            name=name,
            label=options["label"],
            note=options["note"],
            replace=options["replace"],
        )
        where = draft.get_absolute_url()
        self.stdout.write(f"Edition {draft.number} of {document.title!r} is a draft at {where}")
        self.tell_difference(draft)
        self.tell_plan(draft)
        if not options["publish"]:
            self.stdout.write("Readers see nothing of it until an editor publishes it.")
            return
        publish_edition(editor=None, edition=draft, progress=self.tell_progress)
        self.stdout.write(f"Published: {document.get_absolute_url()} reads edition {draft.number}.")

    def tell_difference(self, draft: Edition) -> None:
        """Print what became of the paragraphs."""
        if draft.based_on is None:
            return
        rows = compare_blocks(blocks_as_text(draft.based_on), blocks_as_text(draft))
        counted = [(sum(row.change is change for row in rows), str(change)) for change in Change]
        self.stdout.write(f"Paragraphs: {_listed(counted)}.")

    def tell_plan(self, draft: Edition) -> None:
        """Print what publishing does to the annotations, private ones counted with the others."""
        planned = carrying.plan(draft)
        verdicts = [one.resolution.verdict for one in planned.carried.values()]
        counted = [(verdicts.count(verdict), words) for verdict, words in OUTCOMES.items()]
        self.stdout.write(f"Annotations: {_listed(counted)}.")

    def tell_progress(self, done: int, total: int) -> None:
        """Print how far publishing is, on one line."""
        self.stderr.write(f"\r{done} of {total} annotations", ending="" if done < total else "\n")


def _listed(counted: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{count} {what}" for count, what in counted if count) or "none"
