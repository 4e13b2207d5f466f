"""Passages of one text carried to another: where did these words go?"""

from reader.text.anchoring.resolving import resolve
from reader.text.anchoring.verdicts import Resolution
from reader.text.selectors import TextPositionSelector, TextQuoteSelector


class Carrier:
    """What became of each passage of ``old`` in ``new``. Compare once, carry many."""

    def __init__(self, old: str, new: str) -> None:
        """Compare the two texts."""
        self.old = old
        self.new = new

    def carry(
        self, quote: TextQuoteSelector | None, position: TextPositionSelector | None = None
    ) -> Resolution:
        """Return where the passage that the selectors name in ``old`` stands in ``new``."""
        return resolve(self.new, quote, position)
