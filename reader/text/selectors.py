"""Selectors: a span of the plain text in the words of the W3C Web Annotation Data Model, and back.

Positions are code points; ``to_utf16`` and ``from_utf16`` are for partners that count as
JavaScript does. ``text_fragment`` writes the same passage as a browser's text fragment.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote as percent_encode

from reader.text.blocks import SEPARATOR

CONTEXT = 32
"""How many characters of context ``describe`` keeps on each side of a quote."""

FRAGMENT_QUOTE_LIMIT = 100
"""Quotes of more characters than this are named by their first and last words in a fragment."""

FRAGMENT_EDGE = 40
"""At most so many characters are taken from each end of a quote that is named by its ends."""


@dataclass(frozen=True, slots=True)
class TextQuoteSelector:
    """A passage by its words, with some of the text on either side."""

    exact: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class TextPositionSelector:
    """A passage by its place: code points ``start`` (first) to ``end`` (one past the last)."""

    start: int
    end: int


def describe(text: str, start: int, end: int) -> tuple[TextQuoteSelector, TextPositionSelector]:
    """Both selectors for the span ``start`` to ``end`` of ``text``.

    Raises ValueError when the span is empty, reversed or outside the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"No passage from {start} to {end} in a text of {len(text)} characters.")
    quote = TextQuoteSelector(
        exact=text[start:end],
        prefix=text[max(0, start - CONTEXT) : start],
        suffix=text[end : end + CONTEXT],
    )
    return quote, TextPositionSelector(start, end)


def to_utf16(text: str, offset: int) -> int:
    """The number of UTF-16 units before the code point at ``offset``.

    Raises ValueError for an offset outside the text.
    """
    if not 0 <= offset <= len(text):
        raise ValueError(f"Offset {offset} is outside a text of {len(text)} characters.")
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


def from_utf16(text: str, offset: int) -> int:
    """The code-point offset of the UTF-16 ``offset``.

    Raises ValueError for an offset outside the text or between the halves of a surrogate pair.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= offset <= len(units) // 2:
        raise ValueError(f"Offset {offset} is outside a text of {len(units) // 2} UTF-16 units.")
    before = units[: 2 * offset].decode("utf-16-le", "surrogatepass")
    if to_utf16(text, len(before)) != offset:
        raise ValueError(f"Offset {offset} splits a surrogate pair.")
    return len(before)


def whole_words(quote: TextQuoteSelector) -> TextQuoteSelector:
    """The quote with the words that it cuts in two taken whole, as far as its context reaches.

    Browsers find the terms of a text directive only where whole words begin and end.
    """
    exact, prefix, suffix = quote.exact, quote.prefix, quote.suffix
    begun = re.search(r"\w+$", prefix) if re.match(r"\w", exact) else None
    if begun:
        exact, prefix = begun[0] + exact, prefix[: begun.start()]
    ended = re.match(r"\w+", suffix) if re.search(r"\w$", exact) else None
    if ended:
        exact, suffix = exact + ended[0], suffix[ended.end() :]
    return TextQuoteSelector(exact, prefix, suffix)


def text_fragment(quote: TextQuoteSelector) -> str:
    """The fragment directive ``:~:text=...`` that makes a browser scroll to the quote.

    After the WICG draft "URL Fragment Text Directives": ``[prefix-,]start[,end][,-suffix]``. One
    term is searched inside one block only, so a quote that spans blocks, and any long one, is
    named by its first and last words. Terms start and end with whole words, as the draft asks.
    A quote without any visible character has no directive: the answer is "".
    """
    terms = _quote_terms(quote.exact)
    if not terms:
        return ""
    parts = [_encode(term) for term in terms]
    if prefix := _prefix_term(quote.prefix):
        parts.insert(0, _encode(prefix) + "-")
    if suffix := _suffix_term(quote.suffix):
        parts.append("-" + _encode(suffix))
    return ":~:text=" + ",".join(parts)


def _quote_terms(exact: str) -> list[str]:
    """The quote as one term, or as its first and its last words."""
    sections = [part.strip() for part in exact.split(SEPARATOR) if part.strip()]
    if not sections:
        return []
    if len(sections) == 1 and len(sections[0]) <= FRAGMENT_QUOTE_LIMIT:
        return [_one_line(sections[0])]
    first, last = sections[0].split(), sections[-1].split()
    head = _words_within(first)
    tail = _words_within(last[::-1])[::-1]
    if len(sections) == 1 and len(head) + len(tail) > len(first):
        return [_one_line(sections[0])]
    return [" ".join(head), " ".join(tail)]


def _words_within(words: list[str]) -> list[str]:
    """The leading words that fit into ``FRAGMENT_EDGE`` characters, at least one."""
    taken, length = 1, len(words[0])
    while taken < len(words) and length + 1 + len(words[taken]) <= FRAGMENT_EDGE:
        length += 1 + len(words[taken])
        taken += 1
    return words[:taken]


def _prefix_term(prefix: str) -> str:
    """The words of the prefix that stand in one block, without a first word that may be cut."""
    _, separator, section = prefix.rstrip().rpartition(SEPARATOR)
    words = section.split()
    may_be_cut = not separator and len(prefix) >= CONTEXT and not section[:1].isspace()
    return " ".join(words[1:] if may_be_cut else words)


def _suffix_term(suffix: str) -> str:
    """The words of the suffix that stand in one block, without a last word that may be cut."""
    section, separator, _ = suffix.lstrip().partition(SEPARATOR)
    words = section.split()
    may_be_cut = not separator and len(suffix) >= CONTEXT and not section[-1:].isspace()
    return " ".join(words[:-1] if may_be_cut else words)


def _one_line(term: str) -> str:
    """The term with each run of white space as one space: browsers search the collapsed text."""
    return " ".join(term.split())


def _encode(term: str) -> str:
    """Percent-encode a term; ``-`` too, because a text directive gives it a meaning."""
    return percent_encode(term, safe="").replace("-", "%2D")
