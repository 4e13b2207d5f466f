"""Who reads from the replica: readers whom nobody knows, as long as it keeps up.

This stands before everything else that asks a database. A page goes to the replica if whoever asks
has no session and has not written lately, if it is a page that one goes to and not a part that a
page fetches, and if the replica is known to have what the primary had a few seconds ago. Whatever
cannot be answered well from the replica is asked of the primary again: a page that is not there
yet, and a replica that has just gone.

Positions in the primary's log say what the replica has: it has all that was written before the
position up to which it has replayed the log.
"""

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from reader.databases import REPLICA, read_from

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

COOKIE = "__Host-wrote" if settings.SECURE else "wrote"
MARK = re.compile(rf"(?:^|;\s*){COOKIE}=([0-9A-F]{{1,8}})/([0-9A-F]{{1,8}})(?:;|$)")
MARKED_FOR = 600  # seconds; far longer than a replica in use may be behind
PAGES = re.compile(r"/(?:$|(?:d|a|people|search|tags)/)")
# A long answer cannot be begun anew when the replica goes; news are asked for when they are new.
NOT_PAGES = re.compile(r"/(?:export|fresh)/")
NOW_AT = "SELECT pg_current_wal_insert_lsn()::text"
# One that is no replica (yet, or any more) has nothing.
REPLAYED = "SELECT COALESCE(pg_last_wal_replay_lsn()::text, '0/0')"
UNKNOWN = "FFFFFFFF/FFFFFFFF"
LOOKS_EVERY = 0.5  # seconds
MOST_SAMPLES = 100
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

log = logging.getLogger(__name__)


def position(text: str) -> int:
    """Return a position in PostgreSQL's log, as it writes it (``16/B374D848``), as a number."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


class Watch:
    """Knows how far the replica is, by looking every half second in a thread of its own."""

    def __init__(self, longest_lag: float) -> None:
        self._longest_lag = longest_lag
        self._samples: deque[tuple[float, int]] = deque(maxlen=MOST_SAMPLES)
        self._replayed = 0
        self._has_all_before = float("-inf")  # by the clock that never goes back
        self._was_usable = True
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def has(self, mark: int) -> bool:
        """Whether the replica is in use and has what was written up to this position."""
        if self._thread is None:
            self._begin()
        lag = time.monotonic() - self._has_all_before
        return lag <= self._longest_lag and self._replayed >= mark

    def distrust(self) -> None:
        """Leave the replica alone until it has been looked at again."""
        self._has_all_before = float("-inf")

    def look(self) -> None:
        """Ask both databases how far they are."""
        try:
            now = time.monotonic()
            self._samples.append((now, position(_ask(DEFAULT_DB_ALIAS, NOW_AT))))
            self._replayed = position(_ask(REPLICA, REPLAYED))
        except DatabaseError as error:
            self._say(is_usable=False, why=str(error))
            return
        for sampled_at, written in reversed(self._samples):
            if written <= self._replayed:
                self._has_all_before = sampled_at
                break
        lag = time.monotonic() - self._has_all_before
        self._say(is_usable=lag <= self._longest_lag, why="it is too far behind")

    def _say(self, *, is_usable: bool, why: str) -> None:
        if is_usable and not self._was_usable:
            log.warning("The replica is in use again.")
        elif self._was_usable and not is_usable:
            log.warning("Reading from the primary instead of the replica: %s", why.strip())
        self._was_usable = is_usable

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="replica", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # the watch goes on whatever it met, or nobody would look again
                log.exception("The replica is not used: nobody can tell how far it is.")
            time.sleep(LOOKS_EVERY)


def _ask(alias: str, question: str) -> str:
    """Ask one thing, and leave no connection behind that may be broken or that others need."""
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return str(cursor.fetchone()[0])
    finally:
        connection.close()


class ReadingFromReplica:
    """A WSGI application, with each request reading from the database that it should."""

    def __init__(self, application: Application, watch: Watch | None = None) -> None:
        self._application = application
        self.watch = watch or Watch(settings.REPLICA_LONGEST_LAG)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] not in SAFE:
            read_from(DEFAULT_DB_ALIAS)
            return self._application(environ, _marking(environ, start_response))
        if is_for_replica(environ) and self.watch.has(_mark(environ)):
            answer = self._from_replica(environ, start_response)
            if answer is not None:
                return answer
        read_from(DEFAULT_DB_ALIAS)
        return self._application(environ, start_response)

    def _from_replica(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        """Answer from the replica; None if that did not go well, and nothing is sent yet."""
        read_from(REPLICA)
        started: list[Any] = []
        pieces = self._application(dict(environ), lambda *start: started.extend(start))
        status = int(started[0][:3]) if started else HTTPStatus.INTERNAL_SERVER_ERROR
        if status < HTTPStatus.BAD_REQUEST:
            start_response(*started[:2])
            return pieces
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.watch.distrust()
        return None


def is_for_replica(environ: Environ) -> bool:
    """Whether this is a whole page for somebody whom nobody knows."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return False
    path = environ["PATH_INFO"]
    if PAGES.match(path) is None or NOT_PAGES.search(path) is not None:
        return False
    # What a page fetches, it fetches because something was just written.
    if "HTTP_HX_REQUEST" in environ or environ.get("HTTP_SEC_FETCH_DEST", "document") != "document":
        return False
    return f"{settings.SESSION_COOKIE_NAME}=" not in environ.get("HTTP_COOKIE", "")


def _mark(environ: Environ) -> int:
    """Return the position up to which whoever asks has written; 0 if they have not.

    Nobody vouches for the cookie, and nobody need: it takes them to the primary or not.
    """
    found = MARK.search(environ.get("HTTP_COOKIE", ""))
    return position("/".join(found.groups())) if found else 0


def _marking(environ: Environ, start_response: StartResponse) -> StartResponse:
    """Let the browser keep how far the primary was once it had written what was sent."""

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        if int(status[:3]) < HTTPStatus.BAD_REQUEST and "HTTP_AUTHORIZATION" not in environ:
            kept = f"Max-Age={MARKED_FOR}; Path=/; HttpOnly; SameSite=Lax"
            kept += "; Secure" if settings.SECURE else ""
            headers = [*headers, ("Set-Cookie", f"{COOKIE}={_written()}; {kept}")]
        return start_response(status, headers, *more)

    return start


def _written() -> str:
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(NOW_AT)
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return UNKNOWN
