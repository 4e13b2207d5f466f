"""A database of PostgreSQL's, and its replica."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.conf import settings
from django.db import connection, connections

from reader.databases import REPLICA
from reader.events import CHANNEL
from reader.management.doctor import Finding, fail, first_row, ok, one_line, warn
from reader.management.server import WORKERS

OLDEST = 140_000  # that Django 5.2 speaks to
BESIDE_THE_POOL = 2  # connections of a worker: it listens, and looks whether it is ready
HEARS_WITHIN = 2.0  # seconds
MEGABYTE = 1_000_000


def version() -> Iterator[Finding]:
    """Look at the server's version, its encoding, and its promise."""
    with connection.cursor() as cursor:
        number = int(first_row(cursor, "SHOW server_version_num")[0])
        encoding = first_row(cursor, "SHOW server_encoding")[0]
        promise = {
            name: first_row(cursor, f"SHOW {name}")[0] for name in ("fsync", "synchronous_commit")
        }
        is_replica = first_row(cursor, "SELECT pg_is_in_recovery()")[0]
    said = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number < OLDEST:
        yield fail("PostgreSQL", f"{said} is too old: 14 is the oldest that works.")
    elif encoding != "UTF8":
        yield fail("PostgreSQL", f"The database is {encoding}: make one with ENCODING 'UTF8'.")
    elif is_replica:
        yield fail("PostgreSQL", "DATABASE_URL names a replica: nothing can be written to it.")
    else:
        yield ok("PostgreSQL", f"{said}, UTF-8.")
    off = [name for name, value in promise.items() if value == "off"]
    if off:
        yield warn("durability", f"{' and '.join(off)} off: a crash loses what was acknowledged.")
    else:
        yield ok("durability", "What was acknowledged survives a crash of the server.")


def room() -> Iterator[Finding]:
    """Look at how many app servers the server has connections for."""
    pool = connection.settings_dict["OPTIONS"].get("pool")
    largest = int(pool["max_size"]) if isinstance(pool, dict) else 4
    # The webhooks' process has a pool too, and a lock that needs a connection of its own.
    wanted = WORKERS * (largest + BESIDE_THE_POOL) + largest + 1
    with connection.cursor() as cursor:
        most = int(first_row(cursor, "SHOW max_connections")[0])
        reserved = int(first_row(cursor, "SHOW superuser_reserved_connections")[0])
    servers = (most - reserved) // wanted
    said = f"One app server may open {wanted} connections of {most - reserved}"
    if not servers:
        yield fail("connections", f"{said}: raise max_connections or lower POSTIL_DATABASE_POOL.")
    else:
        yield ok("connections", f"{said}: there is room for {servers}.")


def replica() -> Iterator[Finding]:
    """Look at whether the replica is one, and how far behind."""
    if REPLICA not in settings.DATABASES:
        return
    name = "replica"
    with connections[REPLICA].cursor() as cursor:
        is_replica = first_row(cursor, "SELECT pg_is_in_recovery()")[0]
        has = first_row(cursor, "SELECT pg_last_wal_replay_lsn()::text")[0]
    if not is_replica:
        yield fail(name, "REPLICA_DATABASE_URL names no replica: nobody keeps it up to date.")
        return
    with connection.cursor() as cursor:
        query = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s::pg_lsn)"
        behind = max(0, int(first_row(cursor, query, [has])[0]))
    said = f"It is {behind / MEGABYTE:.1f} MB of log behind"
    if behind > 16 * MEGABYTE:  # one segment
        yield warn(name, f"{said}: pages are read from the primary; see what holds it up.")
    else:
        yield ok(name, f"{said}.")


def listening() -> Iterator[Finding]:
    """Look at whether a word that is sent over one connection is heard on another."""
    if settings.FANOUT != "postgresql":
        return
    name = "LISTEN"
    try:
        is_heard = _is_heard()
    except Exception as error:
        yield fail(name, f"No connection beside the pool could be opened: {one_line(error)}.")
        return
    if is_heard:
        yield ok(name, "Processes can wake each other.")
    else:
        yield fail(
            name,
            "Words are not heard, as behind a pooler in transaction mode: connect past it, or set"
            " POSTIL_FANOUT to redis or database.",
        )


def _is_heard() -> bool:
    import psycopg  # noqa: PLC0415 -- there only where PostgreSQL is used

    parameters: dict[str, Any] = {
        key: value
        for key, value in connection.get_connection_params().items()
        if isinstance(value, str | int)
    }
    with psycopg.connect(**parameters, autocommit=True) as ears:
        ears.execute(f"LISTEN {CHANNEL}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, 'doctor')", [CHANNEL])
        # Closed, or it would hold the connection, which could then never be closed itself.
        with closing(ears.notifies(timeout=HEARS_WITHIN)) as heard:
            return any(notice.payload == "doctor" for notice in heard)


CHECKS = [version, room, replica, listening]
