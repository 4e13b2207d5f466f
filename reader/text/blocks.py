"""Blocks: the pieces of an edition's text in reading order, and where each stands in it.

All offsets are code points. The offsets of a block's inline marks count within that block, its
``start`` within the edition's plain text, which is the blocks' texts joined by ``SEPARATOR``.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

SEPARATOR = "\n\n"


class BlockKind(StrEnum):
    """What a block is to a reader."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTATION = "quotation"
    VERSE = "verse"
    PREFORMATTED = "preformatted"


class InlineKind(StrEnum):
    """What an inline mark says about the characters it covers."""

    EM = "em"
    STRONG = "strong"
    CODE = "code"
    LINK = "link"
    SUP = "sup"
    SUB = "sub"


@dataclass(frozen=True, slots=True)
class InlineMark:
    """Emphasis, a link or the like on the characters ``start`` to ``end`` of one block."""

    start: int
    end: int
    kind: InlineKind
    href: str = ""

    def as_json(self) -> dict[str, int | str]:
        """The mark as a plain dictionary, without ``href`` where it has none."""
        data: dict[str, int | str] = {"start": self.start, "end": self.end, "kind": str(self.kind)}
        if self.href:
            data["href"] = self.href
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, int | str]) -> "InlineMark":
        """The mark that ``as_json`` wrote.

        Raises KeyError for a missing field, ValueError for an unknown kind or a bad number.
        """
        return cls(
            start=int(data["start"]),
            end=int(data["end"]),
            kind=InlineKind(str(data["kind"])),
            href=str(data.get("href", "")),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an edition's text.

    ``level`` is the depth of a heading (1 is the highest) or of a list item. ``ref`` is the
    block's stable name (``p12``, ``h3``), ``number`` what people call it (¶ 12; headings have
    none), ``start`` the offset of its first character in the edition's plain text.
    """

    kind: BlockKind
    text: str
    level: int = 0
    inline: tuple[InlineMark, ...] = ()
    ref: str = ""
    number: int | None = None
    start: int = 0


def plain_text(blocks: Iterable[Block]) -> str:
    """The edition's plain text, the one that every position counts in."""
    return SEPARATOR.join(block.text for block in blocks)


def numbered(blocks: Iterable[Block]) -> list[Block]:
    """The same blocks with ref, number and start filled in.

    Headings are h1, h2, ... and carry no number; everything else is counted together as a
    paragraph, p1, p2, ... Numbering blocks that already have numbers gives fresh ones.
    """
    result: list[Block] = []
    paragraphs = headings = start = 0
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            headings += 1
            ref, number = f"h{headings}", None
        else:
            paragraphs += 1
            ref, number = f"p{paragraphs}", paragraphs
        result.append(replace(block, ref=ref, number=number, start=start))
        start += len(block.text) + len(SEPARATOR)
    return result


def locate(
    starts: Sequence[int], lengths: Sequence[int], start: int, end: int
) -> tuple[int, int, int, int]:
    """Find the blocks that hold the span ``start`` to ``end`` of the plain text.

    ``starts`` and ``lengths`` describe the blocks in reading order. Returns the first block's
    index, the offset in it, the last block's index and the end offset in that. A span that begins
    or ends in a separator is tightened inward to the nearest character of a block.

    Raises ValueError when the span is empty, reversed, outside the text, or holds only separators.
    """
    if start >= end:
        raise ValueError(f"The span {start} to {end} is empty or reversed.")
    total = starts[-1] + lengths[-1] if starts else 0
    if start < 0 or end > total:
        raise ValueError(f"The span {start} to {end} lies outside the text of {total} characters.")
    first = max(bisect_right(starts, start) - 1, 0)
    while first < len(starts) and (not lengths[first] or start >= starts[first] + lengths[first]):
        first += 1
    last = bisect_left(starts, end) - 1
    while last >= 0 and lengths[last] == 0:
        last -= 1
    if first > last:
        raise ValueError(f"The span {start} to {end} holds only the space between blocks.")
    first_offset = max(start - starts[first], 0)
    last_offset = min(end - starts[last], lengths[last])
    return first, first_offset, last, last_offset
