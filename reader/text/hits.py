"""Where a query's words stand in a text, how well they fit it, and the part of it to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reader.text.search_query import Wanted
from reader.text.words import Word, words_of

EXCERPT = 240  # characters that are shown around the hits
RIGHT_LENGTH = 40  # words: what is longer has to say a word more often to rank as high
SATURATION = 1.2  # as in BM25: how soon saying a word again adds nothing
SAID_EXACTLY = 0.3
TOGETHER = 0.8


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a text, and whether it is what was looked for."""

    text: str
    is_hit: bool = False


def spans(words: Sequence[Word], wanted: Iterable[Wanted]) -> list[tuple[int, int]]:
    """Return where the words that are wanted stand, in order; spans do not overlap."""
    found: list[tuple[int, int]] = []
    for one in wanted:
        if not one.is_excluded:
            size = len(one.exact)
            found += [
                (words[at].start, words[at + size - 1].end)
                for at in range(len(words) - size + 1)
                if stands_at(words, at, one)
            ]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def stands_at(words: Sequence[Word], at: int, one: Wanted) -> bool:
    """Whether the term stands at the word of this index."""
    if words[at].stem in one.stems:
        return True
    *whole, last = one.exact
    if at + len(whole) >= len(words):
        return False
    ending = words[at + len(whole)].exact
    if not (ending.startswith(last) if one.is_prefix else ending == last):
        return False
    return all(words[at + step].exact == word for step, word in enumerate(whole))


def matches(text: str, language: str, wanted: Iterable[Wanted]) -> bool:
    """Whether the text is an answer. The engines find the same; tests hold them to it."""
    words = list(words_of(text, language))
    return all(
        any(stands_at(words, at, one) for at in range(len(words))) != one.is_excluded
        for one in wanted
    )


def excerpt(
    text: str, language: str, wanted: Iterable[Wanted], length: int = EXCERPT
) -> list[Piece]:
    """Return the part of the text with most of what is wanted, cut where its hits begin and end.

    Without a hit it is the beginning.
    """
    words = list(words_of(text, language))
    hits = spans(words, wanted)
    start, end = _window(text, words, hits, length)
    pieces = [Piece("… ")] if start else []
    at = start
    for first, last in hits:
        if first >= start and last <= end:
            pieces += [Piece(text[at:first]), Piece(text[first:last], is_hit=True)]
            at = last
    pieces.append(Piece(text[at:end].rstrip() if end < len(text) else text[at:end]))
    if end < len(text):
        pieces.append(Piece(" …"))
    return [piece for piece in pieces if piece.text]


def _window(
    text: str, words: Sequence[Word], hits: Sequence[tuple[int, int]], length: int
) -> tuple[int, int]:
    """Return the stretch to show: whole words, with as many hits as go into it."""
    if len(text) <= length * 3 // 2:
        return 0, len(text)
    best, most = (0, 0), -1
    for index, (first, _last) in enumerate(hits):
        inside = index
        while inside + 1 < len(hits) and hits[inside + 1][1] - first <= length * 3 // 4:
            inside += 1
        if inside - index > most:
            best, most = (first, hits[inside][1]), inside - index
    start = max(0, best[0] - length // 4)
    end = max(start + length, best[1])
    if start:
        start = next((word.start for word in words if word.start >= start), start)
    start = min(start, best[0])
    end = max((word.end for word in words if word.start < end), default=end) if words else end
    if end > start + 2 * length and end > best[1]:
        end = max(start + length, best[1])  # a word without end
    return start, min(end, len(text))


def score(words: str, word_stems: str, wanted: Iterable[Wanted]) -> float:
    """Return how well a text, given as its words joined by spaces, fits: more is better.

    A word counts the more the more often it stands in a short text, more again in the very form
    that was typed, and words that stand beside each other as typed more than far apart.
    """
    within, stems = f" {words} ", word_stems.split(" ")
    norm = SATURATION * (0.25 + 0.75 * len(stems) / RIGHT_LENGTH)
    total, before = 0.0, ""
    for one in wanted:
        if one.is_excluded:
            continue
        typed = within.count(f" {' '.join(one.exact)}{'' if one.is_prefix else ' '}")
        times = max(typed, *map(stems.count, one.stems)) if one.stems else typed
        total += times / (times + norm) + (SAID_EXACTLY if typed else 0)
        if before and f" {before} {one.exact[0]} " in within:
            total += TOGETHER
        before = one.exact[-1]
    return total
