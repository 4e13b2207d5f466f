"""Putting a backup in place of a site, all at once or not at all.

The backup is unpacked, compared with its manifest and brought up to date beside the site; one
rename then puts it in place. A process that is killed on the way leaves the site as it was, or as
it shall be.
"""

import datetime
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader

from reader.management.archives import (
    DATABASES,
    SECRET_KEY,
    Manifest,
    Unusable,
    sync_folder,
    unpack,
    workspace,
)
from reader.management.backups import (
    check_sqlite,
    facts_of,
    opened,
    sqlite_at,
)
from reader.management.copying import occupied
from reader.management.postgresql import (
    IN_USE,
    check_idle,
    run_beside,
    run_client,
    url_of,
    without_pool,
)
from reader.management.running import InUse, stopped

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place, whether it was brought up to date, and where the old site is."""

    manifest: Manifest
    migrated: bool
    aside: str


def restore(path: Path, *, replace: bool) -> Restored:
    """Put a backup in place of the site and return what was done.

    Args:
        path: the backup.
        replace: also when there is something in the site, which is then kept aside.

    Raises:
        Unusable: it cannot be done; the site is as it was.
        DatabaseError, OSError: likewise.
    """
    with _only_us(), workspace(settings.DATA_DIR) as folder:
        manifest = unpack(path, folder)
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        if manifest.database != vendor:
            raise Unusable(
                f"This is a backup of a site on {manifest.database}, and DATABASE_URL names "
                f"{vendor}. Restore it there; copy_site moves a site from one to the other."
            )
        _check_known(manifest)
        held = _held()
        if held and not replace:
            raise Unusable(f"The site is not empty: {held}. --replace keeps it aside.")
        place = _place_sqlite if vendor == "sqlite" else _place_postgresql
        migrated, aside = place(folder, manifest, keep=bool(held))
    return Restored(manifest, migrated, aside)


@contextmanager
def _only_us() -> Iterator[None]:
    try:
        with stopped(settings.DATA_DIR):
            yield
    except InUse as error:
        raise Unusable(IN_USE) from error


def _check_known(manifest: Manifest) -> None:
    """Pass silently when this Postil knows all that was done to the database.

    Raises:
        Unusable: a newer one made it.
    """
    known = set(MigrationLoader(None).disk_migrations)
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise Unusable(
            f"This backup was made by a newer Postil ({manifest.postil}): "
            f"this one does not know {', '.join(unknown[:MOST_NAMED])}."
        )


def _held() -> str:
    """Return what is in the site; an empty string for nothing."""
    config = dict(settings.DATABASES[DEFAULT_DB_ALIAS])
    if config["ENGINE"].endswith("postgresql"):
        config = without_pool(config)
    elif not Path(config["NAME"]).exists():
        return ""
    with opened(config) as database:
        tables = occupied(database)
    others = " and others" if len(tables) > MOST_NAMED else ""
    return f"rows in {', '.join(tables[:MOST_NAMED])}{others}" if tables else ""


def _stamp() -> str:
    return f"{datetime.datetime.now(datetime.UTC):%Y%m%d%H%M%S}"


def _compare(config: dict[str, Any], manifest: Manifest) -> None:
    """Pass silently when a database holds what the manifest says, row by row.

    Raises:
        Unusable: it does not.
    """
    with opened(config) as database:
        if database.vendor == "sqlite":
            check_sqlite(database)
        _migrations, tables = facts_of(database)
    names = sorted(set(tables) | set(manifest.tables))
    differ = [name for name in names if tables.get(name) != manifest.tables.get(name)]
    if differ:
        raise Unusable(f"What is in the backup is not what went in: {', '.join(differ)}.")


def _bring_up(url: str, manifest: Manifest) -> bool:
    """Run the migrations that the backup has not seen; return whether there were any.

    In a process of its own, whose database it is: what migrations ask is the default one.

    Raises:
        Unusable: one failed.
    """
    loader = MigrationLoader(None)
    if set(loader.disk_migrations) <= {(app, name) for app, name in manifest.migrations}:
        return False
    surroundings = {**os.environ, "DATABASE_URL": url}
    surroundings.pop("REPLICA_DATABASE_URL", None)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    for words in (["migrate", "--no-input"], ["createcachetable"]):
        done = subprocess.run(  # noqa: S603 -- our own command
            [*command, *words, "--verbosity=0"],
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise Unusable(f"The backup cannot be brought up to date: {last}")
    return True


def _place_sqlite(folder: Path, manifest: Manifest, *, keep: bool) -> tuple[bool, str]:
    """Put the file in place; return whether it was brought up to date, and where the old one is."""
    made = folder / DATABASES["sqlite"]
    site = Path(settings.DATABASES[DEFAULT_DB_ALIAS]["NAME"])
    _compare(sqlite_at(made), manifest)
    migrated = _bring_up(f"sqlite:///{made}", manifest)
    _settle(made)
    aside = ""
    if site.exists():
        _settle(site)
        if keep:
            kept = site.with_name(f"{site.name}.before-{_stamp()}")
            kept.hardlink_to(site)
            aside = str(kept)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    with _key_in_place(folder / SECRET_KEY):
        made.replace(site)
    sync_folder(site.parent)
    if not migrated:
        _compare(sqlite_at(site), manifest)
    return migrated, aside


def _settle(path: Path) -> None:
    """Bring all of a database into its one file, which is only possible when nobody else uses it.

    Raises:
        Unusable: somebody does.
    """
    connection = sqlite3.connect(path, timeout=1)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.rollback()
    except sqlite3.OperationalError as error:
        raise Unusable(IN_USE) from error
    finally:
        connection.close()


@contextmanager
def _key_in_place(made: Path) -> Iterator[None]:
    """Put the secret key of the backup in place; the old one comes back if the block fails.

    Another key that was there is kept aside.
    """
    key = settings.DATA_DIR / SECRET_KEY
    if not made.exists() or (key.exists() and key.read_bytes() == made.read_bytes()):
        yield
        return
    kept = key.with_name(f"{SECRET_KEY}.before-{_stamp()}")
    if key.exists():
        kept.hardlink_to(key)
    made.replace(key)
    sync_folder(key.parent)
    try:
        yield
    except BaseException:
        if kept.exists():
            kept.replace(key)
        raise


def _place_postgresql(folder: Path, manifest: Manifest, *, keep: bool) -> tuple[bool, str]:
    """Fill a new database, and give it the name of the old one; return as for SQLite."""
    made = folder / DATABASES["postgresql"]
    config = without_pool(settings.DATABASES[DEFAULT_DB_ALIAS])
    check_idle(config)
    name, stamp = str(config["NAME"]), _stamp()
    new, aside = f"{name}_restored_{stamp}", f"{name}_before_{stamp}"
    run_beside(config, "CREATE DATABASE {} TEMPLATE template0", new)
    try:
        there = {**config, "NAME": new}
        words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        run_client(there, "pg_restore", *words, f"--dbname={new}", str(made))
        _compare(there, manifest)
        migrated = _bring_up(url_of(new), manifest)
        with _key_in_place(folder / SECRET_KEY):
            rename = "ALTER DATABASE {} RENAME TO {};"
            run_beside(config, f"BEGIN; {rename} {rename} COMMIT", name, aside, new, name)
    except BaseException:
        run_beside(config, "DROP DATABASE IF EXISTS {}", new)
        raise
    if not keep:
        run_beside(config, "DROP DATABASE {}", aside)
    return migrated, f"the database {aside}" if keep else ""
