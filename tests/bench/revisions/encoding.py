"""Edits that change how characters are written, not what is said: Unicode's many ways."""

import re
import unicodedata
from collections.abc import Callable
from random import Random

from tests.bench.revisions.lines import Change, Line, words
from tests.bench.revisions.writing import Writer

CURLY = {'"': "“", "'": "’", "...": "…"}
STRAIGHT = {"“": '"', "”": '"', "„": '"', "’": "'", "«": '"', "»": '"', "…": "..."}
LONG_WORD = 7


def renormalise(lines: list[Line], form: str) -> list[Line]:
    """Compose or decompose: a new character comes from the old ones that it stands for."""
    return [_renormalised(line, form) for line in lines]


def _renormalised(line: Line, form: str) -> Line:
    if unicodedata.is_normalized(form, line.chars):  # type: ignore[arg-type]
        return line
    chars, origins = [], list[int]()
    for start, end in _clusters(line.chars):
        before, sources = line.chars[start:end], line.origins[start:end]
        after = unicodedata.normalize(form, before)  # type: ignore[arg-type]
        chars.append(after)
        origins += [sources[min(index, end - start - 1)] for index in range(len(after))]
    return Line("".join(chars), origins)


def _clusters(chars: str) -> list[tuple[int, int]]:
    """Starters with what composes onto them, so that each piece is normalised on its own."""
    starts = [
        index
        for index, char in enumerate(chars)
        if not (unicodedata.combining(char) or "\u1160" <= char <= "\u11ff") or not index
    ]
    return list(zip(starts, [*starts[1:], len(chars)], strict=True))


def substitute(lines: list[Line], table: dict[str, str]) -> list[Line]:
    """Write each of the signs in the other way; the new sign comes from the old one."""
    pattern = re.compile("|".join(map(re.escape, table)))

    def changes(line: Line) -> list[Change]:
        made = []
        for found in pattern.finditer(line.chars):
            start, end = found.span()
            new = table[found[0]]
            sources = line.origins[start:end]
            origins = [sources[min(index, end - start - 1)] for index in range(len(new))]
            made.append((start, end, Line(new, origins)))
        return made

    return [line.changed(changes(line)) for line in lines]


def hyphenate(lines: list[Line], rng: Random) -> list[Line]:
    """Soft hyphens in some long words."""

    def changes(line: Line) -> list[Change]:
        return [
            ((start + end) // 2, (start + end) // 2, Line.fresh("\u00ad"))
            for start, end in words(line.chars)
            if end - start >= LONG_WORD and rng.random() < 0.3
        ]

    return [line.changed(changes(line)) for line in lines]


def keep_together(lines: list[Line], rng: Random) -> list[Line]:
    """Non-breaking spaces for some spaces."""

    def changes(line: Line) -> list[Change]:
        return [
            (index, index + 1, Line("\u00a0", [line.origins[index]]))
            for index, char in enumerate(line.chars)
            if char == " " and rng.random() < 0.2
        ]

    return [line.changed(changes(line)) for line in lines]


def rewrite_signs(lines: list[Line], writer: Writer, rng: Random) -> list[Line]:
    """Some of the ways above, at least one, one after the other."""
    ways: list[Callable[[list[Line]], list[Line]]] = [
        lambda edited: substitute(edited, rng.choice((CURLY, STRAIGHT))),
        lambda edited: hyphenate(edited, rng),
        lambda edited: keep_together(edited, rng),
        lambda edited: substitute(edited, {"\n": "\r\n"}),
    ]
    for way in rng.sample(ways, rng.randint(1, len(ways))):
        lines = way(lines)
    return renormalise(lines, rng.choice(("NFC", "NFD")))
