"""Candidates: places that resemble lost words, for a person to choose from."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from reader.text.alignment.paragraphs import Paragraph, paragraphs

WORTH_SHOWING = 0.55
"""Places that resemble the words less than this are no help."""

SHORT = 12
"""Fewer characters than this resemble anything: they are shown only where they are much alike."""

MUCH_ALIKE = 0.85

COMPARED = 8
"""So many paragraphs are compared letter by letter, those that share the rarest words."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a text, and how much it resembles the words looked for, 0 to 1."""

    start: int
    end: int
    score: float


class Places:
    """A text's paragraphs by their words. Index once, ask often."""

    def __init__(self, text: str) -> None:
        """Index the text."""
        self._text = text
        self._paragraphs = paragraphs(text)
        self._holders: dict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(self._paragraphs):
            for word in set(_WORD.findall(one.words.lower())):
                self._holders[word].append(index)

    def like(self, words: str, limit: int = 3) -> list[Candidate]:
        """Return up to ``limit`` places that resemble the words, the most similar first."""
        found = {
            (place.start, place.end): place
            for index in self._likely(words)
            if (place := self._best_in(self._paragraphs[index], words)) is not None
        }
        return sorted(found.values(), key=lambda place: (-place.score, place.start))[:limit]

    def _likely(self, words: str) -> Iterator[int]:
        """Yield the paragraphs that share the rarest words with those looked for."""
        shared: dict[int, float] = defaultdict(float)
        for word in set(_WORD.findall(words.lower())):
            holders = self._holders.get(word, ())
            for index in holders:
                shared[index] += len(word) / len(holders)
        yield from sorted(shared, key=lambda index: (-shared[index], index))[:COMPARED]

    def _best_in(self, paragraph: Paragraph, words: str) -> Candidate | None:
        lower, sought = paragraph.words.lower(), words.lower()
        if len(lower) != len(paragraph.words):  # a letter that lower case writes as two
            lower = paragraph.words
        if len(sought) >= len(lower):
            score = fuzz.ratio(sought, lower) / 100
            start, end = 0, len(lower)
        else:
            best = fuzz.partial_ratio_alignment(sought, lower)
            if best is None:
                return None
            score = best.score / 100
            start, end = _whole_words(lower, best.dest_start, best.dest_end)
        least = MUCH_ALIKE if len(words) < SHORT else WORTH_SHOWING
        if score < least or start >= end:
            return None
        return Candidate(paragraph.start + start, paragraph.start + end, score)


@lru_cache(maxsize=2)
def places_in(text: str) -> Places:
    """Return the text's index; the last ones are kept, they cost a good part of a second."""
    return Places(text)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without space at its ends, and with the words that it cuts taken whole."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    while 0 < start < end and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while start < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end
