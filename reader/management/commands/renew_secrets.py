"""Take leave of an earlier secret key."""

from typing import Any

from django.core.management.base import BaseCommand

from reader.actions.factors import renew_secrets


class Command(BaseCommand):
    """Encrypt the secrets of one-time and recovery codes by the key of now."""

    help = (
        "Encrypt the secrets of one-time codes and recovery codes by POSTIL_SECRET_KEY. Run it"
        " after a change of the key, before the earlier one leaves POSTIL_SECRET_KEY_FALLBACKS."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how many there were."""
        renewed, lost = renew_secrets()
        self.stdout.write(f"Encrypted by the key of now: {renewed}.")
        if lost:
            self.stderr.write(
                f"No key of this site reads {lost}: their owners sign in with a passkey, or ask for"
                " manage.py forget_factors."
            )
