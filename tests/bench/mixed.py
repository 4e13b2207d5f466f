"""A mixed load: most ask for a page, some are signed in, some write, and streams stay open."""

import json
import random
import selectors
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from tests.bench.wire import Answer, Broken, Wire
from tests.bench.writers import API, REQUESTS, Writer

CLIENTS = 8
ANONYMOUS, SIGNED_IN, WRITING = "anonymous", "signed in", "writing"
SHARES = {ANONYMOUS: 90, SIGNED_IN: 5, WRITING: 5}  # of a hundred
LATE = 30.0  # seconds behind its time at which the load gives up


@dataclass(frozen=True, slots=True)
class Done:
    """One request: what it was, when it ended, and how long after its time, in milliseconds."""

    kind: str
    at: float  # time.monotonic()
    ms: float


class Mix:
    """Some clients that send the mixture, as fast as they can or at a steady rate."""

    def __init__(self, port: int, made: dict[str, Any]) -> None:
        self.port, self.document, self.people = port, made["documents"][0], made["people"]
        self.done: list[Done] = []
        self.errors: list[str] = []
        self._lock = threading.Lock()
        self._next, self._began, self._until, self._rate = 0, 0.0, 0.0, 0.0
        self._threads: list[threading.Thread] = []

    def start(self, seconds: float, rate: float = 0.0) -> None:
        """Begin: so many requests a second, or, with 0, one after the other from each client."""
        self._next, self._rate = 0, rate
        self._began = time.monotonic()
        self._until = self._began + seconds
        self._threads = [
            threading.Thread(target=self._work, args=[number]) for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Return when all clients have ended."""
        for thread in self._threads:
            thread.join()

    def _due(self) -> float | None:
        """Return when the next request is to be sent; None: no more."""
        now = time.monotonic()
        if not self._rate:
            return now if now < self._until else None
        with self._lock:
            at = self._began + self._next / self._rate
            self._next += 1
        return at if at < self._until and now - at < LATE else None

    def _work(self, number: int) -> None:
        client = _Client(self, number)
        try:
            while (at := self._due()) is not None and not self.errors:
                time.sleep(max(0.0, at - time.monotonic()))
                kind = client.act()
                ended = time.monotonic()
                self.done.append(Done(kind, ended, (ended - at) * 1000))
        except (OSError, Broken, Refused) as error:
            self.errors.append(repr(error))
        finally:
            client.wire.close()


class Refused(Exception):
    """The site did not do what was asked."""


class _Client:
    """One of the clients. What it has written it deletes next, so that the page stays as long."""

    def __init__(self, mix: Mix, number: int) -> None:
        self.chance = random.Random(number)
        self.wire = Wire(mix.port)
        self.path = mix.document["path"]
        job = {"port": mix.port, "document": mix.document, "people": mix.people, "door": API}
        self.writer = Writer({**job, "seed": "soak"}, number % len(mix.people))
        self.written: str = ""

    def act(self) -> str:
        kind = self.chance.choices(list(SHARES), list(SHARES.values()))[0]
        if kind == WRITING:
            self._write()
        else:
            cookie = {} if kind == ANONYMOUS else {"Cookie": self.writer.person["cookie"]}
            self._ask("GET", self.path, {"Accept-Encoding": "br", **cookie})
        return kind

    def _write(self) -> None:
        path, headers, body = REQUESTS[API](self.writer, *self.writer.somewhere())
        if self.written:
            del headers["Idempotency-Key"]
            self._ask("DELETE", f"{path}/{self.written}", headers)
            self.written = ""
        else:
            self.written = json.loads(self._ask("POST", path, headers, body).body)["id"]

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        answer = self.wire.ask(method, path, headers, body)
        if answer.status not in (200, 201):
            raise Refused(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return answer


class Streams:
    """Open event streams of a document, which somebody reads."""

    def __init__(self, port: int, slug: str, many: int) -> None:
        self.events = self.lost = 0
        self._selector = selectors.DefaultSelector()
        asked = f"GET /live/{slug} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _one in range(many)]
        for one in self._sockets:
            one.sendall(asked)
            self._selector.register(one, selectors.EVENT_READ)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def open(self) -> int:
        """How many are still open."""
        return len(self._sockets) - self.lost

    def _read(self) -> None:
        while not self._stopped.is_set():
            for key, _events in self._selector.select(timeout=0.2):
                assert isinstance(key.fileobj, socket.socket)
                piece = key.fileobj.recv(65_536)
                self.events += piece.count(b"\nid: ") + piece.startswith(b"id: ")
                if not piece:
                    self.lost += 1
                    self._selector.unregister(key.fileobj)

    def close(self) -> None:
        """Hang up."""
        self._stopped.set()
        self._thread.join()
        for one in self._sockets:
            one.close()
        self._selector.close()
