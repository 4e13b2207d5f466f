"""Look at whether the moderators' log is what was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.queries import decision_log

MOST_TOLD = 20


class Command(BaseCommand):
    """Tell of every row of the decision log that was altered, is missing or stands elsewhere."""

    help = (
        "Check the moderators' decision log, row by row. Ends with 1 if anything in it is not as"
        " it was written. Note the hash that it prints, outside of this machine: with --expect it"
        " shows later that not even the whole log was written anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a hash that was noted earlier."""
        what = "a hash noted earlier, or a seal from the public record"
        parser.add_argument("--expect", default="", metavar="HASH", help=what)

    def handle(self, **options: Any) -> None:
        """Check, and say what was found.

        Raises:
            CommandError: the log is not as it was written.
        """
        count = 0
        for count, fault in enumerate(decision_log.faults(options["expect"]), 1):
            if count <= MOST_TOLD:
                self.stderr.write(str(fault))
        if count:
            raise CommandError(f"{count:,} faults. Compare with a backup.")
        end = decision_log.head()
        self.stdout.write(
            f"The log is unbroken: {end.count:,} rows, the newest is {end.hash or '-'}"
        )
