"""PostgreSQL: one ``tsvector`` for each entry, built of Postil's own words, in a GIN index.

A word's first letter says what it is: ``e`` as it is written, ``s`` a stem, ``x`` a mark.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection, connections

from reader.databases import reading_from
from reader.search.engines import TABLES, Candidate, Entry
from reader.search.scope import Scope
from reader.text.search_query import Wanted

COUNTED = 1_000  # what PostgreSQL calls the statistics target: ten times as many words


def create() -> None:
    """Make the empty tables."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"CREATE TABLE {table} (id bigint PRIMARY KEY, exact text NOT NULL, "
                "stems text NOT NULL, words tsvector NOT NULL)"
            )
        know_more_words(cursor)


def know_more_words(cursor: Any) -> None:
    """Have the database count ten times as many words as it does by itself when it counts.

    Of a word that it knows nothing of it thinks that it is in every few hundredth entry, and walks
    through all of them, newest first, instead of asking the index.
    """
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} ALTER COLUMN words SET STATISTICS {COUNTED}")


def index() -> None:
    """Make the indexes, unless they are there, and count what is in them."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {table}_words ON {table} USING gin (words)")
            cursor.execute(f"ANALYZE {table}")


def drop() -> None:
    """Take the tables away, if they are there."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def put(table: str, entries: Iterable[Entry]) -> None:
    """Add the entries, each in place of an earlier one of its row."""
    sql = (
        f"INSERT INTO {table} (id, exact, stems, words) VALUES (%s, %s, %s, %s::tsvector) "  # noqa: S608 -- our own name
        "ON CONFLICT (id) DO UPDATE SET exact = excluded.exact, stems = excluded.stems, "
        "words = excluded.words"
    )
    rows = [(one.pk, " ".join(one.exact), " ".join(one.stems), _vector(one)) for one in entries]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def _vector(entry: Entry) -> str:
    places: dict[str, list[str]] = {}
    for number, word in enumerate(entry.exact, start=1):
        places.setdefault(word, []).append(str(number))
    lexemes = [f"{_quoted('e', word)}:{','.join(at)}" for word, at in places.items()]
    lexemes += [_quoted("s", stem) for stem in dict.fromkeys(entry.stems)]
    lexemes += [_quoted("x", mark) for mark in dict.fromkeys(entry.marks)]
    return " ".join(lexemes)


def remove(table: str, pks: Iterable[int]) -> None:
    """Remove the entries of these rows, as far as there are any."""
    rows = list(pks)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [rows])  # noqa: S608 -- our own name


def candidates(
    table: str,
    wanted: Sequence[Wanted],
    scope: Scope,
    limit: int,
    among: Collection[int] | None,
) -> list[Candidate]:
    """Return the newest entries that match; with ``among``, of these rows only."""
    sql = f"SELECT id, exact, stems FROM {table} WHERE words @@ %s::tsquery"  # noqa: S608 -- our own name
    values: list[str | int | list[int]] = [_expression(wanted, scope)]
    if among is not None:
        sql += " AND id = ANY(%s)"
        values.append(list(among))
    with connections[reading_from()].cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY id DESC LIMIT %s", [*values, limit])
        return [Candidate(*row) for row in cursor.fetchall()]


def _expression(wanted: Sequence[Wanted], scope: Scope) -> str:
    """Return the question as a ``tsquery``; every word stands in quotation marks."""
    parts = [f"{'!' if one.is_excluded else ''}({_term(one)})" for one in wanted]
    parts += [f"({_any('x', marks)})" for marks in scope.all_of]
    if scope.none_of:
        parts.append(f"!({_any('x', scope.none_of)})")
    return " & ".join(parts)


def _term(one: Wanted) -> str:
    phrase = " <-> ".join(_quoted("e", word) for word in one.exact) + (
        ":*" if one.is_prefix else ""
    )
    return f"{_any('s', one.stems)} | ({phrase})" if one.stems else phrase


def _any(kind: str, words: Sequence[str]) -> str:
    return " | ".join(_quoted(kind, word) for word in words)


def _quoted(kind: str, word: str) -> str:
    return f"'{kind}{word}'"  # words hold no ASCII signs, so none that would have to be escaped
