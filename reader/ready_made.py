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

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_KEPT = 500
FIRST = 2_147_000_000  # fits each column of numbers, and stands in no query by itself
FAR = 2**63
WORD = "\ue000stand-in\ue000"  # of signs for private use
TIME = datetime(1, 1, 1, tzinfo=UTC)
Value = int | str | datetime | None
Make = Callable[..., "QuerySet[Any, Any]"]
Person = TypeVar("Person", bound="AbstractBaseUser | AnonymousUser")


class NotReady(Exception):
    """The query's shape depends on its values: one was looked at when the query was made."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A query with stand-ins, and the SQL it became."""

    rows: "QuerySet[Any, Any]"
    compiler: SQLCompiler
    sql: str
    params: Sequence[Any]

    def filled(self, places: "Mapping[Value, Value]") -> tuple[Any, ...]:
        """Return the parameters with the values in the places of the stand-ins."""
        sent = _as_sent(places, self.compiler.connection)
        return tuple(
            [sent.get(one, one) if isinstance(one, Hashable) else one for one in self.params]
        )


_kept: dict[Hashable, _Made | None] = {}


def rows(name: str, make: Make, *values: Value, kind: Hashable = ()) -> list[Any]:
    """Return the rows of a query.

    Args:
        name: what tells this query from all others.
        make: returns the query for values: these ones, or stand-ins of the same types. It may
            use nothing else that changes but what the kind tells.
        values: what changes from one time to the next, and comes to the database as it is.
        kind: what the shape of the query depends on.

    Raises:
        NotReady: it depends on something else.
    """
    if any(isinstance(value, int) and not -FAR <= value < FAR for value in values):
        return list(make(*values))  # in no column: Django asks the database nothing then
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
    permitted = frozenset(viewer.get_all_permissions())
    return (viewer.kind, viewer.is_active, permitted, settings.SECOND_FACTOR_FOR)


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
    return f"{WORD}{at}" if isinstance(value, str) else FIRST + at


def _made(make: Make, values: Sequence[Value]) -> _Made | None:
    stand_ins = _stand_ins(values)
    asked = make(*stand_ins)
    compiler = asked.query.get_compiler(using=asked.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:  # nothing to ask the database
        return None
    made = _Made(asked, compiler, sql, params)
    places = dict(zip(stand_ins, values, strict=True))
    real = make(*values).query.get_compiler(using=asked.db).as_sql()
    # Where a value stands twice, Django asks for it once.
    is_same = (sql, made.filled(places)) == real
    if not is_same and (
        len(set(values)) == len(values) or set(made.filled(places)) != set(real[1])
    ):
        raise NotReady(sql, real[0])
    return made


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
        return self.filled.made.sql, self.filled.made.filled(self.filled.places)
