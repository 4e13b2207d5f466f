"""Clients that write, each write with a key, until every one of them has been acknowledged."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlencode

from tests.torture.site import SLUG, Site

PARAGRAPHS = 60
TIMEOUT = 60  # seconds
LONGEST_WAIT = 0.5  # seconds, whatever Retry-After says: a torture is in a hurry
ACKNOWLEDGED = (200, 201, 302)
TRY_AGAIN = (503, 507)
DOORS = ("hypothesis", "w3c", "form")


@dataclass
class Write:
    """One annotation: what it says (no other says it), and through which door it goes."""

    number: int
    door: str
    person: dict[str, str]
    mark: str = ""

    @property
    def words(self) -> str:
        return f"Write {self.mark}{self.number} by {self.person['username']}."

    @property
    def key(self) -> str:
        return f"key-{self.mark}{self.number}"


class Writers:
    """Eight people who write at once and remember what they were told."""

    def __init__(
        self, site: Site, writes: int, doors: tuple[str, ...] = DOORS, mark: str = ""
    ) -> None:
        self.site, self.writes, self.mark = site, writes, mark
        self.told: dict[str, str] = {}  # words -> uid
        self.answers: Counter[int] = Counter()  # 0: none
        self.errors: list[str] = []
        self.refusals: list[str] = []
        self.slowest = 0.0  # seconds, of those that were acknowledged
        self.may_retry = threading.Event()  # cleared while nobody shall send again what failed
        self.may_retry.set()
        self.given_up = threading.Event()
        self._lock = threading.Lock()
        people = site.people
        made = [
            Write(n, doors[n % len(doors)], people[n % len(people)], mark) for n in range(writes)
        ]
        shares = [made[start :: len(people)] for start in range(len(people))]
        self._threads = [threading.Thread(target=self._work, args=[share]) for share in shares]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wait_for(self, acknowledged: int, seconds: float = 600) -> None:
        """Return when so many have been acknowledged."""
        until = time.monotonic() + seconds
        while len(self.told) < acknowledged:
            assert time.monotonic() < until, f"{len(self.told)} of {acknowledged}: {self.answers}"
            assert not self.errors, self.errors[:3]
            time.sleep(0.005)

    def finish(self) -> None:
        """Return when all have been acknowledged."""
        for thread in self._threads:
            thread.join()
        assert not self.errors, self.errors[:3]

    def give_up(self) -> None:
        """End without waiting for what has not been acknowledged."""
        self.given_up.set()
        self.may_retry.set()
        for thread in self._threads:
            thread.join()

    def _work(self, share: list[Write]) -> None:
        connection: HTTPConnection | None = None
        for write in share:
            while not self.given_up.is_set():
                connection = connection or HTTPConnection(
                    "127.0.0.1", self.site.port, timeout=TIMEOUT
                )
                if self._is_done(connection, write):
                    break
                connection.close()
                connection = None
                time.sleep(0.02)
                self.may_retry.wait()
        if connection is not None:
            connection.close()

    def _is_done(self, connection: HTTPConnection, write: Write) -> bool:
        """Send it once; return whether it needs no further try."""
        began = time.monotonic()
        try:
            _SENDERS[write.door](connection, self.site, write)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        except (OSError, HTTPException):
            self._note(0)
            return False
        self._note(answer.status)
        if answer.status in ACKNOWLEDGED:
            self._remember(write, _uid(write, answer, body), time.monotonic() - began)
            return True
        if answer.status in TRY_AGAIN:
            self._refused(answer, body)
            return False
        self.errors.append(f"{write.door} {answer.status} {body[:1000]}")
        return True

    def _note(self, status: int) -> None:
        with self._lock:
            self.answers[status] += 1

    def _remember(self, write: Write, uid: str, seconds: float) -> None:
        with self._lock:
            self.told[write.words] = uid
            self.slowest = max(self.slowest, seconds)

    def _refused(self, answer: HTTPResponse, body: str) -> None:
        """A refusal says when to come again, and is no stack trace."""
        after = answer.getheader("Retry-After", "")
        if not after.isdecimal() or "Traceback" in body:
            self.errors.append(f"{answer.status}, Retry-After {after!r}: {body[:1000]}")
        if len(self.refusals) < self.writes:
            self.refusals.append(body)
        time.sleep(min(float(after or 0), LONGEST_WAIT))


def _passage(number: int) -> str:
    return f"Paragraph {number % PARAGRAPHS} says that {number % PARAGRAPHS} is a number"


def _by_hypothesis(connection: HTTPConnection, site: Site, write: Write) -> None:
    quote = {"type": "TextQuoteSelector", "exact": _passage(write.number)}
    target = {"source": site.address, "selector": [quote]}
    read = {"read": ["group:__world__"]}
    sent = {"uri": site.address, "text": write.words, "target": [target], "permissions": read}
    if write.number % 2:
        sent["references"] = [write.person["root"]]
    _post(connection, "/api/annotations", json.dumps(sent), "application/json", write)


def _by_w3c(connection: HTTPConnection, site: Site, write: Write) -> None:
    selector = {"type": "TextQuoteSelector", "exact": _passage(write.number)}
    sent = {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "Annotation",
        "body": {"type": "TextualBody", "value": write.words, "format": "text/markdown"},
        "target": {"source": site.address, "selector": selector},
    }
    _post(connection, "/w3c/", json.dumps(sent), "application/ld+json", write)


def _by_form(connection: HTTPConnection, site: Site, write: Write) -> None:
    sent = {
        "motivation": "commenting",
        "ref": f"p{write.number % PARAGRAPHS + 1}",
        "exact": _passage(write.number),
        "body": write.words,
        "visibility": "public",
        "client_key": write.key,
    }
    kind = "application/x-www-form-urlencoded"
    _post(connection, f"/d/{SLUG}/annotations/", urlencode(sent), kind, write)


_SENDERS: dict[str, Callable[[HTTPConnection, Site, Write], None]] = {
    "hypothesis": _by_hypothesis,
    "w3c": _by_w3c,
    "form": _by_form,
}


def _post(connection: HTTPConnection, path: str, body: str, kind: str, write: Write) -> None:
    headers = {"Content-Type": kind}
    if write.door == "form":
        headers["Cookie"] = f"sessionid={write.person['session']}"
        headers["Origin"] = f"http://127.0.0.1:{connection.port}"
    else:
        headers["Authorization"] = f"Bearer {write.person['token']}"
        headers["Idempotency-Key"] = write.key
    connection.request("POST", path, body.encode(), headers)


def _uid(write: Write, answer: HTTPResponse, body: str) -> str:
    if write.door == "form":
        return answer.getheader("Location", "").rpartition("#a-")[2]
    uid: str = json.loads(body)["id"].rpartition("/")[2]
    return uid
