"""manage.py restore: a backup becomes the site."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from reader.management.archives import SECRET_KEY, Unusable
from reader.management.restores import restore


class Command(BaseCommand):
    """Restore a backup; what was there is overwritten by nothing, and kept aside if asked."""

    help = (
        "Put a backup in place of the site, which must be stopped. Without --replace only where "
        "there is nothing yet. It is compared with its manifest, row by row, and brought up to "
        "date before it is put in place."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what is restored, and whether in place of something."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="also where there is a site, which is kept aside"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore it, and say what became of the old site.

        Raises:
            CommandError: it cannot be done; one sentence says why.
        """
        try:
            done = restore(options["file"].absolute(), replace=options["replace"])
        except (Unusable, DatabaseError, OSError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        made = done.manifest
        rows = sum(count for count, _digest in made.tables.values())
        self.stdout.write(
            f"Restored: {rows} rows in {len(made.tables)} tables, as of {made.made_at}, the same "
            "as when they were backed up."
        )
        if done.migrated:
            self.stdout.write(f"They were Postil {made.postil}'s, and were brought up to date.")
        if done.aside:
            self.stdout.write(f"What was there before is kept: {done.aside}")
        if SECRET_KEY not in made.files:
            self.stdout.write("The secret key was not in it: without it everybody signs in anew.")
