"""Importers: one module per file format, from bytes to blocks."""

from pathlib import PurePath
from typing import Protocol

from reader.text.importers import markdown, plain
from reader.text.importers.plain import ImportedText, UnreadableFile

__all__ = ["IMPORTERS", "ImportedText", "Importer", "UnreadableFile", "importer_for"]


class Importer(Protocol):
    """Reads one file format; raises UnreadableFile with a sentence for people."""

    def __call__(self, data: bytes, *, first_line_is_title: bool = True) -> ImportedText:
        """The text of the file."""


IMPORTERS: dict[str, Importer] = {".txt": plain.read, ".md": markdown.read}
"""The importer of each file suffix, in lower case with its dot."""


def importer_for(filename: str) -> Importer:
    """The importer for a file of this name.

    Raises UnreadableFile when no importer knows the suffix.
    """
    suffix = PurePath(filename).suffix.lower()
    if suffix not in IMPORTERS:
        known = ", ".join(sorted(IMPORTERS))
        raise UnreadableFile(f"Files named “{suffix or filename}” cannot be read; known: {known}.")
    return IMPORTERS[suffix]
