"""Which databases there are, and which of them a request reads from.

Everything is written to the default database. Where there is a replica, the pages of readers whom
nobody knows are read from it; ``reader.web.replica`` says who that is, for each request, and what
is read outside a request is read from the default. docs/decisions/0009-replica.md has the reasons.
"""

from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

REPLICA = "replica"
POSTGRESQL = "django.db.backends.postgresql"
# What anonymous pages are made of. Sessions and caches are read where they are written.
ON_REPLICA = frozenset({"reader", "contenttypes", "auth"})
CONNECT_SECONDS = 3
POOL_SECONDS = 4  # that a request waits for a connection, before it is told that there is none

_reading_from: ContextVar[str] = ContextVar("reading_from", default=DEFAULT_DB_ALIAS)


def reading_from() -> str:
    """Return the alias of the database that this request reads from.

    A transaction that was begun on the default database is read in, whatever was said before.
    """
    alias = _reading_from.get()
    if alias != DEFAULT_DB_ALIAS and connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return alias


def read_from(alias: str) -> None:
    """Read from this database until something else is said in this thread or task."""
    _reading_from.set(alias)


def close_everything() -> None:
    """Close this thread's connections, and the pools of this process with all that is in them.

    Needed before a fork: two processes that share a connection read each other's answers.
    """
    for connection in connections.all(initialized_only=True):
        connection.close()
        close_pool = getattr(connection, "close_pool", None)
        if close_pool is not None:
            close_pool()


class Router:
    """Tells Django's models which database to use, on a site that has a replica."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Return where rows of the model are read from."""
        return reading_from() if model._meta.app_label in ON_REPLICA else DEFAULT_DB_ALIAS  # noqa: SLF001 -- public in Django, for all its underscore

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """Return where rows are written, and read for update."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        """Let rows that were read from either be linked: they are the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Change tables in the default database only; the replica follows."""
        return db == DEFAULT_DB_ALIAS


def with_pool(database: dict[str, Any], largest: int) -> dict[str, Any]:
    """Return the settings of a PostgreSQL database with a pool of connections in each process.

    Args:
        database: as ``DATABASE_URL`` names it.
        largest: connections in one process: one for each thread that asks at the same time.
    """
    pool = {
        "min_size": min(2, largest),
        "max_size": largest,
        "timeout": POOL_SECONDS,
        # A server that was away is tried again as soon as somebody asks, not after minutes.
        "reconnect_timeout": CONNECT_SECONDS,
    }
    options = {
        **database.get("OPTIONS", {}),
        "pool": pool,
        # Prepared after some times: planning a query anew takes PostgreSQL as long as answering it.
        "server_side_binding": True,
        "prepare_threshold": 5,
        "connect_timeout": CONNECT_SECONDS,
        # Compiling a query takes PostgreSQL longer than any of ours takes to run.
        "options": "-c jit=off",
    }
    # Nobody is given a connection that broke while it lay there: 14 µs of CPU for each request.
    return {**database, "OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}


def as_replica(database: dict[str, Any], primary: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a replica: each thread keeps one connection, and nothing is written.

    A pool would go on handing out connections to a server that has gone; here the request that
    meets one is made again from the primary, and the next one connects anew.

    Raises:
        ImproperlyConfigured: one of the two is not PostgreSQL.
    """
    if database["ENGINE"] != POSTGRESQL or primary["ENGINE"] != POSTGRESQL:
        raise ImproperlyConfigured(
            "REPLICA_DATABASE_URL needs PostgreSQL there and in DATABASE_URL."
        )
    options = {
        **database.get("OPTIONS", {}),
        "connect_timeout": CONNECT_SECONDS,
        "options": "-c jit=off -c default_transaction_read_only=on",
    }
    return {
        **database,
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "TEST": {"MIRROR": DEFAULT_DB_ALIAS},
    }
