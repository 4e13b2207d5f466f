"""What cannot be done now and can be done later: a database that is away, busy or full.

Such an error is nobody's mistake. It is answered with 503, or with 507 when the disk is full, and
with the seconds after which to come again; what was being written has not been saved.
"""

import errno
import sqlite3
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.db.utils import DatabaseError, InternalError

UNAVAILABLE, FULL = 503, 507
SOON, LATER = 2, 30  # seconds
# SQLite calls much an OperationalError that is a mistake of ours, such as a missing table.
BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
GONE_CODES = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM}
)
PRIMARY = 0xFF  # the bits of SQLite's codes that say which kind it is
READ_ONLY_STATE, FULL_STATE = "25006", "53100"  # SQLSTATE
REDIS_ERRORS = frozenset({"redis.exceptions.ConnectionError", "redis.exceptions.TimeoutError"})
FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Outage:
    """How it is answered: the status, and after how many seconds to come again."""

    status: int
    retry_after: int

    @property
    def is_full(self) -> bool:
        """Whether there is no room on the disk."""
        return self.status == FULL


def outage_in(error: BaseException | None) -> Outage | None:
    """Return what an error says of the surroundings; None if it is a mistake of ours."""
    if isinstance(error, OSError) and error.errno in FULL_ERRORS:
        return Outage(FULL, LATER)
    if isinstance(error, DatabaseError | InterfaceError):
        cause = error.__cause__
        return _in_sqlite(cause) if isinstance(cause, sqlite3.Error) else _in_postgresql(error)
    return Outage(UNAVAILABLE, SOON) if _is_of_redis(error) else None


def _in_sqlite(cause: sqlite3.Error) -> Outage | None:
    kind = getattr(cause, "sqlite_errorcode", 0) & PRIMARY
    if kind == sqlite3.SQLITE_FULL:
        return Outage(FULL, LATER)
    if kind in BUSY_CODES:
        return Outage(UNAVAILABLE, SOON)
    return Outage(UNAVAILABLE, LATER) if kind in GONE_CODES else None


def _in_postgresql(error: Exception) -> Outage | None:
    state = getattr(error.__cause__, "sqlstate", None)
    if state == FULL_STATE:
        return Outage(FULL, LATER)
    if isinstance(error, OperationalError | InterfaceError):
        return Outage(UNAVAILABLE, SOON)
    # A server that was just made a replica takes nothing.
    is_replica = isinstance(error, InternalError) and state == READ_ONLY_STATE
    return Outage(UNAVAILABLE, SOON) if is_replica else None


def _is_of_redis(error: BaseException | None) -> bool:
    """Whether Redis is away; there is no Redis library where there is no Redis."""
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return not kinds.isdisjoint(REDIS_ERRORS)
