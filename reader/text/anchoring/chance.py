"""Words found again by themselves, and whether chance could have put them there."""

import re
from bisect import bisect_right
from itertools import accumulate

from reader.text.alignment import Alignment

UNLIKELY = 0.002
"""Words are believed to be the same when chance would put them there less often than this."""

TINY = 80
"""Where so few new characters stand in a text, the same words are the same words."""

ENOUGH = 2
"""So many places are one too many."""

BETWEEN = "\0"
"""Stands between the stretches that are searched, so that nothing is found across two."""

_WORD = re.compile(r"\w+|[^\w\s]")


class Chance:
    """Looks for lost passages in what is new, and weighs what it finds."""

    def __init__(self, alignment: Alignment) -> None:
        """Prepare for the alignment; the counting is done when it is first needed."""
        self._alignment = alignment
        self._gaps: list[tuple[int, int]] = []
        self._begins: list[int] = []
        self._open_text = ""
        self._is_ready = False
        self._counts: dict[str, int] = {}
        self._total = 0
        self._open = 0

    def find(self, start: int, end: int) -> int | None:
        """Return where the words of the older text's span stand again in the newer text.

        None when they stand nowhere, or more than once in either text, or probably by chance.
        """
        if not self._is_ready:
            self._count()
        words = self._alignment.old_text[start:end]
        places = self._places(words)
        if len(places) != 1:
            return None
        old_text = self._alignment.old_text
        if old_text.find(words) != start or old_text.find(words, start + 1) >= 0:
            return None
        if self._likelihood(words) > UNLIKELY and len(self._alignment.new_text) > TINY:
            return None
        return places[0]

    def _count(self) -> None:
        self._is_ready = True
        for text in (self._alignment.old_text, self._alignment.new_text):
            for word in _WORD.findall(text.lower()):
                self._counts[word] = self._counts.get(word, 0) + 1
        self._total = sum(self._counts.values())
        self._gaps = self._alignment.new_gaps()
        texts = [self._alignment.new_text[begins:ends] for begins, ends in self._gaps]
        self._begins = [0, *accumulate(len(text) + 1 for text in texts)]
        self._open_text = BETWEEN.join(texts)
        self._open = len(_WORD.findall(self._open_text))

    def _places(self, words: str) -> list[int]:
        """Return up to two places in the new text's gaps where the words stand."""
        places: list[int] = []
        at = self._open_text.find(words)
        while at >= 0 and len(places) < ENOUGH:
            index = bisect_right(self._begins, at) - 1
            places.append(self._gaps[index][0] + at - self._begins[index])
            at = self._open_text.find(words, at + 1)
        return places

    def _likelihood(self, words: str) -> float:
        """Return how many times these words would stand in the gaps if those were random words."""
        likelihood = float(self._open)
        for word in _WORD.findall(words.lower()):
            likelihood *= self._counts.get(word, 1) / max(self._total, 1)
        return likelihood
