"""Other people's selectors: annotations made elsewhere, resolved by the same rules as our own.

Understood are the selectors of the W3C Web Annotation Data Model that speak of a text:
TextQuoteSelector, TextPositionSelector (in code points, or in the UTF-16 units of a browser),
RangeSelector made of those, and FragmentSelector with a text directive (``:~:text=``). Others,
such as XPath and CSS, describe a page and not a text; they are left out. The quote is trusted,
the position is a hint.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from operator import itemgetter
from typing import Any
from urllib.parse import unquote

from reader.text.anchoring.resolving import resolve
from reader.text.anchoring.verdicts import ORPHAN, Resolution, Verdict
from reader.text.quotations import find_quoted, quoted_after, quoted_before
from reader.text.selectors import TextPositionSelector, TextQuoteSelector, from_utf16

DIRECTIVE = ":~:text="
LONGEST_TERM = 1_000  # characters of each part of a directive; browsers make far shorter ones
Span = tuple[int, int]


def resolve_selectors(
    text: str,
    selectors: Sequence[Mapping[str, Any]],
    *,
    utf16: bool | None = None,
    fuzzy: bool = True,
) -> Resolution:
    """Find the passage that selectors in their JSON form name in ``text``.

    Args:
        text: the plain text.
        selectors: alternatives for one passage, as in ``target.selector``.
        utf16: whether positions count UTF-16 units; None when that is not known, and whichever
            count the quote stands at is believed.
        fuzzy: whether words that resemble the quote will do, which takes far longer to look for.

    Never raises for what a selector holds: a field that is missing or of the wrong kind makes the
    selector count for nothing.
    """
    quote = next(filter(None, map(_quote, selectors)), None)
    positions = [
        position for selector in selectors for position in _positions(text, selector, utf16=utf16)
    ]
    if quote is not None:
        found = _by_quote(text, quote, positions, fuzzy=fuzzy)
        if found is not ORPHAN:
            return found
    for selector in selectors:
        found = _by_range(text, selector, utf16=utf16, fuzzy=fuzzy)
        if found is ORPHAN:
            found = _by_directive(text, selector)
        if found is not ORPHAN:
            return found
    if quote is None and positions:
        return resolve(text, None, positions[0])
    return ORPHAN


def _by_quote(
    text: str,
    quote: TextQuoteSelector,
    positions: Sequence[TextPositionSelector],
    *,
    fuzzy: bool,
) -> Resolution:
    for position in positions:
        if text.startswith(quote.exact, position.start):
            return resolve(text, quote, position)
    return resolve(text, quote, positions[0] if positions else None, fuzzy=fuzzy)


def _quote(selector: Mapping[str, Any]) -> TextQuoteSelector | None:
    """Return the selector's quote; a RangeSelector of some makers carries one too."""
    if selector.get("type") not in ("TextQuoteSelector", "RangeSelector"):
        return None
    parts = [selector.get(name, "") or "" for name in ("exact", "prefix", "suffix")]
    if not parts[0] or not all(isinstance(part, str) for part in parts):
        return None
    return TextQuoteSelector(*parts)


def _positions(
    text: str, selector: Mapping[str, Any], *, utf16: bool | None
) -> list[TextPositionSelector]:
    """Return what the selector's position may mean: as code points, as UTF-16 units, or both."""
    start, end = selector.get("start"), selector.get("end")
    if selector.get("type") != "TextPositionSelector" or not (
        isinstance(start, int) and isinstance(end, int)
    ):
        return []
    found = [] if utf16 else [TextPositionSelector(start, end)]
    if utf16 is not False:
        with suppress(ValueError):  # outside the text, or within a character: it names no place
            found.append(TextPositionSelector(from_utf16(text, start), from_utf16(text, end)))
    return found


def _by_range(
    text: str, selector: Mapping[str, Any], *, utf16: bool | None, fuzzy: bool
) -> Resolution:
    """From the beginning of the first selector's passage to the beginning of the second's."""
    first, last = selector.get("startSelector"), selector.get("endSelector")
    if selector.get("type") != "RangeSelector" or not (
        isinstance(first, Mapping) and isinstance(last, Mapping)
    ):
        return ORPHAN
    begins = resolve_selectors(text, [_flat(first)], utf16=utf16, fuzzy=fuzzy)
    ends = resolve_selectors(text, [_flat(last)], utf16=utf16, fuzzy=fuzzy)
    if begins.start is None or ends.start is None or begins.start >= ends.start:
        return ORPHAN
    return replace(begins, end=ends.start, score=begins.score * ends.score)


def _flat(selector: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the selector without a range inside it: one level is what the model has."""
    return {} if selector.get("type") == "RangeSelector" else selector


def _by_directive(text: str, selector: Mapping[str, Any]) -> Resolution:
    """The passage of a text directive, ``[prefix-,]start[,end][,-suffix]`` in the WICG draft."""
    value = selector.get("value")
    if selector.get("type") != "FragmentSelector" or not isinstance(value, str):
        return ORPHAN
    _before, found, directive = value.partition(DIRECTIVE)
    if not found:
        return ORPHAN
    terms = directive.partition("&")[0].split(",")
    prefix = unquote(terms.pop(0)[:-1]) if terms[0].endswith("-") else ""
    suffix = unquote(terms.pop()[1:]) if terms and terms[-1].startswith("-") else ""
    words = [unquote(term) for term in terms]
    if len(words) not in (1, 2) or not all(words):
        return ORPHAN
    if max(map(len, (prefix, suffix, *words))) > LONGEST_TERM:
        return ORPHAN
    ends = find_quoted(text, words[1], 0, len(text)) if len(words) > 1 else None
    stands_before, stands_after = quoted_before(text, prefix), quoted_after(text, suffix)
    places = [
        (start, end)
        for start, first_end in find_quoted(text, words[0], 0, len(text))
        if (end := _end_of(ends, first_end)) is not None
        and (not prefix or stands_before(start))
        and (not suffix or stands_after(end))
    ]
    if not places:
        return ORPHAN
    # A browser takes the first; it is certain only when it is the only one.
    return Resolution(Verdict.EXACT, 1 / len(places), *places[0])


def _end_of(ends: Sequence[Span] | None, first_end: int) -> int | None:
    """Return where the first of the last words ends that begin here or later."""
    if ends is None:
        return first_end
    index = bisect_left(ends, first_end, key=itemgetter(0))
    return ends[index][1] if index < len(ends) else None
