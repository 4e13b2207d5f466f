"""Queries whose SQL is made once, and then only filled in.

Django makes the SQL of a query anew each time, and for those that ask the policy that takes longer
than the database needs to answer them: more than half of what a write costs. Here a query is made
with stand-ins, numbers and words that nothing else has, and kept with its SQL; from then on the
values are put where the stand-ins are. It is for what every write asks, not for every query.

A query is kept under its name, its kind and the types of its values: whatever else its shape
depends on belongs into the kind. Of a viewer that is :func:`kind_of`.
"""

import copy
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_KEPT = 500
FIRST = -9_000_000_000_000_000  # a number that fits a key, and that no row has
WORD = "\ue000stand-in\ue000"  # of signs for private use
TIME = datetime(1, 1, 1, tzinfo=UTC)
Value = int | str | datetime | None
Make = Callable[..., "QuerySet[Any, Any]"]
Person = TypeVar("Person", bound="AbstractBaseUser | AnonymousUser")


class NotReady(Exception):
    """A value of the query does not come to its SQL: it was looked at when the query was made."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A query with stand-ins, and the SQL it became."""

    rows: "QuerySet[Any, Any]"
    compiler: SQLCompiler
    sql: str
    params: Sequence[Any]


_kept: dict[Hashable, _Made | None] = {}


def rows(name: str, make: Make, *values: Value, kind: Hashable = ()) -> list[Any]:
    """Return the rows of a query.

    Args:
        name: what tells this query from all others.
        make: returns the query for values: these ones, or stand-ins of the same types. It may
            use nothing else that changes but what the kind tells.
        values: what changes from one time to the next. Each that is not None must come to the
            database as it is.
        kind: what the shape of the query depends on.

    Raises:
        NotReady: a value does not come to the SQL.
    """
    key = (name, kind, *(type(value) for value in values))
    try:
        made = _kept[key]
    except KeyError:
        made = _made(make, values)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = made
    if made is None:
        return list(make(*values))
    filled = made.rows._chain()  # type: ignore[attr-defined]  # noqa: SLF001 -- a copy that has not been asked
    filled.query.__class__ = _Filled
    filled.query.made = made
    filled.query.places = dict(zip(_stand_ins(values), values, strict=True))
    return list(filled)


def like(viewer: Person, pk: Any) -> Person:
    """Return somebody of the same kind, with this id: for ``make``, which gets a stand-in."""
    if isinstance(viewer, AnonymousUser):
        return viewer
    other = copy.copy(viewer)
    other.pk = pk
    return other


def kind_of(viewer: Any) -> Hashable:
    """Return what the shape of queries about somebody depends on, besides their id."""
    if not viewer.is_authenticated:
        return ""
    return (viewer.kind, viewer.is_active, frozenset(viewer.get_all_permissions()))


def padded(numbers: Sequence[int]) -> list[int]:
    """Return the numbers, the last one repeated up to a power of two: queries of few lengths.

    Raises:
        IndexError: there are none.
    """
    size = 1 << (len(numbers) - 1).bit_length()
    return [*numbers, *[numbers[-1]] * (size - len(numbers))]


def _stand_ins(values: Sequence[Value]) -> list[Value]:
    return [_stand_in(value, at) for at, value in enumerate(values)]


def _stand_in(value: Value, at: int) -> Value:
    if value is None:
        return None
    if isinstance(value, datetime):
        return TIME + timedelta(hours=at + 1)
    return f"{WORD}{at}" if isinstance(value, str) else FIRST - at


def _made(make: Make, values: Sequence[Value]) -> _Made | None:
    stand_ins = _stand_ins(values)
    asked = make(*stand_ins)
    compiler = asked.query.get_compiler(using=asked.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:  # nothing to ask the database
        return None
    sent = _as_sent({one: one for one in stand_ins if one is not None}, compiler.connection)
    if missing := sent.keys() - {param for param in params if isinstance(param, Hashable)}:
        raise NotReady(sql, missing)
    return _Made(asked, compiler, sql, params)


def _as_sent(places: Mapping[Value, Value], connection: Any) -> dict[Any, Any]:
    """Return stand-ins and their values as a database gets them."""
    adapt = connection.ops.adapt_datetimefield_value
    return {
        adapt(key) if isinstance(key, datetime) else key: adapt(value)
        if isinstance(value, datetime)
        else value
        for key, value in places.items()
        if key is not None
    }


class _Filled(Query):
    """A query that was made before, with its values."""

    made: _Made
    places: Mapping[Value, Value]

    def get_compiler(
        self, using: str | None = None, connection: Any = None, elide_empty: bool = True
    ) -> "SQLCompiler":
        return _Compiler(self, using)


class _Compiler(SQLCompiler):
    """Knows the columns from when the query was made."""

    def __init__(self, query: _Filled, using: str | None) -> None:
        self.__dict__.update(query.made.compiler.__dict__)
        assert using is not None  # noqa: S101 -- a queryset always names one; for the type checker
        self.connection, self.using = connections[using], using
        self.filled = query

    def as_sql(self, *_args: Any, **_options: Any) -> tuple[str, tuple[Any, ...]]:
        made, places = self.filled.made, _as_sent(self.filled.places, self.connection)
        filled = [
            places.get(param, param) if isinstance(param, Hashable) else param
            for param in made.params
        ]
        return made.sql, tuple(filled)
