"""The process that sends webhooks and asks outside judges, beside those that serve pages.

One of a site does.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

from reader.actions.forgetting import forget_all_old
from reader.actions.judging import ask_due
from reader.actions.webhooks import deliver_due
from reader.management.election import Chair
from reader.queries.judging import documents_due
from reader.queries.webhooks import webhooks_due

LOOKS_EVERY = 1.0  # seconds
AT_ONCE = 4  # webhooks: one that is slow holds up no other
RESTS = 5.0  # seconds that a webhook is left alone after a failure
FORGETS_EVERY = 3_600.0
STARTS_AFTER = 1.0
ENDS_WITHIN = 2.0
WEBHOOK, JUDGE = "webhook", "judge"
Work = tuple[str, int]  # a webhook by its id, or a judge by its document's

log = logging.getLogger(__name__)


class Courier:
    """Sends what is due: each webhook's messages one after the other, several webhooks at once."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._busy: dict[Work, Future[bool]] = {}
        self._resting: dict[Work, float] = {}
        self._forgot_at = 0.0
        self._chair = Chair()

    def run(self) -> None:
        """Look again and again, until stopped; a database that is away is looked for again."""
        while not self.stopped.is_set():
            try:
                self.look()
            except DatabaseError:
                log.exception("webhooks")
                connections.close_all()
            self.stopped.wait(LOOKS_EVERY)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._chair.leave()

    def look(self) -> None:
        """Set somebody to work for each webhook that waits and is not being served."""
        close_old_connections()
        if not self._chair.is_ours():
            return  # another server's courier is at it
        now = time.monotonic()
        for work in [work for work, doing in self._busy.items() if doing.done()]:
            if not self._busy.pop(work).result():
                self._resting[work] = now + RESTS
        self._resting = {work: until for work, until in self._resting.items() if until > now}
        for work in work_due():
            if work not in self._busy and work not in self._resting:
                self._busy[work] = self._pool.submit(_serve, *work)
        if now - self._forgot_at > FORGETS_EVERY or not self._forgot_at:
            self._forgot_at = now
            forget_all_old()


def work_due() -> list[Work]:
    """Return the webhooks to which something is to be sent, and the judges to be asked."""
    judges = [(JUDGE, pk) for pk in documents_due()]
    return [*((WEBHOOK, pk) for pk in webhooks_due()), *judges]


def _serve(kind: str, pk: int) -> bool:
    """Send what is due to a webhook, or ask a document's judge; return whether all went well."""
    try:
        sent = deliver_due(webhook=pk) if kind == WEBHOOK else ask_due(document=pk)
        _taken, failed = sent
    except DatabaseError:
        log.exception("%s %s", kind, pk)
        return False
    else:
        return not failed
    finally:
        connections.close_all()


@contextmanager
def courier_beside() -> Iterator[None]:
    """Keep a courier running in a process of its own until the block ends."""
    if settings.READ_ONLY:  # what is due goes out from where the site moves to
        yield
        return
    stopped = threading.Event()
    minder = threading.Thread(target=_mind, args=[stopped], name="webhooks", daemon=True)
    minder.start()
    try:
        yield
    finally:
        stopped.set()
        minder.join()


def _mind(stopped: threading.Event) -> None:
    """Start the courier once the site has had time to answer, and again whenever it ends."""
    # Not forked: it must share no lock, thread or connection of the server's process.
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "deliver_webhooks", "--watch"]
    while not stopped.wait(STARTS_AFTER):
        process = subprocess.Popen([*command, "--parent", str(os.getpid())])  # noqa: S603 -- our own command
        while process.poll() is None and not stopped.wait(LOOKS_EVERY):
            pass
        process.terminate()
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()  # what it was sending is sent again: at least once
            process.wait()


def end_with(parent: int) -> None:
    """End this process as soon as another process, its parent, is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOKS_EVERY)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
