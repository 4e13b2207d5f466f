"""The cache in the database, counting as exactly as Redis does.

Django's own reads a number and writes it back, so that of several workers counting at once most are
lost; and it moves the end of the count with every step.
"""

import base64
import pickle

from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router, transaction
from django.utils import timezone


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
