"""Paragraphs that two texts share to the letter: most of a revision, and found at once."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line that is not blank: its span in the text, and its words."""

    start: int
    end: int
    words: str


def paragraphs(text: str) -> list[Paragraph]:
    """Return the lines of the text that are not blank, without space at their ends."""
    found: list[Paragraph] = []
    for match in _LINE.finditer(text):
        words = match[0].strip()
        if words:
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            found.append(Paragraph(start, start + len(words), words))
    return found


def same_paragraphs(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> dict[int, int]:
    """Return which old paragraph is which new one, by index, for those that are equal.

    Certain are: the same at the beginning and the end of both texts, a paragraph that stands
    once in each, and the equal neighbours of those. What is repeated beyond that stays open.
    """
    pairs: dict[int, int] = {}
    taken: set[int] = set()

    def extend(at: int, there: int, step: int) -> None:
        while (
            0 <= at < len(old)
            and 0 <= there < len(new)
            and at not in pairs
            and there not in taken
            and old[at].words == new[there].words
        ):
            pairs[at] = there
            taken.add(there)
            at, there = at + step, there + step

    extend(0, 0, 1)
    extend(len(old) - 1, len(new) - 1, -1)
    counts = Counter(one.words for one in old)
    new_counts = Counter(one.words for one in new)
    places = {one.words: index for index, one in enumerate(new)}
    anchors = [
        (index, places[one.words])
        for index, one in enumerate(old)
        if counts[one.words] == 1 and new_counts.get(one.words) == 1
    ]
    for at, there in anchors:
        if at not in pairs and there not in taken:
            pairs[at] = there
            taken.add(there)
    for at, there in sorted(pairs.items()):
        extend(at + 1, there + 1, 1)
        extend(at - 1, there - 1, -1)
    return pairs
