"""Find anew which threads are form letters."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.actions.campaign_places import rebuild_campaigns
from reader.models import Document


class Command(BaseCommand):
    """Do it after data was put into the database past Postil."""

    help = "Find anew which threads of documents say nearly the same in nearly the same words."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which documents."""
        parser.add_argument("slugs", nargs="*", help="of documents; all when none is named")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the documents, each in a transaction of its own."""
        documents = Document.objects.order_by("slug")
        if options["slugs"]:
            documents = documents.filter(slug__in=options["slugs"])
            if unknown := set(options["slugs"]) - {one.slug for one in documents}:
                raise CommandError(f"There is no document {', '.join(sorted(unknown))}.")
        for document in documents:
            began = time.monotonic()
            count = rebuild_campaigns(document)
            took = time.monotonic() - began
            self.stdout.write(f"{document.slug}: {count} campaigns, {took:.0f} s")
