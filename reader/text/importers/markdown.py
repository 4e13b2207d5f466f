"""Markdown files: headings, paragraphs, lists, quotations and code become blocks of their kinds.

Only structure and emphasis are read; the text of each block is plain text, and HTML in the file is
text like any other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from reader.text.blocks import Block, BlockKind, InlineKind, InlineMark, numbered
from reader.text.importers.plain import ImportedText, check_count, decoded

_CONTAINERS = {
    "blockquote_open": BlockKind.QUOTATION,
    "list_item_open": BlockKind.LIST_ITEM,
}
_INLINE = {
    "em_open": InlineKind.EM,
    "strong_open": InlineKind.STRONG,
    "link_open": InlineKind.LINK,
}
_PARSER = MarkdownIt("commonmark", {"html": False})


def read(data: bytes, *, first_line_is_title: bool = True) -> ImportedText:
    """Read a UTF-8 Markdown file; its first heading of level 1 is the title, if asked for.

    Raises UnreadableFile when the bytes are not UTF-8, hold control characters, or no text.
    """
    blocks = list(_blocks(_PARSER.parse(decoded(data))))
    title = ""
    if first_line_is_title and blocks and blocks[0].kind == BlockKind.HEADING:
        title = blocks.pop(0).text
    check_count(len(blocks))
    return ImportedText(title, numbered(_levelled(blocks)))


def _levelled(blocks: list[Block]) -> list[Block]:
    """The blocks with heading levels that begin at 1: the title took the file's own first level."""
    highest = min((block.level for block in blocks if block.kind == BlockKind.HEADING), default=1)
    return [
        replace(block, level=block.level - highest + 1) if block.level else block
        for block in blocks
    ]


def _blocks(tokens: Iterable[Token]) -> Iterator[Block]:
    """Walk the parser's tokens; the innermost container says what a paragraph in it is."""
    containers: list[BlockKind] = []
    level = 0
    for token in tokens:
        if token.type in _CONTAINERS:
            containers.append(_CONTAINERS[token.type])
        elif token.type.replace("_close", "_open") in _CONTAINERS:
            containers.pop()
        elif token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type in {"fence", "code_block"} and token.content.strip():
            yield Block(BlockKind.PREFORMATTED, token.content.rstrip("\n"))
        elif token.type == "inline":
            kind = containers[-1] if containers else BlockKind.PARAGRAPH
            block = _block(BlockKind.HEADING if level else kind, level, token.children or [])
            level = 0
            if block.text.strip():
                yield block


def _block(kind: BlockKind, level: int, children: Iterable[Token]) -> Block:
    """Put the inline tokens together: their text, and the marks over it."""
    text = ""
    marks: list[InlineMark] = []
    opened: list[tuple[InlineKind, int, str]] = []
    for child in children:
        if child.type in _INLINE:
            target = str(child.attrs.get("href", ""))
            opened.append((_INLINE[child.type], len(text), target))
        elif child.type.replace("_close", "_open") in _INLINE:
            inline, start, target = opened.pop()
            if start < len(text):
                marks.append(InlineMark(start, len(text), inline, target))
        elif child.type == "code_inline":
            marks.append(InlineMark(len(text), len(text) + len(child.content), InlineKind.CODE))
            text += child.content
        elif child.type in {"softbreak", "hardbreak"}:
            text += " " if child.type == "softbreak" else "\n"
        else:
            text += child.content
    return Block(kind, text, level=level, inline=tuple(marks))
