"""Lists of words to look for, in any script, however their letters are dressed up.

A list holds a word or a few words a line; ``*`` at the end of a word stands for any ending. Whole
words are found and nothing inside of others. Case, compatibility forms, accents put on plain
letters, invisible signs, letters of another alphabet that look the same and l e t t e r s set apart
do not hide a word. The time it takes is linear in the text: words are looked up, never searched.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from reader.text import names
from reader.text.words import spellings

LONGEST_ENTRY = 64  # characters
MOST_WORDS = 6  # of one entry
ENDING = "*"
SET_APART = 4  # so many single letters in a row are read as a word, too
_NOT_LETTERS = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_DENSE = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)


class BadEntry(ValueError):
    """A line that is no word to look for; its text is the line."""


@dataclass(slots=True)
class _Node:
    """What may follow on the words so far; ``entry`` is the line that ends here."""

    exact: dict[str, "_Node"] = field(default_factory=dict)
    beginnings: dict[str, "_Node"] = field(default_factory=dict)
    entry: str = ""


@dataclass(frozen=True, slots=True)
class WordsToFind:
    """A list, ready to look with. Words stand in it as they are read, and as they are seen."""

    read: _Node
    seen: _Node

    @classmethod
    def of(cls, lines: Iterable[str]) -> "WordsToFind":
        """Prepare the lines of a list; empty ones, and those that are no words, say nothing."""
        found = cls(_Node(), _Node())
        for line in lines:
            try:
                words = entry_words(line)
            except BadEntry:
                continue
            if words:
                _put(found.read, words, line.strip())
                disguised = [(names.skeleton(word), is_open) for word, is_open in words]
                if all(word for word, _is_open in disguised):
                    _put(found.seen, disguised, line.strip())
        return found

    def first_in(self, text: str) -> str:
        """Return the line of the list whose words stand first in the text, or nothing."""
        tokens = folded(text)
        return _first(self.read, tokens) or _first(self.seen, [_unmasked(one) for one in tokens])


def entry_words(line: str) -> list[tuple[str, bool]]:
    """Return the folded words of a line, each with whether any ending will do; none: it is empty.

    Raises:
        BadEntry: it holds no letters, is too long, or has a ``*`` elsewhere.
    """
    line = line.strip()
    if len(line) > LONGEST_ENTRY:
        raise BadEntry(line)
    words: list[tuple[str, bool]] = []
    for part in line.split():
        bare, star = part.removesuffix(ENDING), part.endswith(ENDING)
        tokens = _words_of(bare)
        if not tokens or ENDING in bare:
            raise BadEntry(line)
        words += [(token, False) for token in tokens[:-1]] + [(tokens[-1], star)]
    if len(words) > MOST_WORDS and not _DENSE.search(line):
        raise BadEntry(line)
    return words


def folded(text: str) -> list[str]:
    """Return the words of a text as they are compared; letters set apart also as one word."""
    tokens = _words_of(text)
    joined = list(_joined(tokens))
    return [*tokens, "", *joined] if joined else tokens


def fold(text: str) -> str:
    """Return the text in one spelling: compatibility forms, small letters, nothing invisible."""
    plain = unicodedata.normalize("NFD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold()
    visible = "".join(char for char in plain if _is_visible(char))
    return unicodedata.normalize("NFKC", visible)


def _is_visible(char: str) -> bool:
    if char in "\n\t":
        return True
    return unicodedata.category(char) not in _NOT_LETTERS and char not in names.FILLERS


def _words_of(text: str) -> list[str]:
    return spellings(fold(text))


def _joined(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the words that runs of single letters make; not of scripts that write no spaces.

    A word of one letter beside the run may not belong to it: it is tried without, too.
    """
    run: list[str] = []
    for token in [*tokens, ""]:
        if len(token) == 1 and not _DENSE.match(token):
            run.append(token)
            continue
        for part in (run, run[1:], run[:-1], run[1:-1]):
            if len(part) >= SET_APART:
                yield "".join(part)
                yield ""  # they are not neighbours
        run = []


@lru_cache(50_000)
def _unmasked(word: str) -> str:
    """Return the letters that a word seems to be of, if it is not what it seems; else nothing.

    It is not where it takes letters from two alphabets, sets digits among letters, or puts other
    signs in the place of plain Latin letters.
    """
    if word.isascii():
        return "" if word.isalpha() or word.isdecimal() else names.skeleton(word)
    seen = names.skeleton(word)
    return seen if seen.isascii() or names.mixes_alphabets(word) else ""


def _put(root: _Node, words: Sequence[tuple[str, bool]], line: str) -> None:
    node = root
    for word, is_open in words:
        following = node.beginnings if is_open else node.exact
        node = following.setdefault(word, _Node())
    node.entry = node.entry or line


def _first(root: _Node, tokens: Sequence[str]) -> str:
    for at in range(len(tokens)):
        if tokens[at] and (entry := _entry_at(root, tokens, at)):
            return entry
    return ""


def _entry_at(root: _Node, tokens: Sequence[str], at: int) -> str:
    """Return the line whose words stand here; at most as many are looked at as a line has."""
    nodes = [root]
    while nodes and at < len(tokens) and tokens[at]:
        word = tokens[at]
        nodes = [after for node in nodes for after in _after(node, word)]
        for node in nodes:
            if node.entry:
                return node.entry
        at += 1
    return ""


def _after(node: _Node, word: str) -> Iterator[_Node]:
    if node.exact and word in node.exact:
        yield node.exact[word]
    if node.beginnings:
        for end in range(1, min(len(word), LONGEST_ENTRY) + 1):
            if word[:end] in node.beginnings:
                yield node.beginnings[word[:end]]
