"""SQLite: FTS5, with a column for words, one for stems and one for marks.

The tokenizer ``ascii`` only cuts at spaces here: Postil's words hold no ASCII signs.
"""

import json
from collections.abc import Collection, Iterable, Sequence

from django.db import connection

from reader.search.engines import TABLES, Candidate, Entry
from reader.search.scope import Scope
from reader.text.search_query import Wanted


def create() -> None:
    """Make the empty tables."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"CREATE VIRTUAL TABLE {table} USING fts5"
                "(exact, stems, marks, tokenize='ascii', prefix='2 3')"
            )


def index() -> None:
    """Write each index in one piece, without the words of entries that are gone."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608 -- our own name


def drop() -> None:
    """Take the tables away, if they are there."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def put(table: str, entries: Iterable[Entry]) -> None:
    """Add the entries, each in place of an earlier one of its row."""
    sql = f"INSERT OR REPLACE INTO {table} (rowid, exact, stems, marks) VALUES (%s, %s, %s, %s)"  # noqa: S608 -- our own name
    rows = [
        (one.pk, " ".join(one.exact), " ".join(one.stems), " ".join(one.marks)) for one in entries
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def remove(table: str, pks: Iterable[int]) -> None:
    """Remove the entries of these rows, as far as there are any."""
    rows = [(pk,) for pk in pks]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"DELETE FROM {table} WHERE rowid = %s", rows)  # noqa: S608 -- our own name


def candidates(
    table: str,
    wanted: Sequence[Wanted],
    scope: Scope,
    limit: int,
    among: Collection[int] | None,
) -> list[Candidate]:
    """Return the newest entries that match; with ``among``, of these rows only."""
    match = _expression(wanted, scope)
    sql = f"SELECT rowid, exact, stems FROM {table} WHERE {table} MATCH %s"  # noqa: S608 -- our own name
    values: list[str | int | list[int]] = [match]
    if among is not None:
        if not among:
            return []
        # The plus sign: rows are looked up in the list, not one by one in the index of words.
        sql += " AND rowid BETWEEN %s AND %s AND +rowid IN (SELECT value FROM json_each(%s))"
        values += [min(among), max(among), json.dumps(list(among))]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY rowid DESC LIMIT %s", [*values, limit])
        return [Candidate(*row) for row in cursor.fetchall()]


def _expression(wanted: Sequence[Wanted], scope: Scope) -> str:
    """Return the question in FTS5's own language; every word stands in quotation marks."""
    needed = [_term(one) for one in wanted if not one.is_excluded]
    needed += [_any("marks", marks) for marks in scope.all_of]
    unwanted = [_term(one) for one in wanted if one.is_excluded]
    if scope.none_of:
        unwanted.append(_any("marks", scope.none_of))
    expression = " AND ".join(f"({one})" for one in needed)
    if unwanted:
        without = " OR ".join(f"({one})" for one in unwanted)
        expression = f"({expression}) NOT ({without})"
    return expression


def _term(one: Wanted) -> str:
    phrase = f'exact : "{" ".join(one.exact)}"' + (" *" if one.is_prefix else "")
    return f"({_any('stems', one.stems)}) OR ({phrase})" if one.stems else phrase


def _any(column: str, words: Sequence[str]) -> str:
    return " OR ".join(f'{column} : "{word}"' for word in words)
