"""A site that is told to stop under load: nobody gets half an answer, and nothing is lost."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings

from tests.prepared import prepare
from tests.serving import free_port, wait_for
from tests.test_start import environment, manage

CLIENTS = 8
WRITTEN = 3 * CLIENTS  # annotations, before it is told to stop
STREAMS = 5
STOPS_WITHIN = 40  # seconds
TOKEN = """
from reader.models import User
from tests.api.hypothesis_client import token_for
print(token_for(User.objects.get(username="reader")))
"""


@dataclass
class Answers:
    """What clients were answered."""

    written: list[str] = field(default_factory=list)  # the ids that were acknowledged
    whole: int = 0
    half: list[bytes] = field(default_factory=list)
    none: int = 0

    def add(self, answer: bytes) -> bool:
        """Note an answer; return whether there was one."""
        head, _blank, body = answer.partition(b"\r\n\r\n")
        if not answer:
            self.none += 1
            return False
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            -1,
        )
        if len(body) != length:
            self.half.append(answer[:200])
            return True
        self.whole += 1
        if head.startswith(b"HTTP/1.1 200") and b"application/json" in head:
            self.written.append(json.loads(body)["id"])
        return True


class Site:
    """A demo site in a process of its own."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port = data, port
        self.url = f"http://127.0.0.1:{port}"
        prepare(data, demo=True)
        self.start()
        self.token = manage(data, "shell", "--no-imports", "--command", TOKEN).stdout.strip()
        with closing(sqlite3.connect(data / "postil.sqlite3")) as database:
            (self.slug,) = database.execute("SELECT slug FROM reader_document").fetchone()

    def start(self) -> None:
        """Start it, and return as soon as one of its workers answers."""
        more = {
            "POSTIL_URL": self.url,
            "POSTIL_POSTS_PER_MINUTE": "100000",
            "POSTIL_API_WRITES_PER_MINUTE": "100000",
        }
        with (self.data / "start.log").open("w") as log:
            self.process = subprocess.Popen(  # noqa: S603 -- our own command
                [sys.executable, "manage.py", "start", "--demo", "--port", str(self.port)],
                cwd=settings.BASE_DIR,
                env=environment(self.data, **more),
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        wait_for(f"{self.url}/readyz", self.process)

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return a request as it is sent, over a connection that serves it alone."""
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Connection: close",
            f"Content-Length: {len(body)}",
        ]
        if method == "POST":
            lines += [f"Authorization: Bearer {self.token}", "Content-Type: application/json"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def writing(self, text: str) -> bytes:
        """Return a request that annotates the speech."""
        address = f"{self.url}/d/{self.slug}/"
        quote = {"type": "TextQuoteSelector", "exact": "Dear compatriots"}
        data = {
            "uri": address,
            "text": text,
            "group": "__world__",
            "target": [{"source": address, "selector": [quote]}],
        }
        return self.request("POST", "/api/annotations", json.dumps(data).encode())

    def ask(self, request: bytes) -> bytes:
        """Return all that is answered; nothing, if nobody takes the request."""
        got = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
                connection.sendall(request)
                while piece := connection.recv(65_536):
                    got += piece
        except ConnectionError:
            pass
        return got

    def listening(self) -> socket.socket:
        """Open a stream of the speech, and wait until it has begun."""
        stream = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        stream.sendall(self.request("GET", f"/live/{self.slug}"))
        got = b""
        while b"retry:" not in got:
            piece = stream.recv(4_096)
            assert piece, got
            got += piece
        return stream

    def saved(self) -> set[str]:
        """Return the ids of what clients wrote, as they are on the disk."""
        with closing(sqlite3.connect(self.data / "postil.sqlite3")) as database:
            rows = database.execute("SELECT uid FROM reader_annotation WHERE body LIKE 'load %'")
            return {uid for (uid,) in rows}

    def stopped_by_itself(self) -> bool:
        """Whether no worker had to be killed, as granian does when their time is over."""
        return "Killing" not in (self.data / "start.log").read_text()

    def stop(self) -> None:
        """Tell it to stop, as systemd does."""
        self.process.send_signal(signal.SIGTERM)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path, free_port())
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def load(site: Site, number: int, stopped: threading.Event, answers: Answers) -> None:
    """Write and read in turn until nobody answers any more."""
    page = site.request("GET", f"/d/{site.slug}/")
    for count in range(100_000):
        request = page if count % 2 else site.writing(f"load {number} {count}")
        if not answers.add(site.ask(request)) and stopped.is_set():
            return


def test_nobody_gets_half_an_answer_and_what_was_acknowledged_is_there(site: Site) -> None:
    stopped = threading.Event()
    answers = [Answers() for _client in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        for number, one in enumerate(answers):
            clients.submit(load, site, number, stopped, one)
        while sum(len(one.written) for one in answers) < WRITTEN:
            assert site.process.poll() is None
            time.sleep(0.02)
        stopped.set()
        site.stop()
        assert site.process.wait(STOPS_WITHIN) == 0
    assert [half for one in answers for half in one.half] == []
    assert sum(one.none for one in answers) <= CLIENTS  # none before it was told to stop
    acknowledged = {uid for one in answers for uid in one.written}
    assert len(acknowledged) >= WRITTEN
    assert acknowledged <= site.saved()
    assert site.stopped_by_itself()


def test_a_write_that_waits_is_finished_and_streams_end_at_once(site: Site) -> None:
    with (
        ThreadPoolExecutor(1) as clients,
        closing(sqlite3.connect(site.data / "postil.sqlite3", isolation_level=None)) as other,
    ):
        streams = [site.listening() for _number in range(STREAMS)]
        other.execute("BEGIN IMMEDIATE")
        writing = clients.submit(site.ask, site.writing("load and wait"))
        time.sleep(0.5)
        site.stop()
        for stream in streams:
            # The end of a body in chunks: browsers come back, wherever they are answered then.
            assert until_its_end(stream).endswith(b"0\r\n\r\n")
        time.sleep(1)
        assert not writing.done()
        other.execute("ROLLBACK")
        answers = Answers()
        answers.add(writing.result(STOPS_WITHIN))
        assert site.process.wait(STOPS_WITHIN) == 0
    assert len(answers.written) == 1
    assert set(answers.written) == site.saved()
    assert site.stopped_by_itself()
    # Told at once, while a worker may still be starting: it must not miss that.
    site.start()
    site.stop()
    assert site.process.wait(STOPS_WITHIN) == 0
    assert site.stopped_by_itself()


def until_its_end(stream: socket.socket) -> bytes:
    """Return what comes until the other side closes the connection."""
    got = b""
    with closing(stream):
        while piece := stream.recv(4_096):
            got += piece
    return got
