"""Making a backup: one moment of the database, while others go on writing.

SQLite: the copy is made within one read transaction, which in WAL mode holds up no writer.
PostgreSQL: ``pg_dump`` and the counting share one exported snapshot. What is counted is what was
copied, so that a restored site can be compared with it row by row.
"""

import datetime
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from reader.management.archives import DATABASES, SECRET_KEY, Manifest, Unusable, write
from reader.management.archives import workspace as workspace_beside
from reader.management.copying import AT_ONCE, add_connection
from reader.management.postgresql import run_client, without_pool
from reader.management.row_values import sum_of
from reader.search.engines import TABLES as INDEXES

ALIAS = "backed_up"
NOT_COUNTED = ("reader_cache", "reader_pages", *INDEXES)  # they are made anew when they are missing
MOST_NAMED = 3


def back_up(path: Path, *, with_key: bool = True) -> Manifest:
    """Write a backup of the site and return what is in it.

    Args:
        path: a file that is not there yet.
        with_key: include the secret key, where it is kept in the data folder.

    Raises:
        Unusable: it cannot be made.
        OSError, DatabaseError: likewise.
    """
    if path.exists():
        raise Unusable(f"{path} is there already.")
    with workspace_beside(path.parent) as folder:
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        copy = folder / DATABASES[vendor]
        facts = _of_sqlite(copy) if vendor == "sqlite" else _of_postgresql(copy)
        files = {copy.name: copy}
        key = settings.DATA_DIR / SECRET_KEY
        if with_key and key.exists():
            files[SECRET_KEY] = key
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return write(path, Manifest(version(), now, vendor, *facts), files)


def version() -> str:
    """Return the version of this Postil."""
    text = (settings.BASE_DIR / "pyproject.toml").read_text()
    return str(tomllib.loads(text)["project"]["version"])


Facts = tuple[list[list[str]], dict[str, list[Any]]]


def _of_sqlite(copy: Path) -> Facts:
    """Copy the database to a file; return its migrations and tables."""
    name = settings.DATABASES[DEFAULT_DB_ALIAS]["NAME"]
    source, target = sqlite3.connect(name, timeout=20), sqlite3.connect(copy)
    try:
        source.execute("BEGIN")  # one state of it, however many others write meanwhile
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # all of it in one file
    finally:
        source.close()
        target.close()
    with opened(sqlite_at(copy)) as database:
        check_sqlite(database)
        return facts_of(database)


def sqlite_at(path: Path) -> dict[str, Any]:
    """Return the settings of the database in this file."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


def check_sqlite(database: BaseDatabaseWrapper) -> None:
    """Pass silently when the file is whole and every link leads somewhere.

    Raises:
        Unusable: it is not.
    """
    with database.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        found = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute("PRAGMA foreign_key_check")
        loose = cursor.fetchall()
    if found != ["ok"] or loose:
        what = "; ".join(found[:MOST_NAMED]) if found != ["ok"] else f"{len(loose)} loose links"
        raise Unusable(f"The database is damaged: {what}.")


def _of_postgresql(copy: Path) -> Facts:
    """Dump the database to a file; return its migrations and tables, as of the same moment."""
    config = without_pool(settings.DATABASES[DEFAULT_DB_ALIAS])
    with opened(config) as database, transaction.atomic(using=ALIAS):
        with database.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        leave = [f"--exclude-table-data={table}" for table in NOT_COUNTED[:2]]
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        run_client(config, "pg_dump", *words, *leave, f"--file={copy}")
        return facts_of(database)


@contextmanager
def opened(config: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """Open a database beside the site's own, until the block ends."""
    database = add_connection(ALIAS, config)
    try:
        yield database
    finally:
        database.close()
        del connections[ALIAS]  # the next one of this name is another


def facts_of(database: BaseDatabaseWrapper) -> Facts:
    """Return the migrations that were applied to a database, and what is in its tables.

    Raises:
        Unusable: there is no site in it.
    """
    applied = MigrationRecorder(database).applied_migrations()
    if not applied:
        raise Unusable("There is no site in the database.")
    with database.cursor() as cursor:
        names = sorted(database.introspection.table_names(cursor))
    counted = [name for name in names if not name.startswith(NOT_COUNTED)]
    tables = {}
    for name in counted:
        found = sum_of(_rows(database, name))
        tables[name] = [found.count, f"{found.digest:064x}"]
    return sorted([app, name] for app, name in applied), tables


def _rows(database: BaseDatabaseWrapper, table: str) -> Iterator[tuple[Any, ...]]:
    """Yield all rows of a table as the database has them, whatever the models of today say."""
    with database.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")  # noqa: S608 -- the database's own name
        while batch := cursor.fetchmany(AT_ONCE):
            yield from batch
