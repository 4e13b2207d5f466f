"""Words found again by themselves, and whether chance could have put them there."""

from bisect import bisect_right
from collections import Counter
from itertools import accumulate, pairwise

from reader.text.alignment import Alignment
from reader.text.alignment.tokens import words_of

UNLIKELY = 0.003
"""Words are believed to be the same when chance would put them there less often than this."""

UNLIKELY_HERE = 0.01
"""The same for words that stand between the same neighbours as before."""

TINY = 80
"""In so short a text, the same words are the same words."""

ENOUGH = 2
"""So many places are one too many."""

BETWEEN = "\0"
"""Stands between the stretches that are searched, so that nothing is found across two."""


class Chance:
    """Looks for lost passages in what is new, and weighs what it finds."""

    def __init__(self, alignment: Alignment) -> None:
        """Prepare for the alignment; the counting is done when it is first needed."""
        self._alignment = alignment
        self._gaps: list[tuple[int, int]] = []
        self._begins: list[int] = []
        self._open_text = ""
        self._is_ready = False
        self._counts: Counter[str] = Counter()
        self._pairs: set[tuple[str, str]] = set()
        self._total = 0
        self._open = 0

    def find(self, start: int, end: int) -> int | None:
        """Return where the words of the older text's span stand again in the newer text.

        None when they stand nowhere, or more than once in either text, or probably by chance.
        """
        if not self._is_ready:
            self._count()
        words = self._alignment.old_text[start:end]
        probable = self._probability(words)
        if not self._may_stand(words, probable):
            return None
        places = self._places(words)
        if len(places) != 1:
            return None
        old_text = self._alignment.old_text
        if old_text.find(words) != start or old_text.find(words, start + 1) >= 0:
            return None
        place, here = places[0]
        if (
            len(self._alignment.new_text) <= TINY
            or probable * self._open < UNLIKELY
            or (
                self._are_neighbours(start, here)
                and probable * len(words_of(self._alignment.new_text[slice(*here)])) < UNLIKELY_HERE
            )
        ):
            return place
        return None

    def _count(self) -> None:
        counts: Counter[str] = Counter()
        for text in (self._alignment.old_text, self._alignment.new_text):
            counts.update(words_of(text.lower()))
        self._counts, self._total = counts, sum(counts.values())
        self._gaps = self._alignment.new_gaps()
        texts = [self._alignment.new_text[begins:ends] for begins, ends in self._gaps]
        self._begins = [0, *accumulate(len(text) + 1 for text in texts)]
        self._open_text = BETWEEN.join(texts)
        tokens = words_of(self._open_text)
        self._open = len(tokens)
        self._pairs = set(pairwise(tokens))
        self._is_ready = True  # last: several threads may share this

    def _may_stand(self, words: str, probable: float) -> bool:
        """Whether it is worth looking: it is not for words too common, or never side by side."""
        if probable >= UNLIKELY_HERE and len(self._alignment.new_text) > TINY:
            return False
        inner = words_of(words)[1:-1]  # the first and last may be parts of words
        return all(pair in self._pairs for pair in pairwise(inner))

    def _places(self, words: str) -> list[tuple[int, tuple[int, int]]]:
        """Return up to two places in the new text's gaps where the words stand, with the gaps."""
        places: list[tuple[int, tuple[int, int]]] = []
        at = self._open_text.find(words)
        while at >= 0 and len(places) < ENOUGH:
            index = bisect_right(self._begins, at) - 1
            gap = self._gaps[index]
            places.append((gap[0] + at - self._begins[index], gap))
            at = self._open_text.find(words, at + 1)
        return places

    def _are_neighbours(self, start: int, gap: tuple[int, int]) -> bool:
        """Whether what stood before or after the old text's ``start`` stands so around the gap."""
        runs = self._alignment.runs
        index = self._alignment.run_at(start)
        ends = runs[index].new + runs[index].length if index >= 0 else 0
        is_last = index + 1 >= len(runs)
        begins = len(self._alignment.new_text) if is_last else runs[index + 1].new
        return ends == gap[0] or begins == gap[1]

    def _probability(self, words: str) -> float:
        """Return how likely random words of these texts are the ones given, in their order.

        Their own occurrence in the older text does not count: it is why they are looked for.
        """
        probability = 1.0
        for word in words_of(words.lower()):
            probability *= max(self._counts[word] - 1, 1) / max(self._total, 1)
        return probability
