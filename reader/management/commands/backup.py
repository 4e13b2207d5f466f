"""manage.py backup: a consistent copy of the site in one file, while it is being written to."""

import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from reader.management.archives import SECRET_KEY, Unusable
from reader.management.backups import back_up


class Command(BaseCommand):
    """Write a backup, which nobody but its owner can read."""

    help = (
        "Copy the site as of one moment into one file, while it runs: the database, and the secret "
        "key if it is kept in the data folder. The file is there whole or not at all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where to, and whether the key goes along."""
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            help="default: postil-<date>-<time>.tar.gz in POSTIL_BACKUP_DIR, or here",
        )
        parser.add_argument(
            "--without-key", action="store_true", help="leave the secret key out of it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say what is in it.

        Raises:
            CommandError: there is none; one sentence says why.
        """
        now = datetime.datetime.now(datetime.UTC)
        usual = Path(settings.BACKUP_DIR or ".") / f"postil-{now:%Y-%m-%d-%H%M%S}.tar.gz"
        path = (options["file"] or usual).absolute()
        try:
            made = back_up(path, with_key=not options["without_key"])
        except (Unusable, DatabaseError, OSError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        rows = sum(count for count, _digest in made.tables.values())
        size = path.stat().st_size / 1_000_000
        self.stdout.write(f"{path}: {rows} rows in {len(made.tables)} tables, {size:.1f} MB.")
        if SECRET_KEY in made.files:
            self.stdout.write("The secret key is in it: keep it where only you can read it.")
        else:
            self.stdout.write("The secret key is not in it: keep that too.")
