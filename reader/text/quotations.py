"""Quotations: where words that a person copied by hand stand in a text.

White space, quotation marks, dashes and invisible characters rarely survive a keyboard or a
clipboard unchanged. Both sides are folded to one spelling that remembers where each character
came from, and compared with a plain linear search.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_DOUBLE_QUOTES = '"“”„‟«»″'
_SINGLE_QUOTES = "'‘’‚‛‹›ʼ′`´"
_DASHES = "-‐‑‒–—―−"
INVISIBLE = "\u00ad\u200b\u2060\ufeff"
SPELLINGS = {
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(INVISIBLE, ""),
    "…": "...",
}
_TABLE = str.maketrans(SPELLINGS)
_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_TAILS = frozenset(
    {_ZERO_WIDTH_JOINER, "\ufe0e", "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))}
)
_WRAPPING = _DOUBLE_QUOTES + _SINGLE_QUOTES + "….[]() \t\n\u00a0"


def folded(text: str) -> str:
    """Return the text in the one spelling that :func:`find_quoted` compares; case is kept."""
    written = unicodedata.normalize("NFD", text.translate(_TABLE))
    return re.sub(r"\s+", " ", written)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A folded text, and for each of its characters the offset of the one it came from."""

    text: str
    origins: list[int]


def find_quoted(text: str, quoted: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the quotation occurs between ``start`` and ``end``: spans of ``text``, left to right.

    Runs of white space (line breaks, non-breaking spaces) are equal, so are straight and curly
    quotation marks, apostrophes, and dashes; soft hyphens and zero-width spaces are ignored;
    composed and decomposed letters are equal. Quotation marks and ellipses around the quotation
    are left away when it is not found with them, upper and lower case only then made equal.
    Occurrences do not overlap and never split an accented letter or a joined emoji.
    Linear in the text.
    """
    start, end = max(start, 0), min(end, len(text))
    is_whole = (start, end) == (0, len(text))
    for ignore_case in (False, True):
        haystack = (_fold_whole if is_whole else _fold)(text[start:end], ignore_case=ignore_case)
        for needle in _needles(quoted, ignore_case=ignore_case):
            if found := _occurrences(haystack, needle):
                return [(start + first, start + last + 1) for first, last in found]
    return []


def quoted_before(text: str, quoted: str) -> Callable[[int], bool]:
    """Return what tells whether the quotation ends at a place, or in white space before it.

    It is read as :func:`find_quoted` reads it. Asking costs no more than the quotation is long.
    """

    def ends_at(folded: _Folded, needles: Sequence[str], at: int) -> bool:
        end = bisect_left(folded.origins, at)
        end -= folded.text[max(0, end - 1) : end] == " "
        return any(
            folded.text.endswith(needle, 0, end) and _is_boundary(folded, end - len(needle))
            for needle in needles
        )

    asked = _folded_with(text, quoted)
    return lambda at: any(ends_at(folded, needles, at) for folded, needles in asked)


def quoted_after(text: str, quoted: str) -> Callable[[int], bool]:
    """Return what tells whether the quotation begins at a place, or after white space there."""

    def begins_at(folded: _Folded, needles: Sequence[str], at: int) -> bool:
        start = bisect_left(folded.origins, at)
        start += folded.text[start : start + 1] == " "
        return any(
            folded.text.startswith(needle, start) and _is_boundary(folded, start + len(needle))
            for needle in needles
        )

    asked = _folded_with(text, quoted)
    return lambda at: any(begins_at(folded, needles, at) for folded, needles in asked)


def _folded_with(text: str, quoted: str) -> "list[tuple[_Folded, list[str]]]":
    """Return text and quotation with their case, and without."""
    return [
        (_fold_whole(text, ignore_case=ignore), _needles(quoted, ignore_case=ignore))
        for ignore in (False, True)
    ]


def _needles(quoted: str, *, ignore_case: bool) -> list[str]:
    """Return the quotation, and what is left without the marks around it, in one spelling."""
    variants = dict.fromkeys([quoted.strip(), quoted.strip(_WRAPPING)])
    folded = (_fold(one, ignore_case=ignore_case).text for one in variants)
    return [one for one in folded if one]


# One text is asked for many quotations in a row: it is folded once, with its case and without.
@lru_cache(maxsize=2)
def _fold_whole(text: str, *, ignore_case: bool) -> "_Folded":
    return _fold(text, ignore_case=ignore_case)


def _fold(text: str, *, ignore_case: bool) -> _Folded:
    """The text in one spelling; each run of white space becomes one space."""
    folded: list[str] = []
    origins: list[int] = []
    for offset, char in enumerate(text):
        if char.isspace():
            spelling = "" if folded and folded[-1] == " " else " "
        elif char in SPELLINGS:
            spelling = SPELLINGS[char]
        else:
            spelling = unicodedata.normalize("NFD", char.casefold() if ignore_case else char)
        folded.extend(spelling)
        origins.extend([offset] * len(spelling))
    return _Folded("".join(folded), origins)


def _occurrences(haystack: _Folded, needle: str) -> list[tuple[int, int]]:
    """First and last original offsets of each occurrence that covers whole characters."""
    found: list[tuple[int, int]] = []
    at = haystack.text.find(needle)
    while at >= 0:
        after = at + len(needle)
        whole = _is_boundary(haystack, at) and _is_boundary(haystack, after)
        if whole:
            found.append((haystack.origins[at], haystack.origins[after - 1]))
        at = haystack.text.find(needle, after if whole else at + 1)
    return found


def _is_boundary(folded: _Folded, at: int) -> bool:
    """Whether ``at`` in the folded text lies between characters as people see them.

    Not inside one that folding wrote out longer, not before an accent, not in a joined emoji.
    """
    if at in (0, len(folded.text)):
        return True
    before, after = folded.text[at - 1], folded.text[at]
    if folded.origins[at] == folded.origins[at - 1] or before == _ZERO_WIDTH_JOINER:
        return False
    return not unicodedata.combining(after) and after not in _EMOJI_TAILS
