"""What a site on several servers promises. Each check asserts, and returns what it measured."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from reader.management.election import COURIER
from tests.cluster.browser import WAITS, Browser, Stream
from tests.cluster.machines import wait_until
from tests.cluster.site import LAG, PASSWORD, Site

READER = "/d/doc/"
ANNOTATE = "/d/doc/annotations/"
TOKENS = "/api/token"
MOST_TOKENS = 20  # a minute, as the site's surroundings say
CLIENTS = 8


def words(body: str, key: str = "", paragraph: int = 3) -> dict[str, str]:
    """Return the form that says something about a paragraph."""
    return {
        "exact": f"Paragraph {paragraph} is",
        "ref": f"p{paragraph + 1}",
        "motivation": "commenting",
        "body": body,
        "visibility": "public",
        "client_key": key,
    }


def write(browser: Browser, body: str, paragraph: int = 3) -> None:
    """Say something, and fail unless it was taken."""
    answer = browser.post(ANNOTATE, words(body, paragraph=paragraph))
    assert answer.status == 302, answer


def stream_hears(site: Site) -> float:
    """A write on one server is on an open stream of the other; return after how many seconds."""
    stream = Stream(site.browser(site.second), "/live/doc")
    through = Stream(site.browser(site.balancer), "/live/doc")
    time.sleep(1.0)  # both are being served
    writer = site.browser(site.first, 0)
    longest = 0.0
    for number in range(10):
        sent = time.monotonic()
        write(writer, f"Heard {number}")
        longest = max(longest, stream.seconds_until("annotation.created", sent))
        longest = max(longest, through.seconds_until("annotation.created", sent))
    return longest


def connections_are_nobody_elses(site: Site) -> str:
    """No two processes hold one connection to a database: they would read each other's answers."""
    wanted = {f"{port:04X}" for port in (site.primary.port, site.replica.port)}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {row[9] for row in rows if row[2].rpartition(":")[2] in wanted}
    held = [
        f"{pid} {inode}"
        for server in (site.first, site.second)
        for pid in server.pids()
        for inode in inodes & server.sockets(pid)
    ]
    holders = Counter(line.split()[1] for line in held)
    assert holders, "no app server is connected"
    assert max(holders.values()) == 1, held
    return f"{len(holders)} connections, each of one process"


def signed_in_everywhere(site: Site) -> str:
    """Whoever signs in on one server is known to the other, and signs out on both."""
    browser = site.browser(site.first)
    answer = browser.post("/accounts/login/", {"login": "person1", "password": PASSWORD})
    assert answer.status == 302, answer
    elsewhere = site.browser(site.second)
    elsewhere.cookies = browser.cookies
    assert "person1" in elsewhere.get(READER).text
    assert elsewhere.post("/accounts/logout/", {}).status == 302
    assert "person1" not in browser.get(READER).text
    return "as promised"


def limits_are_shared(site: Site) -> str:
    """Requests are counted together, whichever server answers."""
    browsers = [site.browser(site.first), site.browser(site.second)]
    while time.time() % 60 > 60 - WAITS:  # a count ends with its minute
        time.sleep(0.2)
    asked = [browsers[n % 2].post(TOKENS, {"grant_type": "none"}) for n in range(MOST_TOKENS + 2)]
    assert [answer.status for answer in asked].count(429) == 2
    assert all(answer.status == 429 for answer in asked[-2:])
    return "as promised"


def late_replica(site: Site) -> str:
    """With a replica that stands still nobody misses their own words, and nobody gets an error."""
    site.wait_for_replica()
    writer, stranger = site.browser(site.first, CLIENTS), site.browser(site.second)
    wait_until(lambda: _reads_replica(site), "the replica to be in use")
    site.replica.ask("SELECT pg_wal_replay_pause()")
    try:
        write(writer, "Written while the replica stands still", paragraph=7)
        assert "stands still" not in stranger.get(READER).text
        assert "stands still" in _everywhere(site, writer)
        # Known by no session any more, and still not sent back to before what they wrote.
        assert writer.post("/accounts/logout/", {}).status == 302
        assert "sessionid" not in writer.cookies
        assert "stands still" in _everywhere(site, writer)
        # What is not there yet is looked for where it is.
        ((uid,),) = site.primary.ask("SELECT uid FROM reader_annotation ORDER BY id DESC LIMIT 1")
        assert stranger.get(f"/a/{uid}/").status in {200, 302}
        wait_until(lambda: "stands still" in stranger.get(READER).text, "the primary", LAG + WAITS)
    finally:
        site.replica.ask("SELECT pg_wal_replay_resume()")
    wait_until(lambda: _reads_replica(site), "the replica to be in use again")
    return "as promised"


def _everywhere(site: Site, browser: Browser) -> str:
    """Return the reader's page only if both servers show it alike, else nothing."""
    texts = []
    for server in (site.first, site.second):
        there = site.browser(server)
        there.cookies = dict(browser.cookies)
        texts += [there.get(READER).text for _worker in range(4)]
    return min(texts, key=lambda text: "stands still" in text)


def _reads_replica(site: Site) -> bool:
    """Whether anonymous pages make the replica work."""
    counted = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'"
    ((before,),) = site.replica.ask(counted)
    for server in (site.first, site.second):
        for _page in range(6):
            assert site.browser(server).get("/").status == 200
    time.sleep(1.2)  # PostgreSQL tells of its work once a second
    ((after,),) = site.replica.ask(counted)
    # The servers look how far it is too, four processes twice a second.
    return int(after) - int(before) > 4 * 2 * 2


def dead_replica(site: Site) -> int:
    """Without the replica reading goes on; return how many pages were read meanwhile."""
    site.wait_for_replica()
    browsers = [site.browser(site.first), site.browser(site.second), site.browser(site.balancer)]
    pages = 0
    for moment in range(30):
        if moment == 10:
            site.replica.kill()
        for browser in browsers:
            for path in (READER, "/", "/d/doc/p4/", "/search/?q=paragraph"):
                answer = browser.get(path)
                assert answer.status == 200, (moment, path, answer.status)
                pages += 1
    site.replica.start()
    wait_until(lambda: _reads_replica(site), "the replica to be in use again")
    return pages


@dataclass
class Load:
    """Eight people who write through the balancer, and try again until each thing is taken."""

    site: Site
    each: int
    taken: dict[str, str] = field(default_factory=dict)
    tries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> list[threading.Thread]:
        """Begin to write."""
        threads = [threading.Thread(target=self._write, args=[n]) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def _write(self, person: int) -> None:
        browser = self.site.browser(self.site.balancer, person)
        for number in range(self.each):
            key = f"load-{person}-{number}"
            until = time.monotonic() + 60
            while time.monotonic() < until:
                with self._lock:
                    self.tries += 1
                try:
                    answer = browser.post(ANNOTATE, words(f"Said {key}", key))
                except (OSError, ValueError):
                    time.sleep(0.05)
                    continue
                if answer.status == 302:
                    assert "#a-" in answer.location, answer
                    with self._lock:
                        self.taken[key] = answer.location
                    break
                assert answer.status >= 500, answer
                time.sleep(0.05)


def killed_servers(site: Site, each: int) -> Load:
    """Either server is killed under load, and comes back; nothing that was taken is missing."""
    load = Load(site, each)
    threads = load.run()
    for server, share in ((site.first, 0.25), (site.second, 0.6)):
        _wait_for_share(load, share)
        server.kill()
        _wait_for_share(load, share + 0.15)  # the other one carries on alone
        wait_until(lambda: _couriers(site) == 1, "the other courier to take over")
        server.start()
        site.wait_for(server)
        time.sleep(3)  # the balancer asks once a second, and wants to hear it twice
    for thread in threads:
        thread.join()
    assert len(load.taken) == CLIENTS * each
    found = site.primary.ask(
        "SELECT client_key, uid FROM reader_annotation WHERE client_key LIKE 'load-%'"
    )
    assert len(found) == len(load.taken)  # none missing, none twice
    assert all(uid in load.taken[key] for key, uid in found)
    return load


def _couriers(site: Site) -> int:
    """Return how many processes hold the lock of the one that sends webhooks."""
    ((count,),) = site.primary.ask(
        "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND (classid::bigint << 32) + objid::bigint = %s",
        COURIER,
    )
    return int(count)


def _wait_for_share(load: Load, share: float) -> None:
    enough = share * CLIENTS * load.each
    wait_until(lambda: len(load.taken) >= enough, f"{share:.0%} of the writes", 120)
