"""Plain text files: a title on the first line, then paragraphs between blank lines."""

from dataclasses import dataclass
from itertools import groupby

from reader.text.blocks import Block, BlockKind, numbered


@dataclass(frozen=True, slots=True)
class ImportedText:
    """What an importer found: a title ("" when the file names none) and numbered blocks."""

    title: str
    blocks: list[Block]


MAX_BLOCKS = 25_000
"""More than any book has; beyond it lies something that was not written to be read."""


class UnreadableFile(ValueError):
    """The file holds no text that can be imported; the message says why, for people."""


def read(data: bytes, *, first_line_is_title: bool = True) -> ImportedText:
    """Read a UTF-8 text file into paragraphs.

    A byte-order mark is dropped, line endings (CRLF, CR, form feed) become LF. Blank lines
    separate paragraphs; a single line break inside one stays. Nothing else is changed: only the
    blank space around a paragraph goes.

    Raises UnreadableFile when the bytes are not UTF-8, hold control characters, or no text.
    """
    groups = _line_groups(decoded(data))
    title = ""
    if groups and first_line_is_title:
        title = groups[0].pop(0).strip()
    texts = ["\n".join(lines).strip() for lines in groups if lines]
    check_count(len(texts))
    return ImportedText(title, numbered(Block(BlockKind.PARAGRAPH, text) for text in texts))


def check_count(blocks: int) -> None:
    """Pass silently when a text may have so many blocks; raises UnreadableFile otherwise."""
    if not blocks:
        raise UnreadableFile("The file holds no paragraphs.")
    if blocks > MAX_BLOCKS:
        raise UnreadableFile(f"The file has {blocks} paragraphs; at most {MAX_BLOCKS} can be read.")


def decoded(data: bytes) -> str:
    """The bytes as text with LF line endings."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"The file is not UTF-8 text: byte {error.start + 1} cannot be read."
        ) from error
    for ending in ("\r\n", "\r", "\f"):
        text = text.replace(ending, "\n")
    stranger = next((char for char in text if char < " " and char not in "\n\t"), None)
    if stranger is not None:
        raise UnreadableFile(
            f"The file is not plain text: it holds the control character U+{ord(stranger):04X}."
        )
    return text


def _line_groups(text: str) -> list[list[str]]:
    """The lines of each paragraph; lines of white space alone separate them."""
    grouped = groupby(text.split("\n"), key=lambda line: bool(line.strip()))
    return [list(lines) for has_text, lines in grouped if has_text]
