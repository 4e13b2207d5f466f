"""Markup: what people write, Markdown, turned into HTML that is safe to put on a page.

Every body takes one road: limits, markdown-it-py (raw HTML stays text), bleach with an allow-list
and our own check of schemes, and nh3 as the seal, which must find nothing left to remove. bleach
has seen its last release, so nothing else in Postil may import it.

The answer is safe as the content of an HTML element, not inside attributes, scripts or JSON.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from html import escape
from itertools import groupby

import bleach
import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.linkify import linkify
from markdown_it.token import Token

MAX_BODY = 10_000
"""The longest body, in characters."""

MAX_QUOTED = 300_000
"""The most quotation signs of a stretch without blank lines, times its lines, over the body.

markdown-it reads on to the end of the stretch at each sign (some 500 quoted lines are within)."""

MAX_NESTING = 50
"""How many elements (quotations, lists, emphasis) may stand inside one another."""

MAX_RENDERED = 20 * MAX_BODY
"""The longest HTML a body may come to; link definitions used over and over multiply."""

_TAGS = frozenset(
    {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr"}
)
_SCHEMES = frozenset({"http", "https", "mailto"})
_SAFE_LINK = re.compile(r"(?:https?://[^\s/\\]|mailto:[^\s/\\])[^\s\\]*", re.IGNORECASE)
_BEFORE_SLASHES = frozenset({"http", "ttps"})
_LINK_REL = "nofollow ugc noopener"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# Characters with no ink that are not of the categories separator, control or format: joiners,
# variation selectors, and fillers (Unicode's Default_Ignorable_Code_Point, and the empty Braille
# pattern).
_INKLESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]"
)


class MarkupError(ValueError):
    """A body that cannot be taken; the message says why, for people."""


class BodyTooLong(MarkupError):
    """More than ``MAX_BODY`` characters, ``MAX_QUOTED``, or ``MAX_RENDERED`` of HTML."""


class TooDeep(MarkupError):
    """Elements inside one another more than ``MAX_NESTING`` deep."""


class NotText(MarkupError):
    """Lone surrogates, NUL or other control characters."""


def clean_text(raw: str) -> str:
    """What a person sent as text to keep: line breaks as LF, no white space at the end.

    Raises NotText for lone surrogates and for control characters other than tab and line break.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    _refuse_what_is_not_text(text)
    return text


def is_blank(text: str) -> bool:
    """Whether nothing in the text leaves a mark: white space, zero-width and format characters."""
    return all(
        unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp"} or _INKLESS.match(char)
        for char in text
    )


def render(markdown: str) -> str:
    """The safe HTML of a body.

    Headings become strong paragraphs, images links to them; links go to http, https and mailto
    only, and carry no attribute but href and rel.

    Raises BodyTooLong, TooDeep or NotText.
    """
    return _sealed(_bleached(_written(markdown)))


def excerpt(markdown: str, length: int = 160) -> str:
    """The words of a body without markup on one line, at most ``length`` characters.

    What is cut is cut after a word and ends in an ellipsis. Raises what ``render`` raises.
    """
    words = " ".join("".join(_words(_parsed(markdown))).split())
    if len(words) <= length:
        return words
    kept = words[:length]
    head = kept.rpartition(" ")[0] or kept[:-1]
    return head.rstrip(" ,;:-–—") + "…"


def _refuse_what_is_not_text(text: str) -> None:
    if _SURROGATES.search(text):
        raise NotText("The text holds half of a character (a lone surrogate).")
    if found := _CONTROLS.search(text):
        raise NotText(f"The text holds the control character U+{ord(found[0]):04X}.")


def _parsed(markdown: str) -> list[Token]:
    """The tokens of a body within the limits, holding only what we write as HTML."""
    if len(markdown) > MAX_BODY:
        raise BodyTooLong(f"This text has {len(markdown)} characters; {MAX_BODY} are allowed.")
    _refuse_what_is_not_text(markdown.replace("\r", "\n"))
    if _quoted(markdown) > MAX_QUOTED:
        raise BodyTooLong("This text quotes too many lines; put blank lines between quotations.")
    tokens = _tools.markdown.parse(markdown)
    if _depth(tokens) > MAX_NESTING:
        raise TooDeep(f"Lists, quotations and emphasis can stand {MAX_NESTING} deep, not more.")
    for token in tokens:
        token.children = list(_plainer(token.children)) if token.children else token.children
    return list(_without_headings(tokens))


def _quoted(markdown: str) -> int:
    """What ``MAX_QUOTED`` counts."""
    lines = markdown.split("\n")
    stretches = (list(group) for has_text, group in groupby(lines, key=_has_text) if has_text)
    return sum(len(lines) * sum(line.count(">") for line in lines) for lines in stretches)


def _has_text(line: str) -> bool:
    return bool(line.strip())


def _depth(tokens: list[Token]) -> int:
    """How deep the deepest element stands, inline elements inside their block's."""
    depth = deepest = 0
    for token in tokens:
        depth += token.nesting
        deepest = max(deepest, depth, depth + _depth(token.children or []))
    return deepest


def _plainer(inline: list[Token]) -> Iterator[Token]:
    """Inline tokens with each image as a link to it, or as its words inside another link.

    A link to nowhere, ``[words]()``, is its words: markdown-it asks about no empty address.
    """
    in_link = 0
    leads_nowhere = False
    for token in inline:
        if token.type == "link_open":
            leads_nowhere = not token.attrs["href"]
        if leads_nowhere and token.type in {"link_open", "link_close"}:
            continue
        in_link += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type != "image":
            yield token
            continue
        target = str(token.attrs["src"])
        words = Token("text", "", 0, content=token.content or target)
        if in_link:
            yield words
        else:
            yield Token("link_open", "a", 1, attrs={"href": target})
            yield words
            yield Token("link_close", "a", -1)


def _without_headings(tokens: list[Token]) -> Iterator[Token]:
    """Tokens with each heading as a strong paragraph: a note's headings are not the page's."""
    in_heading = False
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            in_heading = token.nesting == 1
            token.type, token.tag = token.type.replace("heading", "paragraph"), "p"
        elif in_heading and token.children:
            opening = Token("strong_open", "strong", 1)
            token.children = [opening, *token.children, Token("strong_close", "strong", -1)]
        yield token


def _words(tokens: list[Token]) -> Iterator[str]:
    """The text in the tokens, with a space wherever a line or a block ends."""
    for token in tokens:
        if token.children is not None:
            yield from _words(token.children)
        elif token.type in {"text", "code_inline", "fence", "code_block"}:
            yield token.content
        if token.block or token.type in {"softbreak", "hardbreak"}:
            yield " "


def _is_safe_link(url: str) -> bool:
    """Whether a link leads to http, https or mailto, with an address after the scheme."""
    return _SAFE_LINK.fullmatch(url) is not None


def _is_linkable(url: str) -> bool:
    """Whether a safe link is also an address to a browser, by whose rules the seal judges it."""
    return _is_safe_link(url) and "href" in _sealed(f'<a href="{escape(url)}"></a>')


def _is_allowed_attribute(tag: str, name: str, value: str) -> bool:
    # bleach's own check lets any scheme pass that only digits follow (javascript:1).
    return tag == "a" and name == "href" and _is_safe_link(value)


def _sealed_attribute(_tag: str, name: str, value: str) -> str | None:
    # The filter also sees the rel that the seal adds itself.
    return value if name == "rel" or _is_safe_link(value) else None


def _written(markdown: str) -> str:
    """The HTML as markdown-it writes it, not yet to be trusted."""
    tokens = _parsed(markdown)
    parser = _tools.markdown
    html: str = parser.renderer.render(tokens, parser.options, {})
    if len(html) > MAX_RENDERED:
        raise BodyTooLong("This text grows too long when its links are written out.")
    return html


def _bleached(html: str) -> str:
    return str(_tools.cleaner.clean(html))


def _sealed(html: str) -> str:
    return _tools.seal.clean(html)


def _linkify_after_a_scheme(state: StateInline, silent: bool) -> bool:
    # markdown-it looks back over all text so far at every "://", the square of their number.
    return state.pending[-4:].lower() in _BEFORE_SLASHES and linkify(state, silent)


def _markdown_parser() -> MarkdownIt:
    """CommonMark with strikethrough, line breaks kept and full addresses linked."""
    # One above the limit: what stands deeper is not parsed, and the depth found is then too deep.
    options = {"html": False, "linkify": True, "breaks": True, "maxNesting": MAX_NESTING + 1}
    parser = MarkdownIt("commonmark", options).enable(["linkify", "strikethrough"])
    parser.inline.ruler.at("linkify", _linkify_after_a_scheme)
    parser.validateLink = _is_linkable  # type: ignore[method-assign]  # the documented way
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    return parser


class _Tools(threading.local):
    """The converters of one thread: bleach's Cleaner must not be shared between threads."""

    def __init__(self) -> None:
        self.markdown = _markdown_parser()
        self.cleaner = bleach.Cleaner(
            tags=_TAGS,
            attributes=_is_allowed_attribute,
            protocols=_SCHEMES,
            strip=True,
            strip_comments=True,
        )
        self.seal = nh3.Cleaner(
            tags=set(_TAGS),
            attributes={"a": {"href"}},
            attribute_filter=_sealed_attribute,
            url_schemes=set(_SCHEMES),
            url_relative="deny",
            link_rel=_LINK_REL,
            strip_comments=True,
        )


_tools = _Tools()
