"""Text whose every character knows where it came from: what the truth of a revision is made of.

A line is one paragraph. Each of its characters carries the place that it had in the old text, or
``FRESH`` when an edit wrote it. Edits cut and join lines, so the places stay true through any
number of them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FRESH = -1
"""The origin of a character that was not in the old text."""

PUNCTUATION = "\\s.,;:!?…\"'“”„‘’‚«»‹›()\\[\\]{}—–。、，「」『』！？：；।॥،؛؟؞׃"
MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0962\u0963"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u3099\u309a\u200d\ufe0f\U0001f3fb-\U0001f3ff"
)
WORD = re.compile(f"[^{PUNCTUATION}]+")
LETTER = re.compile(f"[^{PUNCTUATION}](?:\u200d[^{PUNCTUATION}]|[{MARKS}\u1160-\u11ff])*")
CLINGING = re.compile(f"[{MARKS}\u1160-\u11ff]")
SENTENCE = re.compile(r".+?(?:[.!?…。！？।؟]+[\"”“»’」]?\s*|$)", re.DOTALL)


@dataclass(slots=True)
class Line:
    """A paragraph: its characters and, for each, its place in the old text."""

    chars: str
    origins: list[int]

    @classmethod
    def fresh(cls, chars: str) -> "Line":
        """Text that an edit writes."""
        return cls(chars, [FRESH] * len(chars))

    def cut(self, start: int, end: int | None = None) -> "Line":
        """The characters from ``start`` to ``end``, with their origins."""
        return Line(self.chars[start:end], self.origins[start:end])

    def trimmed(self) -> "Line":
        """The line without white space behind it."""
        return self.cut(0, len(self.chars.rstrip()))

    def changed(self, changes: Iterable["Change"]) -> "Line":
        """The line with each change made; they must not overlap."""
        chars, origins, done = list[str](), list[int](), 0
        for start, end, put in sorted(changes, key=lambda change: change[:2]):
            chars += [self.chars[done:start], put.chars]
            origins += self.origins[done:start]
            origins += put.origins
            done = end
        chars.append(self.chars[done:])
        origins += self.origins[done:]
        return Line("".join(chars), origins)


Change = tuple[int, int, Line]
"""From, to, and what stands there afterwards."""


def joined(lines: Iterable[Line], separator: str) -> Line:
    """All the lines in one, with fresh separators between them."""
    between = [FRESH] * len(separator)
    chars, origins = list[str](), list[int]()
    for line in lines:
        if chars:
            origins += between
        chars.append(line.chars)
        origins += line.origins
    return Line(separator.join(chars), origins)


def words(chars: str) -> Iterator[tuple[int, int]]:
    """Where the words stand; a script without spaces is cut into pieces of two letters."""
    for found in WORD.finditer(chars):
        start, end = found.span()
        if not _is_spaceless(chars[start]):
            yield start, end
            continue
        letters = [letter.span() for letter in LETTER.finditer(chars, start, end)]
        for index in range(0, len(letters), 2):
            yield letters[index][0], letters[min(index + 1, len(letters) - 1)][1]


def sentences(chars: str) -> list[tuple[int, int]]:
    """Where the sentences stand, each with the white space after it."""
    return [found.span() for found in SENTENCE.finditer(chars)]


def _is_spaceless(letter: str) -> bool:
    return "\u0e00" <= letter <= "\u0e7f" or "\u3040" <= letter <= "\u9fff"
