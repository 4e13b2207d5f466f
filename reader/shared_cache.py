"""Caches that all workers share: in the database, counting as exactly as Redis does, or in Redis.

Django's own database cache reads a number and writes it back, so that of several workers counting
at once most are lost; and it moves the end of the count with every step.
"""

import base64
import contextlib
import logging
import pickle
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import connections, router, transaction
from django.utils import timezone

from reader.outages import outage_in

SPARED_FOR = 2.0  # seconds
CLEANS_EVERY = 200  # keys that are counted anew, about

log = logging.getLogger(__name__)


class CountingCache(DatabaseCache):
    """A database cache whose ``incr`` is one step for all workers, and keeps the time it ends."""

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Return the number under this key, after adding to it.

        Raises:
            ValueError: there is none, or it has run out.
        """
        name = self.make_and_validate_key(key, version=version)
        alias = router.db_for_write(self.cache_model_class)
        connection = connections[alias]
        quote = connection.ops.quote_name
        table = quote(self.cache_model_class._meta.db_table)  # noqa: SLF001 -- public in Django, for all its underscore
        # SQLite locks the whole file when a transaction begins; others lock the row.
        lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT value FROM {table} WHERE cache_key = %s AND expires > %s {lock}",  # noqa: S608 -- our own names
                [name, connection.ops.adapt_datetimefield_value(timezone.now())],
            )
            row = cursor.fetchone()
            if row is None:
                raise ValueError(f"Key {key!r} not found")
            value: int = pickle.loads(base64.b64decode(row[0])) + delta  # noqa: S301 -- written by this cache
            kept = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
            cursor.execute(
                f"UPDATE {table} SET value = %s WHERE cache_key = %s",  # noqa: S608 -- our own names
                [kept, name],
            )
        return value

    def count(self, key: str, seconds: int) -> int:
        """Add one to what is counted under this key, and return the number: one statement.

        Args:
            key: what is counted; nothing else may be kept under it.
            seconds: after which it begins anew, from the first one on.
        """
        name = self.make_and_validate_key(key)
        alias = router.db_for_write(self.cache_model_class)
        connection = connections[alias]
        table = connection.ops.quote_name(self.cache_model_class._meta.db_table)  # noqa: SLF001 -- public in Django, for all its underscore
        now = timezone.now()
        ends, now_sent = (
            connection.ops.adapt_datetimefield_value(at)
            for at in (now + timedelta(seconds=seconds), now)
        )
        # In a transaction on SQLite, where those who begin one wait in turn.
        in_turn = connection.vendor == "sqlite"
        turn = transaction.atomic(using=alias) if in_turn else contextlib.nullcontext()
        with turn, connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} AS kept (cache_key, value, expires) VALUES (%s, '1', %s)"  # noqa: S608 -- our own names
                " ON CONFLICT (cache_key) DO UPDATE SET"
                " value = CASE WHEN kept.expires <= %s THEN '1'"
                " ELSE CAST(CAST(kept.value AS integer) + 1 AS text) END,"
                " expires = CASE WHEN kept.expires <= %s THEN excluded.expires"
                " ELSE kept.expires END RETURNING value",
                [name, ends, now_sent, now_sent],
            )
            number = int(cursor.fetchone()[0])
            if number == 1 and not secrets.randbelow(CLEANS_EVERY):
                cursor.execute(f"DELETE FROM {table} WHERE expires <= %s", [now_sent])  # noqa: S608 -- our own names
        return number


class SparingRedisCache(RedisCache):
    """Redis for what only saves work: while it cannot be reached, everything is made anew.

    It is then left alone for some seconds, so that a server that says nothing does not hold up
    every page.
    """

    _spared_until = 0.0  # of all threads: by the clock that never goes back

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return what is under the key, the default also when nobody can tell."""
        return self._tried(lambda: RedisCache.get(self, key, default, version), default)

    def set(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        """Keep a value, if it can be kept."""
        self._tried(lambda: RedisCache.set(self, key, value, timeout, version), None)

    def _tried(self, act: Callable[[], Any], otherwise: Any) -> Any:
        if time.monotonic() < SparingRedisCache._spared_until:
            return otherwise
        try:
            return act()
        except Exception as error:
            if outage_in(error) is None:
                raise
            SparingRedisCache._spared_until = time.monotonic() + SPARED_FOR
            log.warning("Redis is left alone for %.0f s: %s", SPARED_FOR, error)
            return otherwise
