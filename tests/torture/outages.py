"""PostgreSQL and Redis are killed (SIGKILL) and started again while eight people write.

During the outage they are told so, with 503; after it everything works by itself. What was
acknowledged is there, once.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.cluster.machines import Postgres, Redis, wait_until
from tests.torture.killing import check
from tests.torture.site import SLUG, Site
from tests.torture.writing import Writers

AWAY = 2.0  # seconds
BACK_WITHIN = 30.0  # seconds after which writes are taken again
GUESS = "a password that somebody tries"
NAMES = ("postgresql", "redis", "app")
READER = f"/d/{SLUG}/"


def kill_postgres(server: Postgres) -> None:
    """Kill PostgreSQL's main process and all its children at once."""
    main = int((server.folder / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    for pid in [main, *map(int, children)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{main}").exists(), "PostgreSQL to end")


def _kill_redis(redis: Redis, site: Site) -> None:
    """Kill Redis; whoever guesses a password is then counted by nobody, so nobody may."""
    redis.kill()
    headers = {"Origin": f"http://127.0.0.1:{site.port}"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
    with contextlib.closing(connection):
        sent = {"login": site.people[0]["username"], "password": GUESS}
        connection.request("POST", "/accounts/login/", urlencode(sent), headers)
        answer = connection.getresponse()
        body = answer.read().decode()
    assert answer.status == 503, (answer.status, body[:500])
    assert answer.getheader("Retry-After", "").isdecimal()
    assert GUESS not in body


class Away:
    """What is asked while something is away: pages, and writes that go on meanwhile."""

    def __init__(self, site: Site, writers: Writers) -> None:
        self.site, self.writers = site, writers
        self.pages: list[int] = []

    def watch(self, seconds: float) -> None:
        """Ask for the page again and again."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            status, body = self.site.get(READER)
            assert "Traceback" not in body
            self.pages.append(status)
            time.sleep(0.2)

    def wait_for_writes(self) -> float:
        """Return the seconds until the next write is acknowledged."""
        began, before = time.monotonic(), len(self.writers.told)
        self.writers.wait_for(min(before + 1, self.writers.writes), BACK_WITHIN)
        return round(time.monotonic() - began, 2)


def interrupted(
    site: Site,
    writers: Writers,
    away: Callable[[], None],
    back: Callable[[], None],
    times: int,
) -> dict[str, Any]:
    """Take something away while people write, and bring it back; return the figures."""
    rounds = []
    writers.start()
    try:
        for number in range(times):
            writers.wait_for(writers.writes * (number + 1) // (times + 2))
            asked, before = Away(site, writers), dict(writers.answers)
            away()
            asked.watch(AWAY)
            back()
            recovered = asked.wait_for_writes()
            after = {n: writers.answers[n] - before.get(n, 0) for n in sorted(writers.answers)}
            pages = {n: asked.pages.count(n) for n in sorted(set(asked.pages))}
            assert set(pages) <= {0, 200, 503}, pages
            rounds.append({"answers": after, "pages": pages, "back_after_s": recovered})
        writers.finish()
    finally:
        writers.give_up()
    assert 500 not in writers.answers, writers.answers
    end = check(site, writers, all_written=True)
    return {"rounds": rounds, "end": end, "answers": dict(sorted(writers.answers.items()))}


def run(folder: Path, *, writes: int, times: int, names: tuple[str, ...] = NAMES) -> dict[str, Any]:
    """Do it with each of them, one after the other, on one site; return the figures.

    Args:
        folder: where everything is kept, for PostgreSQL's own user to go through.
        writes: annotations for each.
        times: how often each is taken away.
        names: what is.
    """
    found: dict[str, Any] = {}
    database, redis = Postgres(folder, "postgres"), Redis(folder)
    database.make()
    database.start()
    redis.start()
    site = Site(folder, database.url, {"REDIS_URL": redis.url})
    try:
        site.fill(pages=True)
        site.start()
        doings: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "postgresql": (lambda: kill_postgres(database), database.start),
            "redis": (partial(_kill_redis, redis, site), redis.start),
            "app": (site.kill, site.start),
        }
        for name in names:
            writers = Writers(site, writes, mark=f"{name} ")
            found[name] = interrupted(site, writers, *doings[name], times)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{site.server.last_words()}") from error
    finally:
        site.kill()
        redis.kill()
        database.kill()
    return found
