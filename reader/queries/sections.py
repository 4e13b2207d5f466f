"""Book-length editions in sections: what one page shows of them.

A published edition never changes, so that its sections are found once in each process. Those of a
book are kept in the cache as well, where a new process finds them without going through the text.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from django.core.cache import caches
from django.db.models.functions import Length

from reader.models import Block, Edition
from reader.text.blocks import BlockKind

SHAPE = 1  # of what is kept; raise it with every change of it or of the rules below
LONGEST = 150  # blocks of a section
LONGEST_TEXT = 100_000  # characters of it, roughly
WORTH_A_SECTION = 30  # blocks: a heading begins a new section after that many
EDITIONS_KEPT = 64
MOST_HEADINGS = 200  # in the contents beside the text


class Line(NamedTuple):
    """A block without its text: what cutting a book needs of it."""

    position: int
    ref: str
    number: int | None
    kind: str
    length: int


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks that are shown together, from the first to the last position.

    ``heading`` is the first one in it, empty without one; ``numbers`` are those of its first and
    last numbered paragraph.
    """

    number: int
    first: int
    last: int
    heading: str = ""
    numbers: tuple[int, int] | None = None


class Entry(NamedTuple):
    """A heading in the contents, and the section it is in."""

    section: Section
    ref: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Sections:
    """An edition's sections in reading order.

    ``contents`` are the headings; of very many only those of the higher levels.
    """

    edition: int
    all: Sequence[Section]
    contents: Sequence[Entry]

    def holding(self, ref: str) -> Section | None:
        """Return the section that a block is in."""
        return next(iter(self.holding_any([ref])), None)

    def holding_any(self, refs: Iterable[str]) -> set[Section]:
        """Return the sections that the blocks are in, those that there are."""
        rows = Block.objects.filter(edition=self.edition, ref__in=list(refs))
        positions = rows.order_by().values_list("position", flat=True)
        starts = [section.first for section in self.all]
        return {self.all[bisect_right(starts, position) - 1] for position in positions}

    def numbered(self, number: int) -> Section | None:
        """Return the section with this number, counted from 1."""
        return self.all[number - 1] if 0 < number <= len(self.all) else None


def sections_of(edition: Edition) -> Sections:
    """Return the edition's sections; one empty section for an edition without any text."""
    if edition.is_draft or edition.published_at is None:
        return _find(edition.pk, _lines(edition.pk))
    return _found(edition.pk, edition.published_at)


@lru_cache(maxsize=EDITIONS_KEPT)
def _found(edition: int, published_at: datetime) -> Sections:
    lines = _lines(edition, LONGEST + 1)
    if len(lines) <= LONGEST:
        return _find(edition, lines)
    # The time stands in the name for a site that was taken back to an earlier state.
    name = f"sections-{SHAPE}-{edition}-{published_at.timestamp()}"
    found: Sections | None = caches["pages"].get(name)
    if found is None:
        found = _find(edition, _lines(edition))
        caches["pages"].set(name, found, timeout=None)
    return found


def forget_sections() -> None:
    """Forget what was found: for tests, where another edition may get the same number."""
    _found.cache_clear()


def _lines(edition: int, most: int | None = None) -> list[Line]:
    rows = Block.objects.filter(edition=edition).order_by("position")
    fields = ("position", "ref", "number", "kind", Length("text"))
    return [Line(*row) for row in rows.values_list(*fields)[:most]]


def _find(edition: int, lines: Sequence[Line]) -> Sections:
    rows = Block.objects.filter(edition=edition, kind=BlockKind.HEADING).order_by("position")
    headings = rows.values_list("ref", "level", "text")
    texts = {ref: text for ref, _level, text in headings}
    starts = [*_starts(lines), len(lines)]
    sections = [
        _section(number, lines[start:end], texts)
        for number, (start, end) in enumerate(pairwise(starts), 1)
    ]
    by_ref = {
        line.ref: number
        for number, (start, end) in enumerate(pairwise(starts), 1)
        for line in lines[start:end]
    }
    entries = [Entry(sections[by_ref[ref] - 1], ref, level, text) for ref, level, text in headings]
    return Sections(edition, sections or [Section(1, 0, 0)], _contents(entries))


def _section(number: int, lines: Sequence[Line], texts: Mapping[str, str]) -> Section:
    heading = next((texts[line.ref] for line in lines if line.ref in texts), "")
    numbers = [line.number for line in lines if line.number]
    ends = (numbers[0], numbers[-1]) if numbers else None
    return Section(number, lines[0].position, lines[-1].position, heading, ends)


def _contents(entries: Sequence[Entry]) -> list[Entry]:
    by_level = Counter(entry.level for entry in entries)
    room, deepest = MOST_HEADINGS, min(by_level, default=0)
    for level in sorted(by_level):
        room -= by_level[level]
        deepest = level if room >= 0 else deepest
    return [entry for entry in entries if entry.level <= deepest]


def _starts(lines: Sequence[Line]) -> list[int]:
    """Return the indexes at which sections begin: at headings, and within long chapters evenly."""
    if not lines:
        return []
    if len(lines) <= LONGEST and sum(line.length for line in lines) <= LONGEST_TEXT:
        return [0]
    chapters = [0]
    for index, line in enumerate(lines):
        if line.kind == BlockKind.HEADING and index - chapters[-1] >= WORTH_A_SECTION:
            chapters.append(index)
    starts: list[int] = []
    for start, end in pairwise([*chapters, len(lines)]):
        size = sum(line.length for line in lines[start:end])
        parts = min(end - start, max(ceil((end - start) / LONGEST), ceil(size / LONGEST_TEXT)))
        starts += [start + (end - start) * part // parts for part in range(parts)]
    return starts
