"""Which of the formats a file of annotations is in."""

from datetime import datetime

from reader.text.importers import foreign, hypothesis, webannotation
from reader.text.importers.foreign import Harvest


def read(data: bytes, now: datetime) -> Harvest:
    """The annotations in a file: W3C JSON-LD, ours or anybody's, or Hypothesis's JSON.

    Raises:
        Malformed: it cannot be read, or holds no annotations.
    """
    parsed = foreign.load(data)
    rows = hypothesis.rows_in(parsed)
    if rows is not None:
        return hypothesis.read(rows, now)
    return webannotation.read(parsed, now)
