"""Libraries that compare texts or find words in them, each called in the way that serves it best.

None of them need be installed: they are loaded when they are called.
"""

import importlib
import re
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
NOT_FOUND = -1, -1

Block = tuple[int, int, int]
"""Where it begins in the old text, where in the new one, and how long it is."""
Blocks = Iterable[Block]


def _load(name: str) -> Any:
    """A library by name: it need not be installed."""
    return importlib.import_module(name)


def tokens(text: str) -> list[str]:
    """Words, spaces and signs: together they are the text."""
    return TOKEN.findall(text)


def by_words(compare: Callable[[list[str], list[str]], Blocks], old: str, new: str) -> Blocks:
    """Compare words; the blocks that come of it are in characters."""
    one, other = tokens(old), tokens(new)
    olds, news = [list(accumulate(map(len, side), initial=0)) for side in (one, other)]
    for start, begin, length in compare(one, other):
        yield olds[start], news[begin], olds[start + length] - olds[start]


def difflib_blocks(old: Any, new: Any) -> Blocks:
    """The standard library."""
    matcher = _load("difflib").SequenceMatcher(None, old, new, autojunk=False)
    return [tuple(block) for block in matcher.get_matching_blocks()]


def levenshtein_blocks(old: Any, new: Any) -> Blocks:
    """RapidFuzz, all three edits."""
    found = _load("rapidfuzz.distance").Levenshtein.opcodes(old, new).as_matching_blocks()
    return [tuple(block) for block in found]


def indel_blocks(old: Any, new: Any) -> Blocks:
    """RapidFuzz, the longest common subsequence."""
    found = _load("rapidfuzz.distance").Indel.opcodes(old, new).as_matching_blocks()
    return [tuple(block) for block in found]


def fast_dmp_blocks(old: str, new: str) -> Blocks:
    """The C++ form of diff-match-patch."""
    diff = _load("fast_diff_match_patch").diff
    return _from_steps(diff(old, new, timelimit=0, checklines=False, cleanup="No"))


def fast_dmp_lines_blocks(old: str, new: str) -> Blocks:
    """The same, lines first, and with a second at most."""
    diff = _load("fast_diff_match_patch").diff
    return _from_steps(diff(old, new, timelimit=1, checklines=True, cleanup="No"))


def dmp_blocks(old: str, new: str) -> Blocks:
    """diff-match-patch in Python."""
    library = _load("diff_match_patch").diff_match_patch()
    library.Diff_Timeout = 0
    steps = library.diff_main(old, new, checklines=False)
    return _from_steps(("-=+"[step + 1], len(text)) for step, text in steps)


def edlib_blocks(old: str, new: str) -> Blocks:
    """Edlib, whole against whole."""
    cigar = _load("edlib").align(old, new, mode="NW", task="path")["cigar"]
    sides = {"=": "=", "I": "-", "D": "+", "X": "x"}
    found = re.findall(r"(\d+)([=IDX])", cigar)
    return _from_steps((sides[step], int(count)) for count, step in found)


def _from_steps(steps: Iterable[tuple[str, int]]) -> Blocks:
    blocks, old, new = list[Block](), 0, 0
    for step, length in steps:
        if step == "=":
            blocks.append((old, new, length))
        old += length if step in "=-x" else 0
        new += length if step in "=+x" else 0
    return blocks


COMPARING: dict[str, Callable[[str, str], Blocks]] = {
    "difflib, characters": difflib_blocks,
    "difflib, words": lambda old, new: by_words(difflib_blocks, old, new),
    "rapidfuzz Levenshtein, characters": levenshtein_blocks,
    "rapidfuzz Levenshtein, words": lambda old, new: by_words(levenshtein_blocks, old, new),
    "rapidfuzz Indel, characters": indel_blocks,
    "rapidfuzz Indel, words": lambda old, new: by_words(indel_blocks, old, new),
    "fast-diff-match-patch": fast_dmp_blocks,
    "fast-diff-match-patch, lines, 1 s": fast_dmp_lines_blocks,
    "diff-match-patch": dmp_blocks,
    "edlib": edlib_blocks,
}


def rapidfuzz_find(words: str, text: str, _hint: int) -> tuple[int, int]:
    """The best place for the words."""
    found = _load("rapidfuzz.fuzz").partial_ratio_alignment(words, text)
    return found.dest_start, found.dest_end


def edlib_find(words: str, text: str, _hint: int) -> tuple[int, int]:
    """The place with the least edits, half of the words' length at most."""
    found = _load("edlib").align(words, text, mode="HW", task="locations", k=len(words) // 2)
    if not found["locations"]:
        return NOT_FOUND
    start, last = found["locations"][0]
    return start, last + 1


def difflib_find(words: str, text: str, _hint: int) -> tuple[int, int]:
    """The longest piece in common."""
    matcher = _load("difflib").SequenceMatcher(None, text, words, autojunk=False)
    found = matcher.find_longest_match()
    return found.a - found.b, found.a - found.b + len(words)


def dmp_find(words: str, text: str, hint: int) -> tuple[int, int]:
    """The place near the hint, anywhere in the text, that is like the words."""
    library = _load("diff_match_patch").diff_match_patch()
    library.Match_Distance = len(text)
    start = library.match_main(text, words, hint)
    return (start, start + len(words)) if start >= 0 else NOT_FOUND


FINDERS: dict[str, Callable[[str, str, int], tuple[int, int]]] = {
    "rapidfuzz partial_ratio": rapidfuzz_find,
    "edlib, infix": edlib_find,
    "difflib": difflib_find,
    "diff-match-patch": dmp_find,
}
