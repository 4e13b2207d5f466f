"""Sites for the short forms: made from the tests' own database, where all migrations have run."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

from reader.search.engines import TABLES
from tests.torture.site import Site


def tables_in(file: Path) -> None:
    """Copy the tests' database into a file; call it where the database may be asked."""
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as target:
        connection.connection.backup(target)
        # Emptying the tables between tests leaves the index of words as it was.
        there = target.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for table in TABLES:
            if (table,) in there:
                target.execute(f"DELETE FROM {table}")  # noqa: S608 -- our own name
        target.commit()


def sqlite_site(folder: Path, tables: Path, **settings: str) -> Site:
    """Return a filled site in an empty folder, which is not running."""
    site = Site(folder, "", settings)
    (site.data / "postil.sqlite3").write_bytes(tables.read_bytes())
    site.fill()
    return site


def copy_of(site: Site, folder: Path, **settings: str) -> Site:
    """Return another site with the same in it, in a folder of its own; neither is running."""
    folder.mkdir()
    copy = Site(folder, "", settings, site.people, site.address)
    shutil.copytree(site.data, copy.data, dirs_exist_ok=True)
    return copy
