"""Whether the process lives, and whether it can do its work.

Both are answered before anything else of Django's: whatever the name of the host, without TLS,
without a session. Who is told no more than what fails: everybody may ask.
"""

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

Handler = Callable[[HttpRequest], HttpResponse]
Check = Callable[[], bool]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LIVES, READY = "/livez", "/readyz"
ANSWERS_WITHIN = 2.0  # seconds
GOOD_FOR = 1.0  # seconds that an answer is given again, so that nobody wears the database out
PIECE = 4_096  # bytes that there must be room for

log = logging.getLogger(__name__)


def health_middleware(get_response: Handler) -> Handler:
    """Answer ``/livez`` and ``/readyz``, and pass everything else on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(LIVES) and path.removesuffix("/") == LIVES:
            return _answer([])
        if path.startswith(READY) and path.removesuffix("/") == READY:
            return _answer(readiness.failing())
        return get_response(request)

    return middleware


async def answer_livez(send: Send) -> None:
    """Answer ``/livez`` on the event loop: also while every thread waits for the database."""
    body = json.dumps({"status": "ok"}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _answer(failing: Iterable[str]) -> JsonResponse:
    what = list(failing)
    answer = JsonResponse(
        {"status": "failing", "failing": what} if what else {"status": "ok"},
        status=503 if what else 200,
    )
    answer["Cache-Control"] = "no-store"
    return answer


class Readiness:
    """Whether this process can do its work, found out by one thread of its own at a time.

    A database that is away can keep who asks for it waiting for half a minute; the threads that
    serve pages are too few for that.
    """

    def __init__(self, checks: dict[str, Check]) -> None:
        self._checks = checks
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._looking: Future[list[str]] | None = None
        self._found: list[str] = []
        self._looked_at = 0.0

    def failing(self) -> list[str]:
        """Return the names of what fails, after :data:`ANSWERS_WITHIN` seconds at the latest."""
        with self._lock:
            if self._looked_at and time.monotonic() - self._looked_at < GOOD_FOR:
                return self._found
            if self._looking is None:
                # Made when it is needed: a process that was forked has no threads.
                self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="ready")
                self._looking = self._thread.submit(self._look)
            looking = self._looking
        try:
            found = looking.result(ANSWERS_WITHIN)
        except TimeoutError:
            return ["database"]
        with self._lock:
            self._looking = None
            self._found, self._looked_at = found, time.monotonic()
        return found

    def forget(self) -> None:
        """Look anew when it is asked next."""
        self._looked_at = 0.0

    def _look(self) -> list[str]:
        found = []
        try:
            for name, check in self._checks.items():
                try:
                    is_well = check()
                except (DatabaseError, OSError) as error:
                    log.warning("not ready: %s: %s", name, error)
                    is_well = False
                if not is_well:
                    found.append(name)
                    if name == "database":
                        break  # nothing else can be asked of it
        finally:
            connections.close_all()
        return found


def _has_disk() -> bool:
    """Whether something can be written beside the data."""
    with tempfile.TemporaryFile(dir=settings.DATA_DIR, buffering=0) as file:
        return file.write(bytes(PIECE)) == PIECE


def _has_database() -> bool:
    """Whether the database answers, and takes what is written."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT NOT pg_is_in_recovery()")
            return bool(cursor.fetchone()[0])
        cursor.execute("SELECT 1")
    return os.access(connection.settings_dict["NAME"], os.W_OK)


class _Migrated:
    """Whether the database has the tables that this code expects; once it has, it keeps them."""

    def __init__(self) -> None:
        self._is = False

    def __call__(self) -> bool:
        if not self._is:
            executor = MigrationExecutor(connection)
            self._is = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self._is


readiness = Readiness({"disk": _has_disk, "database": _has_database, "migrations": _Migrated()})
"""That of this process."""
