"""Exporters: a text and what was written about it, as a stream of text in one format each.

Nothing here asks who may read what: the records that come in hold only that.
"""

from reader.text.exporters.formats import FORMATS, Format
from reader.text.exporters.records import (
    Mark,
    Note,
    Person,
    Revision,
    Ruling,
    Section,
    Spot,
    Work,
)

__all__ = [
    "FORMATS",
    "Format",
    "Mark",
    "Note",
    "Person",
    "Revision",
    "Ruling",
    "Section",
    "Spot",
    "Work",
]
