"""The HTML of a body, which text.markup has made safe, taken apart to be written otherwise.

Written from what is safe, and not from what somebody typed, an export holds only structure that
we write ourselves; every word in it is escaped for where it stands.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import ClassVar
from xml.sax.saxutils import escape, quoteattr

from reader.text.exporters.words import legal

LINKS = ("https://", "http://", "mailto:")
EMPTY = frozenset({"br", "hr"})
BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "hr"})
# Whatever means something in Markdown, in any of its dialects, wherever it stands in a line, and
# what does where a line begins with it.
_MARKDOWN = re.compile(r"[\\`*_{}\[\]#|~^$<>&]")
_LEADING = re.compile(r"^(\s*)(?=[-+=:])|^(\s*\d{1,9})(?=[.)])", re.MULTILINE)
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_TICKS = re.compile("`+")
_ADDRESS = re.compile(r"[\s<>\\`&]")


@dataclass(slots=True)
class Element:
    """An element of a body and what is in it, in order."""

    tag: str
    href: str = ""
    children: "list[Element | str]" = field(default_factory=list)


class _Builder(HTMLParser):
    """Builds the tree; what is out of place is passed over."""

    KNOWN: ClassVar = BLOCKS | {"br", "em", "strong", "s", "code", "li", "a"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Element("body")]

    def handle_starttag(self, tag: str, attrs: "list[tuple[str, str | None]]") -> None:
        if tag not in self.KNOWN:
            return
        href = dict(attrs).get("href") or ""
        element = Element(tag, href if href.startswith(LINKS) else "")
        self.stack[-1].children.append(element)
        if tag not in EMPTY:
            self.stack.append(element)

    def handle_endtag(self, tag: str) -> None:
        if len(self.stack) > 1 and self.stack[-1].tag == tag:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(legal(data))


def parse(html: str) -> Element:
    """The body's tree."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.stack[0]


def escaped(text: str) -> str:
    """The text as Markdown that says it to the letter, whatever dialect reads it."""
    marked = _MARKDOWN.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), text)
    return _LEADING.sub(lambda found: f"{found[0]}\\", marked)


def as_markdown(html: str) -> list[str]:
    """The body as lines of Markdown."""
    return _blocks_md(parse(html).children)


def _blocks_md(children: "Sequence[Element | str]") -> list[str]:
    lines: list[str] = []
    for child in _blockwise(children):
        written = _WRITERS.get(child.tag, _paragraph_md)(child)
        if written:
            lines += ["", *written] if lines else written
    return lines


def _blockwise(children: "Sequence[Element | str]") -> list[Element]:
    """The children as blocks: inline ones that stand between blocks make a paragraph."""
    blocks: list[Element] = []
    for child in children:
        if isinstance(child, Element) and child.tag in BLOCKS:
            blocks.append(child)
        elif isinstance(child, Element) or child.strip():
            if not blocks or blocks[-1].tag != "loose":
                blocks.append(Element("loose"))
            blocks[-1].children.append(child)
        elif blocks and blocks[-1].tag == "loose":
            blocks[-1].children.append(" ")
    return blocks


def _paragraph_md(element: Element) -> list[str]:
    lines = "".join(_inline_md(child) for child in element.children).strip().split("\n")
    return [
        line.strip() + "  " if at < len(lines) - 1 else line.strip()
        for at, line in enumerate(lines)
    ]


def _inline_md(child: "Element | str") -> str:
    if isinstance(child, str):
        return escaped(" ".join(child.split("\n")))
    inner = "".join(_inline_md(one) for one in child.children)
    if child.tag == "br":
        return "\n"
    if child.tag == "code":
        return _code_md(text_of(child))
    signs = {"em": "*", "strong": "**", "s": "~~"}.get(child.tag, "")
    if signs and inner.strip():
        return f"{signs}{inner.strip()}{signs}"
    if child.tag == "a" and child.href:
        address = _ADDRESS.sub(_encoded, child.href)
        return f"[{inner}](<{address}>)"
    return inner


def _encoded(found: re.Match[str]) -> str:
    return "&amp;" if found[0] == "&" else f"%{ord(found[0]):02X}"


def _code_md(text: str) -> str:
    plain = " ".join(text.split("\n"))
    longest = max((len(found) for found in _TICKS.findall(plain)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") or not plain.strip() else ""
    return f"{fence}{pad}{plain or ' '}{pad}{fence}"


def _fence_md(element: Element) -> list[str]:
    text = text_of(element).rstrip("\n")
    longest = max((len(found) for found in _TICKS.findall(text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return [fence, *text.split("\n"), fence]


def _quotation_md(element: Element) -> list[str]:
    return [f"> {line}" if line else ">" for line in _blocks_md(element.children)]


def _list_md(element: Element) -> list[str]:
    lines: list[str] = []
    items = [one for one in element.children if isinstance(one, Element)]
    for number, item in enumerate(items, 1):
        sign = f"{number}. " if element.tag == "ol" else "- "
        inner = _blocks_md(item.children) or [""]
        lines.append(f"{sign}{inner[0]}".rstrip())
        lines += [" " * len(sign) + line if line else "" for line in inner[1:]]
    return lines


_WRITERS: "dict[str, Callable[[Element], list[str]]]" = {
    "pre": _fence_md,
    "blockquote": _quotation_md,
    "ul": _list_md,
    "ol": _list_md,
    "hr": lambda _element: ["* * *"],
}


def text_of(element: Element) -> str:
    """The words in an element."""
    parts = (one if isinstance(one, str) else text_of(one) for one in element.children)
    return "".join(parts)


def as_tei(html: str) -> str:
    """The body as TEI: paragraphs, quotations, lists, highlighted words, links."""
    return "".join(_block_tei(child) for child in _blockwise(parse(html).children))


def _block_tei(element: Element) -> str:
    if element.tag == "hr":
        return '<milestone unit="section"/>'
    if element.tag == "pre":
        return f"<p><code>{escape(text_of(element))}</code></p>"
    if element.tag == "blockquote":
        return f"<quote>{_children_tei(element)}</quote>" if element.children else ""
    if element.tag in ("ul", "ol"):
        rend = "numbered" if element.tag == "ol" else "bulleted"
        items = (one for one in element.children if isinstance(one, Element))
        inner = "".join(f"<item>{_children_tei(item)}</item>" for item in items)
        return f'<list rend="{rend}">{inner}</list>' if inner else ""
    return f"<p>{''.join(_inline_tei(child) for child in element.children)}</p>"


def _children_tei(element: Element) -> str:
    return "".join(_block_tei(child) for child in _blockwise(element.children))


def _inline_tei(child: "Element | str") -> str:
    if isinstance(child, str):
        return escape(child)
    inner = "".join(_inline_tei(one) for one in child.children)
    if child.tag == "br":
        return "<lb/>"
    if child.tag == "code":
        return f"<code>{escape(text_of(child))}</code>"
    if child.tag == "a" and child.href:
        return f"<ref target={quoteattr(child.href)}>{inner}</ref>"
    rend = {"em": "italic", "strong": "bold", "s": "strikethrough"}.get(child.tag)
    return f'<hi rend="{rend}">{inner}</hi>' if rend else inner
