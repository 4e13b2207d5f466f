"""The map of a discussion: the numbers of an edition laid out along its text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models.functions import Left

from reader.models import Block, Edition
from reader.queries.tallies import Line, Tallies, Tally

MOST_COLUMNS = 200
WORDS_SHOWN = 90  # characters of a block that the table shows


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some blocks one after the other, or one alone, and the sums of their numbers."""

    first: Line
    last: Line
    tally: Tally
    row: int

    @property
    def is_one(self) -> bool:
        """Whether it is one block alone."""
        return self.first == self.last


@dataclass(frozen=True, slots=True)
class Row:
    """A block in the table: its name, its first words where they were asked for, its numbers."""

    line: Line
    tally: Tally
    words: str = ""


def stretches(rows: Sequence[Row]) -> list[Stretch]:
    """Return the columns of the picture: the blocks, in a long text several to a column.

    ``people`` is that of the block with most of them, since people are not to be added up.
    """
    size = -(-len(rows) // MOST_COLUMNS) or 1
    found = []
    for at in range(0, len(rows), size):
        some = rows[at : at + size]
        sums = Tally(*(sum(column) for column in zip(*(row.tally for row in some), strict=True)))
        most = max(row.tally.people for row in some)
        found.append(Stretch(some[0].line, some[-1].line, sums._replace(people=most), at))
    return found


def rows_of(tallies: Tallies, lines: Sequence[Line]) -> list[Row]:
    """Return the table's rows in reading order, without words."""
    return [Row(line, tallies.of(line.pk)) for line in lines]


def in_order(rows: Sequence[Row], order: str) -> list[Row]:
    """Return the rows with the largest number first; in reading order where no kind is named."""
    if not order:
        return list(rows)
    return sorted(rows, key=lambda row: -int(getattr(row.tally, order)))


def with_words(edition: Edition, rows: Iterable[Row]) -> list[Row]:
    """Return the rows with the first words of their blocks."""
    chosen = list(rows)
    found = Block.objects.filter(edition=edition, pk__in=[row.line.pk for row in chosen])
    words = dict(found.values_list("pk", Left("text", WORDS_SHOWN)))
    return [Row(row.line, row.tally, words.get(row.line.pk, "")) for row in chosen]
