"""Make the index of words anew."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from reader.search import index


class Command(BaseCommand):
    """Make the index anew, after data was put into the database past Postil."""

    help = "Make the search index anew from everything there is."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build it in one transaction: until then the old index answers."""
        began = time.monotonic()
        index.rebuild()
        self.stdout.write(f"The search index was made anew in {time.monotonic() - began:.0f} s.")
