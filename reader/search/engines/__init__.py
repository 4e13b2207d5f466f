"""The engines: one module for each kind of database, all with the same functions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from django.db import connection

from reader.search.scope import Scope
from reader.text.search_query import Wanted

ANNOTATIONS = "reader_search_annotation"
BLOCKS = "reader_search_block"
TABLES = (ANNOTATIONS, BLOCKS)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is indexed under the id of a row: its words, their stems, its marks, in order."""

    pk: int
    exact: Sequence[str]
    stems: Sequence[str]
    marks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that the engine found, with its words and their stems, joined by spaces."""

    pk: int
    exact: str
    stems: str


class Engine(Protocol):
    """What the module of an engine has."""

    def create(self) -> None:
        """Make the empty tables."""

    def index(self) -> None:
        """Make ready for questions, once the tables have been filled."""

    def drop(self) -> None:
        """Take the tables away, if they are there."""

    def put(self, table: str, entries: Iterable[Entry]) -> None:
        """Add the entries, each in place of an earlier one of its row."""

    def remove(self, table: str, pks: Iterable[int]) -> None:
        """Remove the entries of these rows, as far as there are any."""

    def candidates(
        self,
        table: str,
        wanted: Sequence[Wanted],
        scope: Scope,
        limit: int,
        among: Collection[int] | None,
    ) -> list[Candidate]:
        """Return the newest entries that match."""


def engine() -> Engine:
    """Return the engine of the database at hand."""
    from reader.search.engines import postgresql, sqlite  # noqa: PLC0415 -- they import the above

    return cast("Engine", postgresql if connection.vendor == "postgresql" else sqlite)
