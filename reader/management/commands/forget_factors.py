"""Let somebody in again who has lost their passkeys, their app and their recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.actions.factors import forget_factors
from reader.models import User


class Command(BaseCommand):
    """Take somebody's second step away."""

    help = (
        "Delete somebody's passkeys, one-time codes and recovery codes, and sign them out"
        " everywhere. They then sign in with the password alone, and set up a new second step."
        " Make sure first that it is them who asks: not by mail alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a username."""
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what is gone.

        Raises:
            CommandError: nobody is called so.
        """
        name = options["username"]
        person = User.objects.filter(username=name.lower(), kind=User.Kind.PERSON).first()
        if person is None:
            raise CommandError(f"Nobody is called {name}.")
        count = forget_factors(person=person)
        self.stdout.write(f"Forgotten: {count} of {person.username}, who is signed out everywhere.")
