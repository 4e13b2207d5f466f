"""A text with some of its passages reworded: new blocks, and where the new words stand.

An edit may run across blocks, which joins them; a blank line in its words makes several blocks of
one; a block of which nothing is left goes. Emphasis and links keep to the words they were on.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from reader.text.blocks import SEPARATOR, Block, BlockKind, InlineMark, locate, numbered

BLANK_LINE = re.compile(r"[ \t]*\n(?:[ \t]*\n)+[ \t]*")
"""Parts what an edit brings in into blocks, as in a file."""

CLOSING = ".,;:!?)]}”’»…"
"""Before these there is no space, also where the word before them was struck."""


@dataclass(frozen=True, slots=True)
class Edit:
    """``words`` in place of the characters ``start`` to ``end`` of the plain text."""

    start: int
    end: int
    words: str


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Joined:
    """Some neighbouring blocks as one text, and the edits in it, counted within that text."""

    block: Block
    edits: tuple[tuple[int, Edit], ...]


def revise(blocks: Sequence[Block], edits: Sequence[Edit]) -> tuple[list[Block], list[Span | None]]:
    """Return the numbered blocks with the edits applied, and where the words of each edit stand.

    The place of an edit that brings no visible words is None.

    Raises:
        ValueError: two edits overlap, or one lies outside the text.
    """
    order = sorted(range(len(edits)), key=lambda one: (edits[one].start, edits[one].end))
    for before, after in pairwise(order):
        if edits[before].end > edits[after].start:
            raise ValueError("Two edits overlap.")
    pieces: list[Block] = []
    found: dict[int, tuple[int, int, int, int]] = {}
    for joined in _joined(blocks, [(one, edits[one]) for one in order]):
        if not joined.edits:
            pieces.append(joined.block)
            continue
        made, places = _rewritten(joined)
        for one, (first, start, last, end) in places.items():
            found[one] = len(pieces) + first, start, len(pieces) + last, end
        pieces += made
    result = numbered(pieces)
    spans: list[Span | None] = [None] * len(edits)
    for one, (first, start, last, end) in found.items():
        spans[one] = result[first].start + start, result[last].start + end
    return result, spans


def _joined(blocks: Sequence[Block], edits: Sequence[tuple[int, Edit]]) -> Iterator[_Joined]:
    """Yield the blocks in order, those that an edit runs across as one, with their edits."""
    starts, lengths = [b.start for b in blocks], [len(b.text) for b in blocks]
    spans = [locate(starts, lengths, edit.start, edit.end) for _one, edit in edits]
    at = taken = 0
    while at < len(blocks):
        last, mine = at, taken
        while mine < len(edits) and spans[mine][0] <= last:
            last = max(last, spans[mine][2])
            mine += 1
        inside = tuple(
            (one, _within(blocks[at], blocks[last], edit)) for one, edit in edits[taken:mine]
        )
        yield _Joined(_as_one(blocks[at : last + 1]), inside)
        at, taken = last + 1, mine


def _within(first: Block, last: Block, edit: Edit) -> Edit:
    """Return the edit counted from the first block's start, without space between blocks."""
    length = last.start + len(last.text) - first.start
    return replace(
        edit, start=max(edit.start - first.start, 0), end=min(edit.end - first.start, length)
    )


def _as_one(blocks: Sequence[Block]) -> Block:
    first = blocks[0]
    inline = tuple(
        replace(mark, start=mark.start + by, end=mark.end + by)
        for block in blocks
        for by in [block.start - first.start]
        for mark in block.inline
    )
    return replace(first, text=SEPARATOR.join(block.text for block in blocks), inline=inline)


def _rewritten(
    joined: _Joined,
) -> tuple[list[Block], dict[int, tuple[int, int, int, int]]]:
    """Return the blocks that the edits make of one text, and the place of each edit in them.

    A place is the first block's index, the offset in it, the last one's index and the offset there.
    """
    edits = _tidied(joined.block.text, [edit for _one, edit in joined.edits])
    text, spans = _applied(joined.block.text, edits)
    inline = [
        moved for mark in joined.block.inline if (moved := _moved(mark, edits, spans)) is not None
    ]
    parts = list(_parts(text, spans, joined.block.kind))
    blocks = [
        replace(joined.block, text=text[start:end], inline=_cut(inline, start, end))
        for start, end in parts
    ]
    places: dict[int, tuple[int, int, int, int]] = {}
    starts, lengths = [start for start, _end in parts], [end - start for start, end in parts]
    for (one, _edit), span in zip(joined.edits, spans, strict=True):
        start, end = _visible(text, *span)
        if start < end:
            places[one] = locate(starts, lengths, start, end)
    return blocks, places


def _visible(text: str, start: int, end: int, space: str | None = None) -> Span:
    """Return the span without white space at its ends."""
    words = text[start:end]
    return start + len(words) - len(words.lstrip(space)), start + len(words.rstrip(space))


def _tidied(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits so that a struck word takes one of the spaces around it along."""
    tidied: list[Edit] = []
    for edit in edits:
        start, end = edit.start, edit.end
        before, after = text[:start][-1:], text[end : end + 1]
        follows = not after or after.isspace() or after in CLOSING
        floor = tidied[-1].end if tidied else 0
        if not edit.words and before == " " and follows and start > floor:
            start -= 1
        elif not edit.words and after == " " and (not before or before.isspace()):
            end += 1
        tidied.append(replace(edit, start=max(start, floor), end=max(end, floor)))
    return tidied


def _applied(text: str, edits: Sequence[Edit]) -> tuple[str, list[Span]]:
    """Return the text with the edits applied, and the span of the words of each."""
    parts: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for edit in edits:
        parts += [text[at : edit.start], edit.words]
        length += edit.start - at
        spans.append((length, length + len(edit.words)))
        length += len(edit.words)
        at = edit.end
    return "".join([*parts, text[at:]]), spans


def _moved(mark: InlineMark, edits: Sequence[Edit], spans: Sequence[Span]) -> InlineMark | None:
    """Return the mark over what is left of its words; it has what was reworded within it."""
    start, end = mark.start, mark.end
    for edit, (begins, ends) in zip(edits, spans, strict=True):
        if edit.end <= mark.start:
            start = ends + mark.start - edit.end
        elif edit.start <= mark.start:
            is_within = edit.start == mark.start and edit.end <= mark.end
            start = begins if is_within else ends
        if edit.end <= mark.end:
            end = ends + mark.end - edit.end
        elif edit.start < mark.end:
            end = begins
    return replace(mark, start=start, end=end) if start < end else None


def _parts(text: str, spans: Sequence[Span], kind: BlockKind) -> Iterator[Span]:
    """Yield the stretches that are blocks: parted where an edit's words hold a blank line."""
    space = "\n" if kind is BlockKind.PREFORMATTED else None
    cuts: list[Span] = []
    for start, end in spans:
        cuts += [match.span() for match in BLANK_LINE.finditer(text, start, end)]
    begins = [0, *(end for _start, end in cuts)]
    ends = [*(start for start, _end in cuts), len(text)]
    for begin, end in zip(begins, ends, strict=True):
        start, last = _visible(text, begin, end, space)
        if text[start:last].strip():
            yield start, last


def _cut(inline: Sequence[InlineMark], start: int, end: int) -> tuple[InlineMark, ...]:
    """Return the marks on the characters ``start`` to ``end``, counted from there."""
    return tuple(
        replace(mark, start=max(mark.start, start) - start, end=min(mark.end, end) - start)
        for mark in inline
        if max(mark.start, start) < min(mark.end, end)
    )
