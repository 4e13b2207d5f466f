"""Likeness of comments: which say nearly the same in nearly the same words, and what each adds.

A text is compared by its pairs of neighbouring words. What it quotes from the document is left out:
two people who quote the same sentence have not said the same. A few numbers per text (*bands*) are
equal, most likely, for texts that are alike, so that a database finds candidates without reading
all texts; :func:`are_alike` then looks closely. Any language will do: nothing is known of words
but their spelling, and a script without spaces is compared by its characters, two for a word.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from rapidfuzz.distance import OSA

from reader.text.words import spellings

BANDS, ROWS = 16, 2
LEAST_WORDS = 12  # a shorter text is like its equals only
LEAST_EQUAL = 8  # and one shorter than this is like none: many people say so few words by chance
MOST_WORDS = 4_000  # of a text that are looked at
QUOTED = 6  # so many words in a row that stand in the document too are a quotation
LIKENESS, SHORT = 0.35, 2.5  # see least_likeness()
RUN, ALTOGETHER = 4, 8  # words of its own that make a text an outlier: in a row, in all
SETTLED, SETTLED_SHARE = 3, 0.75  # so many letters, and so many of them, settle how a place reads
GAP = 4  # words of the letter that part two runs of one's own
SHORT_WORD = 3  # letters: in such a word, one letter more or less makes another word

_PLACES = BANDS * ROWS
_PROBES = [
    [place for _order, place in sorted((crc32(bytes([at, to])), to) for to in range(_PLACES))]
    for at in range(_PLACES)
]
_QUOTE_LINE = re.compile(r"^[ \t]{0,3}>.*$", re.MULTILINE)
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The document's text, as far as it takes to know its words when somebody quotes them."""

    windows: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "Source":
        """Prepare a text for :func:`read`; worth keeping for as long as the text is current."""
        return cls(array("L", sorted(set(_windows(_folded_words(text))))))

    def quoted(self, words: Sequence[str]) -> list[bool]:
        """Say for each word whether it belongs to a quotation."""
        found = [False] * len(words)
        if not self.windows:
            return found
        for at, window in enumerate(_windows(words)):
            place = bisect_left(self.windows, window)
            if place < len(self.windows) and self.windows[place] == window:
                found[at : at + QUOTED] = [True] * QUOTED
        return found


NOWHERE = Source(array("L"))


@dataclass(frozen=True, slots=True)
class Said:
    """A text as it is compared: all its words, and the pairs of those that are no quotation.

    ``length`` is in words of its own; zero for a text that is too short for anything but equality.
    """

    words: tuple[str, ...]
    pairs: frozenset[int]
    length: float

    @property
    def is_comparable(self) -> bool:
        """Whether there is enough of it to be like another text at all."""
        return _count(self.words) >= LEAST_EQUAL

    def bands(self) -> list[int]:
        """Return the numbers to find candidates by; none for a text that is like no other."""
        if not self.is_comparable:
            return []
        least = _signature(self.pairs)
        return [
            (least[at] << 32 | least[at + 1]) - (1 << 63) for at in range(0, BANDS * ROWS, ROWS)
        ]


def read(text: str, source: Source = NOWHERE) -> Said:
    """Prepare a comment (Markdown) about a document for comparison."""
    words = _folded_words(text)[:MOST_WORDS]
    own = _folded_words(_QUOTE_LINE.sub("", text))[:MOST_WORDS] if ">" in text else words
    quoted = source.quoted(own)
    own = tuple(word for word, is_quoted in zip(own, quoted, strict=True) if not is_quoted)
    length = _count(own)
    if length < LEAST_WORDS:
        return Said(words, _pairs(words), 0)
    return Said(words, _pairs(own), length)


def are_alike(one: Said, other: Said) -> bool:
    """Whether two texts say nearly the same in nearly the same words."""
    if one.words == other.words:
        return one.is_comparable
    if not (one.length and other.length):
        return False
    least = least_likeness(min(one.length, other.length))
    fewer, more = sorted((len(one.pairs), len(other.pairs)))
    return fewer >= least * more and likeness(one, other) >= least


def likeness(one: Said, other: Said) -> float:
    """Return the share of word pairs that the texts have in common, 0 to 1."""
    shared = len(one.pairs & other.pairs)
    together = len(one.pairs) + len(other.pairs) - shared
    return shared / together if together else 0.0


def least_likeness(length: float) -> float:
    """Return how alike two texts must be, the shorter of which has so many words.

    Short ones must be more so: a set phrase that many people use is a large part of them.
    """
    return min(LIKENESS + SHORT / max(length, 1), 1.0)


@dataclass(frozen=True, slots=True)
class Letter:
    """What texts that are alike have in common: the pairs of words that most of them have.

    ``ends`` are the words that most begin or end with; ``settled`` are pairs that nearly all of
    them have: there, no name or place is filled in.
    """

    common: Collection[tuple[str, str]]
    words: Collection[str]
    ends: Collection[str]
    settled: Collection[tuple[str, str]]

    @classmethod
    def of(cls, texts: Sequence[Said]) -> "Letter":
        """Return what the texts have in common."""
        counted = Counter(pair for text in texts for pair in set(pairwise(text.words)))
        common = {pair for pair, count in counted.items() if count * 2 >= len(texts)}
        settled = set()
        if len(texts) >= SETTLED:
            needed = len(texts) * SETTLED_SHARE
            settled = {pair for pair in common if counted[pair] >= needed}
        words = {word for pair in common for word in pair}
        edges = Counter(word for text in texts for word in {*text.words[:1], *text.words[-1:]})
        ends = {word for word, count in edges.items() if count * 2 >= len(texts)}
        return cls(common, words, ends, settled)

    def own_runs(self, text: Said) -> list[tuple[int, int]]:
        """Return where a text has words of its own, as runs of positions among its words.

        A misspelled word of the letter is not one.
        """
        words = text.words
        is_own = [True] * len(words)
        for at, pair in enumerate(pairwise(words)):
            if pair in self.common:
                is_own[at] = is_own[at + 1] = False
        for end in {0, len(words) - 1} if words else ():  # these have one neighbour only
            is_own[end] = is_own[end] and words[end] not in self.ends
        runs: list[tuple[int, int]] = []
        for at in range(len(words)):
            if not is_own[at]:
                continue
            if runs and runs[-1][1] == at:
                runs[-1] = (runs[-1][0], at + 1)
            else:
                runs.append((at, at + 1))
        return [
            run
            for run in runs
            if not all(_is_slip(word, self.words) for word in words[slice(*run)])
        ]

    def is_outlier(self, text: Said) -> bool:
        """Whether a text says something of its own, beyond a name, a place or a greeting.

        That is some words in a row, or many in all; or a single one where nearly all letters
        read the same, since a "not" is enough to say the contrary.
        """
        runs = self.own_runs(text)
        sizes = [_count(text.words[start:end]) for start, end in runs]
        if max(sizes, default=0) >= RUN or sum(sizes) >= max(ALTOGETHER, len(text.words) / 8):
            return True
        return self._has_put_in(text.words) or any(self._departs(text.words, *run) for run in runs)

    def _has_put_in(self, words: Sequence[str]) -> bool:
        """Whether a word stands between two that nearly all letters have side by side."""
        are_new = [pair not in self.common for pair in pairwise(words)]
        return any(
            (words[at], words[at + 2]) in self.settled
            and not self._are_swapped(words[at], words[at + 1])
            and not self._are_swapped(words[at + 1], words[at + 2])
            for at, joint in enumerate(pairwise(are_new))
            if any(joint)
        )

    def _are_swapped(self, first: str, second: str) -> bool:
        return (second, first) in self.common

    def _departs(self, words: Sequence[str], start: int, end: int) -> bool:
        """Whether nearly all letters read otherwise between the words around this run."""
        if not 0 < start < end < len(words):
            return False
        before, run, after = words[start - 1], words[start:end], words[end]
        if (before, after) in self.settled:
            return True
        instead = {second for first, second in self.settled if first == before}
        missing = {word for word in instead if (word, after) in self.settled} - {*run}
        return bool(missing) and not any(_is_slip(word, missing) for word in run)


def excerpts(text: str, runs: Sequence[tuple[int, int]]) -> list[str]:
    """Return the runs of :meth:`Letter.own_runs` as they stand in the text, near ones as one."""
    spans: list[tuple[int, int]] = []
    at = 0
    for spelling in spellings(text):
        start = text.index(spelling, at)
        at = start + len(spelling)
        if _fold(spelling):
            spans.append((start, at))
    joined: list[tuple[int, int]] = []
    for start, end in runs:
        if joined and start - joined[-1][1] < GAP:
            joined[-1] = (joined[-1][0], end)
        elif end <= len(spans):
            joined.append((start, end))
    return [text[spans[start][0] : spans[end - 1][1]] for start, end in joined]


def _folded_words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_fold, spellings(text))))


@lru_cache(50_000)
def _fold(spelling: str) -> str:
    return unicodedata.normalize("NFKC", spelling).casefold().replace("ё", "е")


def _pairs(words: Sequence[str]) -> frozenset[int]:
    """Return the pairs of neighbouring words as numbers; a single word stands for itself."""
    if len(words) == 1:
        return frozenset([crc32(words[0].encode())])
    return frozenset([crc32(f"{first} {second}".encode()) for first, second in pairwise(words)])


def _windows(words: Sequence[str]) -> list[int]:
    return [
        crc32(" ".join(words[at : at + QUOTED]).encode()) for at in range(len(words) - QUOTED + 1)
    ]


def _signature(pairs: Collection[int]) -> list[int]:
    """Return a MinHash of the pairs: two sets agree at a place as often as they are alike.

    Each pair is hashed once: its low bits are its place, and the least number at a place stands
    there. A place that stays empty takes what a settled row of other places has.
    """
    least: dict[int, int] = {}
    for pair in pairs:
        number = pair * 0x9E3779B1 & 0xFFFFFFFF  # spreads what a CRC leaves close together
        place = number % _PLACES
        if number < least.get(place, 1 << 32):
            least[place] = number
    return [
        least[next(place for place in (at, *_PROBES[at]) if place in least)]
        for at in range(_PLACES)
    ]


def _count(words: Sequence[str]) -> float:
    """Return how many words these are; a character of a script without spaces is half of one."""
    return len(words) - len(_DENSE.findall("".join(words))) / 2


def _is_slip(word: str, meant: Collection[str]) -> bool:
    """Whether the word is one of those, mistyped by a letter or by the order of its letters."""
    return word not in meant and any(
        (len(word) > SHORT_WORD and OSA.distance(word, other, score_cutoff=1) == 1)
        or (len(word) == len(other) > 1 and sorted(word) == sorted(other))
        for other in meant
    )
