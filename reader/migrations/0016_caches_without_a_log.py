"""Counts and kept pages are not written to PostgreSQL's log: nobody waits for the disk to count."""

from typing import Any

from django.db import migrations

TABLES = ("reader_cache", "reader_pages")


def leave_out_of_the_log(_apps: Any, editor: Any) -> None:
    """Make the tables as `createcachetable` would, or change those that it has made."""
    if editor.connection.vendor != "postgresql":
        return
    there = set(editor.connection.introspection.table_names())
    for table in TABLES:
        if table in there:
            editor.execute(f'ALTER TABLE "{table}" SET UNLOGGED')
            continue
        editor.execute(
            f'CREATE UNLOGGED TABLE "{table}" (cache_key varchar(255) NOT NULL PRIMARY KEY,'
            " value text NOT NULL, expires timestamp with time zone NOT NULL)"
        )
        editor.execute(f'CREATE INDEX "{table}_expires" ON "{table}" (expires)')


def put_into_the_log(_apps: Any, editor: Any) -> None:
    """Log them again."""
    if editor.connection.vendor == "postgresql":
        for table in TABLES:
            editor.execute(f'ALTER TABLE IF EXISTS "{table}" SET LOGGED')


class Migration(migrations.Migration):
    """Only PostgreSQL has such tables."""

    dependencies = [("reader", "0015_large_sites")]

    operations = [migrations.RunPython(leave_out_of_the_log, put_into_the_log)]
