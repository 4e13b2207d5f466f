"""Moving a site's rows from one database to another, and comparing the two.

Rows are read and written as they are, past the models: no default, no time stamp and no rule of
ours can change one on the way.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from reader.management.row_values import MODULUS, Sum, digest_of, holdable
from reader.search.engines import TABLES as INDEXES

AT_ONCE = 2_000  # rows in memory
CACHES = ("reader_cache", "reader_pages")
MADE_ANEW = ("django_migrations", *CACHES, *INDEXES)
MADE_BY_MIGRATING = frozenset({"django_content_type", "auth_permission"})


class CannotCopy(Exception):
    """The site cannot be copied; the message says why and what to do about it."""


def add_connection(alias: str, config: dict[str, Any]) -> BaseDatabaseWrapper:
    """Open another database under a name of its own, beside those of the settings."""
    complete = connections.configure_settings({"default": {}, alias: config})
    connections.settings[alias] = complete[alias]
    return connections[alias]


def tables() -> list[type[models.Model]]:
    """Return a model for each table of the site, tables that only link others among them."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]  # noqa: SLF001 -- public in Django, for all its underscore


def table_name(model: type[models.Model]) -> str:
    """Return the name of the model's table."""
    return model._meta.db_table  # noqa: SLF001 -- likewise


def columns(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """Return the fields of the model that are columns."""
    return list(model._meta.local_concrete_fields)  # noqa: SLF001 -- likewise


def _name(field: "models.Field[Any, Any]") -> str:
    return str(field.column)  # their stubs think that it may be None


def is_up_to_date(database: BaseDatabaseWrapper) -> bool:
    """Whether all migrations were applied to the database."""
    executor = MigrationExecutor(database)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def check_source(source: BaseDatabaseWrapper) -> None:
    """Make sure that the database has the tables and columns that this Postil knows.

    Raises:
        CannotCopy: migrations are missing, or a table has columns that would be left behind.
    """
    if not is_up_to_date(source):
        raise CannotCopy("The site's own database is not up to date: run manage.py migrate first.")
    with source.cursor() as cursor:
        for model in tables():
            described = source.introspection.get_table_description(cursor, table_name(model))
            unknown = {str(column.name) for column in described} - {
                _name(one) for one in columns(model)
            }
            if unknown:
                names = ", ".join(sorted(unknown))
                raise CannotCopy(
                    f"{table_name(model)} has columns that Postil does not know: {names}."
                )


def other_tables(source: BaseDatabaseWrapper) -> list[str]:
    """Return the tables that are not Postil's.

    Its caches and its index of words are; they are made anew and not copied.
    """
    found = set(source.introspection.table_names()) - {table_name(one) for one in tables()}
    return sorted(name for name in found if not name.startswith(MADE_ANEW))


def begin_snapshot(source: BaseDatabaseWrapper) -> None:
    """See one state of the database until the transaction ends, whatever others write meanwhile.

    Call it first in a transaction. SQLite must have begun it DEFERRED, so that others may write;
    the first look then fixes what is seen.
    """
    with source.cursor() as cursor:
        if source.vendor == "postgresql":
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT COUNT(*) FROM django_migrations")
        cursor.fetchall()


def occupied(target: BaseDatabaseWrapper) -> list[str]:
    """Return the site's tables that have rows in them, beyond those that migrating makes."""
    there = set(target.introspection.table_names())
    return [
        table_name(model)
        for model in tables()
        if table_name(model) in there - MADE_BY_MIGRATING
        and _everything(model, target.alias).exists()
    ]


def empty(target: BaseDatabaseWrapper) -> None:
    """Take all rows out; TRUNCATE asks no trigger, not even the decision log's."""
    quote = target.ops.quote_name
    names = ", ".join(quote(table_name(model)) for model in tables())
    with target.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names}")


def rows_of(model: type[models.Model], alias: str) -> Iterator[tuple[Any, ...]]:
    """Yield the table's rows in the order of their key, as Python values."""
    names = [field.attname for field in columns(model)]
    return _everything(model, alias).order_by("pk").values_list(*names).iterator(AT_ONCE)


def count_rows(model: type[models.Model], alias: str) -> int:
    """Return how many rows the database itself counts."""
    return _everything(model, alias).count()


def _everything(model: type[models.Model], alias: str) -> "models.QuerySet[Any]":
    return model._base_manager.using(alias).order_by()  # noqa: SLF001 -- public in Django; hides no row


def copy_table(
    model: type[models.Model],
    source: BaseDatabaseWrapper,
    target: BaseDatabaseWrapper,
    *,
    mend: bool,
) -> tuple[Sum, list[str]]:
    """Copy all rows of one table.

    Args:
        model: whose table.
        source: where from, within a snapshot.
        target: where to, within a transaction: links are looked at when it ends.
        mend: put U+FFFD for what PostgreSQL cannot hold, instead of giving up.

    Returns:
        What was read and should now stand in the target, and a line for each row that was mended.

    Raises:
        CannotCopy: there is something in a row that PostgreSQL cannot hold.
    """
    fields = columns(model)
    quote = target.ops.quote_name
    names = ", ".join(quote(_name(field)) for field in fields)
    statement = f"COPY {quote(table_name(model))} ({names}) FROM STDIN"
    total, digest, mended = 0, 0, []
    rows = rows_of(model, source.alias)
    with target.cursor() as cursor:
        while batch := list(islice(rows, AT_ONCE)):
            with cursor.copy(statement) as sink:
                for row in batch:
                    whole = holdable(row)
                    if whole is not row:
                        line = f"{table_name(model)}, {_name(fields[0])} {row[0]}"
                        if not mend:
                            raise CannotCopy(
                                f"{line}: PostgreSQL cannot hold a NUL sign or half a surrogate. "
                                "--mend puts \ufffd in its place."
                            )
                        mended.append(line)
                    pairs = zip(fields, whole, strict=True)
                    sink.write_row([_prepared(field, value, target) for field, value in pairs])
                    digest += digest_of(whole)
            total += len(batch)
    return Sum(total, digest % MODULUS), mended


def _prepared(field: "models.Field[Any, Any]", value: Any, target: BaseDatabaseWrapper) -> Any:
    if value is None and isinstance(field, models.JSONField) and not field.null:
        return field.get_db_prep_value(None, target)  # the null of JSON, which is a value
    return field.get_db_prep_save(value, connection=target)


def carry_numbers(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> None:
    """Let new rows in the target get numbers that no row has had before.

    The highest number present is not enough: reports and earlier wordings remember the ids of
    groups that are gone, and must not be read in a new group that got the number again.
    """
    for model in tables():
        key = columns(model)[0]
        if not isinstance(key, models.AutoField | models.BigAutoField):
            continue
        name = table_name(model)
        quoted = target.ops.quote_name(name)
        with target.cursor() as cursor:
            cursor.execute(
                f"SELECT MAX({target.ops.quote_name(_name(key))}) FROM {quoted}"  # noqa: S608 -- our own names
            )
            last = max(cursor.fetchone()[0] or 0, _last_number(source, name, _name(key)))
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                [quoted, _name(key), max(last, 1), last > 0],
            )


def _last_number(source: BaseDatabaseWrapper, table: str, column: str) -> int:
    """Return the last number that was ever given out, 0 if none was."""
    with source.cursor() as cursor:
        if source.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            quoted = source.ops.quote_name(table)
            cursor.execute(
                "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)",
                [quoted, column],
            )
        row = cursor.fetchone()
    return int(row[0] or 0) if row else 0


def check_links(target: BaseDatabaseWrapper) -> None:
    """Look at all links now, not at the end of the transaction.

    Raises:
        django.db.IntegrityError: a row names another one that is not there.
    """
    with target.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
