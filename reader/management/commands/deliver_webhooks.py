"""manage.py deliver_webhooks: send what webhooks are to be told. ``start`` does it by itself."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reader.actions.forgetting import forget_all_old
from reader.actions.judging import ask_all_due
from reader.actions.webhooks import deliver_all_due
from reader.management.webhook_worker import Courier, end_with


class Command(BaseCommand):
    """Send what is due, once or for as long as it runs. Several at a time do no harm."""

    help = "Send what is due to webhooks, ask outside judges. --watch goes on until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare whether to go on."""
        parser.add_argument("--watch", action="store_true", help="go on until stopped")
        parser.add_argument("--parent", type=int, help="end when this process, its parent, is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say how many messages arrived; those that failed are tried again later."""
        if options["parent"]:
            end_with(options["parent"])
        if options["watch"]:
            courier = Courier()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: courier.stopped.set())
            courier.run()
            return
        taken, failed = deliver_all_due()
        self.stdout.write(f"{taken} delivered, {failed} failed")
        answered, silent = ask_all_due()
        if answered or silent:
            self.stdout.write(f"{answered} judged, {silent} left to the moderators")
        forgotten = {kind: number for kind, number in forget_all_old().items() if number}
        if forgotten:
            told = ", ".join(f"{number} {kind}" for kind, number in forgotten.items())
            self.stdout.write(f"forgotten: {told}")
