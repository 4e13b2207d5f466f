"""Tokens: what two texts are compared by.

A token is a word, one character of a script that writes no spaces, or one sign. White space and
invisible characters are no tokens: they follow the tokens around them. Tokens that people would
call the same (composed or not, curly or straight, upper or lower case) share one number.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from reader.text.quotations import INVISIBLE, SPELLINGS

# Scripts without spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han.
_DENSE = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903"
_MARKS += "\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc\u09be-\u09cd\u1dc0-\u1dff"
_MARKS += "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u3099\u309a"
_MARKS += "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
_JAMO = "\u1160-\u11ff\ud7b0-\ud7ff"  # the vowels and ends of decomposed Korean syllables
_NO_LETTER = re.compile(rf"[\s{_MARKS}{_JAMO}{INVISIBLE}\u200c\u200d]+")
_TOKEN = re.compile(
    rf"[{_DENSE}][{_MARKS}]*|[^\W{_DENSE}](?:[^\W{_DENSE}]|[{_MARKS}{INVISIBLE}\u200c])*|[^\w\s{INVISIBLE}]"
)


@dataclass(slots=True)
class Tokens:
    """The tokens of a text: their numbers, and where each begins and ends in code points."""

    ids: list[int]
    starts: list[int]
    ends: list[int]


class Numbering:
    """Gives equal tokens equal numbers, across the texts that are compared."""

    def __init__(self) -> None:
        """Start with no token known."""
        self._by_spelling: dict[str, int] = {}
        self._by_folded: dict[str, int] = {}

    def add(self, tokens: Tokens, text: str, start: int, end: int) -> None:
        """Add the tokens that stand between ``start`` and ``end`` of the text, in reading order."""
        numbers, ids = self._by_spelling, tokens.ids
        starts, ends = tokens.starts, tokens.ends
        for match in _TOKEN.finditer(text, start, end):
            spelling = match[0]
            number = numbers.get(spelling)
            if number is None:
                number = numbers[spelling] = self._number(spelling)
            ids.append(number)
            first, last = match.span()
            starts.append(first)
            ends.append(last)

    def _number(self, spelling: str) -> int:
        folded = fold(spelling)
        return self._by_folded.setdefault(folded, len(self._by_folded))


def letters(text: str) -> int:
    """Return how many letters and signs the text has, however many characters write each."""
    if text.isascii():
        return sum(map(len, text.split()))
    return len(_NO_LETTER.sub("", text))


def words_of(text: str) -> list[str]:
    """Return the tokens of the text as they are spelled."""
    return _TOKEN.findall(text)


def fold(spelling: str) -> str:
    """Return the one spelling that stands for all those a person would call the same."""
    if spelling.isascii():
        return spelling.lower()
    plain = "".join(SPELLINGS.get(char, char) for char in spelling)
    return unicodedata.normalize("NFC", plain).casefold()


def same_letters(word: str, other: str) -> Iterator[tuple[int, int]]:
    """Yield where each letter of a word begins in two spellings that fold to the same.

    A letter with its accents is one letter, however many characters write it.
    """
    places, new_places = _written_out(word), _written_out(other)
    before = (-1, -1)
    for pair in zip(places, new_places, strict=False):
        if pair[0] != before[0] and pair[1] != before[1]:
            yield pair
        before = pair


def _written_out(word: str) -> list[int]:
    """Return, for each character of the word written out at its longest, which one it is of."""
    return [
        index
        for index, char in enumerate(word)
        for _part in unicodedata.normalize("NFD", SPELLINGS.get(char, char).casefold())
    ]
