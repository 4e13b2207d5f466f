"""PostgreSQL for backups: its client programs, and databases that are made and renamed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from reader.management.archives import Unusable

LAST_LINES = 3
IN_USE = "The site is running: stop it first (all servers and workers)."
SERVICE_DATABASES = ("postgres", "template1")


def without_pool(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a PostgreSQL database for one connection of our own."""
    options = {key: value for key, value in config["OPTIONS"].items() if key != "pool"}
    return {**config, "OPTIONS": options}


def run_client(config: Mapping[str, Any], program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on a database.

    Raises:
        Unusable: it is not there, or it failed.
    """
    if shutil.which(program) is None:
        raise Unusable(
            f"There is no {program} on this machine: install PostgreSQL's client programs "
            "(Debian: postgresql-client), as new as the server or newer."
        )
    secure = {
        f"PG{name.upper()}": str(value)
        for name, value in config["OPTIONS"].items()
        if name.startswith("ssl")
    }
    surroundings = {
        **os.environ,
        **secure,
        "PGHOST": str(config["HOST"]),
        "PGPORT": str(config["PORT"] or ""),
        "PGUSER": str(config["USER"]),
        "PGPASSWORD": str(config["PASSWORD"]),  # not among the words: everybody sees those
        "PGDATABASE": str(config["NAME"]),
    }
    given = {name: value for name, value in surroundings.items() if value or name[:2] != "PG"}
    done = subprocess.run(  # noqa: S603 -- a program of PostgreSQL's, with our own words
        [program, *words], env=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = " ".join(done.stderr.strip().splitlines()[-LAST_LINES:])
        raise Unusable(f"{program} failed: {last or done.returncode}")


def url_of(database: str) -> str:
    """Return DATABASE_URL with another database in it."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{quote(database, safe='')}"))


def check_idle(config: Mapping[str, Any]) -> None:
    """Pass silently when nobody is connected to the database.

    Raises:
        Unusable: somebody is.
    """
    connection = _service_connection(config)
    try:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        if connection.execute(asked, [config["NAME"]]).fetchone()[0]:
            raise Unusable(IN_USE)
    finally:
        connection.close()


def run_beside(config: Mapping[str, Any], statement: str, *names: str) -> None:
    """Run statements about databases from another one; names go in place of the braces.

    Raises:
        Unusable: somebody uses the database, or the role may not make databases.
    """
    import psycopg  # noqa: PLC0415 -- there only where PostgreSQL is used
    from psycopg import sql  # noqa: PLC0415 -- likewise

    connection = _service_connection(config)
    try:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    except psycopg.errors.ObjectInUse as error:
        raise Unusable(IN_USE) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unusable(
            "Restoring makes a database, and this role may not: ALTER ROLE … CREATEDB, and let it "
            "own the site's database."
        ) from error
    finally:
        connection.close()


def _service_connection(config: Mapping[str, Any]) -> Any:
    """Return a connection to a database that every server has.

    Raises:
        Unusable: there is none.
    """
    import psycopg  # noqa: PLC0415 -- as above

    known = {"host": config["HOST"], "port": config["PORT"], "user": config["USER"]}
    known |= {"password": config["PASSWORD"]}
    known |= {name: value for name, value in config["OPTIONS"].items() if name.startswith("ssl")}
    given = {name: value for name, value in known.items() if value}
    reasons = []
    for name in SERVICE_DATABASES:
        try:
            return psycopg.connect(dbname=name, autocommit=True, **given)
        except psycopg.OperationalError as error:
            reasons.append(str(error))
    raise Unusable(f"PostgreSQL does not answer: {reasons[0]}")
