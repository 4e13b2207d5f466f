"""Alignment: which characters of one text are which characters of another.

Works for a whole revision: paragraphs that moved, were split or merged, sentences that moved,
words that changed. See :mod:`reader.text.alignment.matching` for how.
"""

from reader.text.alignment.aligning import align
from reader.text.alignment.runs import Alignment, Run

__all__ = ["Alignment", "Run", "align"]
