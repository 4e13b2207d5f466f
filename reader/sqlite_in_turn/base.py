"""Django's SQLite backend, with writers that come one after the other.

SQLite lets one write at a time. Those who wait look again by and by, after up to 100 ms, and who
has waited longest may come last. Here a transaction waits for its turn before it begins: in its
process by a lock, and for those of other processes by a lock on a file beside the database, which
is looked at every millisecond. Whoever writes by other means is met by SQLite's own waiting.
docs/decisions/0011-writing.md has the figures.
"""

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LOOKS_EVERY = 0.001  # seconds
SUFFIX = "-turn"


class Turn:
    """Whose turn it is to write into one database file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: int | None = None
        self._opened_by = 0

    def take(self, longest: float) -> None:
        """Wait until nobody else has the turn.

        Raises:
            OperationalError: it took too long, in the words in which SQLite says so.
        """
        deadline = time.monotonic() + longest
        if not self._lock.acquire(timeout=longest):
            raise OperationalError("database is locked")
        is_mine = False
        try:
            while not (is_mine := self._take_file()) and time.monotonic() < deadline:
                time.sleep(LOOKS_EVERY)
        finally:
            if not is_mine:
                self._lock.release()
        if not is_mine:
            raise OperationalError("database is locked")

    def give(self) -> None:
        """Let the next one have it."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._lock.release()

    def _take_file(self) -> bool:
        if self._file is None or self._opened_by != os.getpid():  # a fork would share the lock
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._file, self._opened_by = os.open(self._path + SUFFIX, flags, 0o600), os.getpid()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_turns: dict[str, Turn] = {}


def turn_of(path: str) -> Turn:
    """Return the turn of a database file, the same for all connections of this process."""
    return _turns.setdefault(path, Turn(path))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that waits for its turn before it begins a transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: Turn | None = None

    def _start_transaction_under_autocommit(self) -> None:
        path = str(self.settings_dict["NAME"])
        if self._turn is None and Path(path).is_absolute():  # not a database in memory
            turn = turn_of(path)
            turn.take(self.settings_dict["OPTIONS"].get("timeout", 5))
            self._turn = turn
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # Django has it, the stubs do not
        except BaseException:
            self._give_back()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]  # Django has it, the stubs do not
        finally:
            self._give_back()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]  # Django has it, the stubs do not
        finally:
            self._give_back()

    def close(self) -> None:
        """Close the connection, whatever it was in the middle of."""
        try:
            super().close()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.give()
