"""manage.py start: everything a site needs, then the server."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from reader.actions.demo import PASSWORD, SIGN_INS
from reader.management import preparation
from reader.management.running import InUse, running
from reader.management.server import AddressError, check_address, serve
from reader.management.webhook_worker import courier_beside
from reader.models import User


class Command(BaseCommand):
    """Prepare the site (a second time there is nothing to do) and serve it."""

    help = "Prepare the database and the static files, then serve. --demo adds the demo library."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where to listen, and whether this is a demonstration."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--demo", action="store_true", help="load the speech, demo people and their discussion"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare and serve.

        Raises:
            CommandError: one sentence for whatever stands in the way.
        """
        try:
            with running(settings.DATA_DIR):
                self.run(options["host"], options["port"], demo=options["demo"])
        except InUse as error:
            raise CommandError("A backup is being restored: start when it is done.") from error

    def run(self, host: str, port: int, *, demo: bool) -> None:
        """Do it while nothing is being restored.

        Raises:
            CommandError: as above.
        """
        try:
            check_address(host, port)
            self.prepare(demo=demo)
        except (AddressError, preparation.NotReady) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database does not answer as it should: {error}") from error
        with courier_beside():
            serve(host, port, lambda: self.greet(f"http://{host}:{port}"))

    def prepare(self, *, demo: bool) -> None:
        """Do what has not been done yet, saying what."""
        if preparation.migrate():
            self.stdout.write("The database is up to date.")
        if preparation.collect_static():
            self.stdout.write("The static files are hashed and compressed.")
        if demo and preparation.load_demo():
            self.stdout.write("The demo library is loaded.")

    def greet(self, address: str) -> None:
        """Print where the site is and who may sign in."""
        self.stdout.write(f"\nPostil is at {address}  (Ctrl-C stops it)")
        demo = User.objects.filter(is_demo=True, username__in=SIGN_INS)
        present = [
            name for name in SIGN_INS if name in set(demo.values_list("username", flat=True))
        ]
        if present:
            self.stdout.write(f"Demo sign-ins, password “{PASSWORD}”: {', '.join(present)}")
            self.stdout.write(f"Moderators work at {address}/admin/")
        elif not User.objects.filter(is_superuser=True).exists():
            self.stdout.write(
                "Nobody administers this site yet. Make the first administrator with:\n"
                "  .venv/bin/python manage.py createsuperuser\n"
                "and bring in a document with:\n"
                "  .venv/bin/python manage.py import_document FILE"
            )
        if settings.DEBUG:
            self.stdout.write("Debugging is on: never do that on a public address.")
        self.stdout.flush()
