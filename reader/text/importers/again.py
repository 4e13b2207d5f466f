"""Another edition of a text that is known: is its first line the title, or the text's own?"""

from rapidfuzz import fuzz

from reader.text.blocks import Block, numbered
from reader.text.importers import importer_for

COMPARED = 1_000
"""So many characters of a first line tell whether it is the title; comparing more is quadratic."""


def read_again(data: bytes, name: str, *, title: str, beginning: str) -> list[Block]:
    """Read a file whose title and first words are known from an earlier edition.

    People bring files with the title on the first line, and paste text without it. The first line
    is left out where it resembles the title at least as much as the ``beginning`` of the text.

    Raises UnreadableFile as every importer does.
    """
    read = importer_for(name)
    whole = read(data, first_line_is_title=False)
    first = whole.blocks[0].text[:COMPARED].partition("\n")[0]
    as_title = fuzz.ratio(first, title)
    as_text = fuzz.ratio(first, beginning[:COMPARED].partition("\n")[0])
    if as_title < as_text:
        return numbered(whole.blocks)
    return numbered(read(data).blocks)
