"""Which of a site's couriers sends, where several servers run one each.

Each message is sent by whoever takes its lease, so that two couriers would not send it twice; but
they would send a webhook's messages side by side, and those are promised one after the other.
"""

from contextlib import suppress
from typing import Any

from django.db import connection

COURIER = 0x706F73746D616E  # a number for a lock, which nobody else uses in this database


class Chair:
    """A place that one process of the site takes at a time, for as long as it lives.

    On PostgreSQL it is a lock that ends with the connection it was taken on, so that another server
    takes over when this one dies. SQLite is one machine, and ``start`` keeps one courier there.
    """

    def __init__(self, number: int = COURIER) -> None:
        self._number = number
        self._kept: Any = None  # a connection of psycopg's, used for nothing else

    def is_ours(self) -> bool:
        """Whether this process has the place, or can take it now.

        Raises:
            DatabaseError: the database does not answer.
        """
        if connection.vendor != "postgresql":
            return True
        with connection.wrap_database_errors:
            try:
                return self._holds() or self._takes()
            except Exception:  # whatever it was: a connection in doubt holds no place
                self.leave()
                raise

    def _holds(self) -> bool:
        if self._kept is None:
            return False
        locks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        return self._kept.execute(locks).fetchone() is not None

    def _takes(self) -> bool:
        if self._kept is None:
            database: Any = connection  # PostgreSQL's; this one is not of the pool, which go round
            self._kept = database.Database.connect(**database.get_connection_params())
            self._kept.autocommit = True
        (taken,) = self._kept.execute("SELECT pg_try_advisory_lock(%s)", [self._number]).fetchone()
        return bool(taken)

    def leave(self) -> None:
        """Let somebody else take the place."""
        kept, self._kept = self._kept, None
        if kept is not None:
            database: Any = connection
            with suppress(database.Database.Error):  # the connection may be what broke
                # Said aloud: the server hears of a closed connection a moment later.
                kept.execute("SELECT pg_advisory_unlock_all()")
            kept.close()
