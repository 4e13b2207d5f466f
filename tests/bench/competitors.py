"""Postil beside what a user would install instead: Isso and django-comments-xtd, ``make bench``.

All three run at once on this machine, each on SQLite, by the server that its documentation names:
Postil by ``manage.py start`` (2 workers), the others by gunicorn (4). Each has the same number of
comments of the same words by the same 20 people; no limit of posts is in force.

Reading: the page with 100 and with 1,000 comments, for a visitor who is not signed in: for Postil
and django-comments-xtd the whole page with the text, for Isso the JSON of the comments alone, out
of which the visitor's browser makes HTML. What is told is the processor time of all processes of
the server for one request, and how long one client at a time waits. In each round the three take
turns.

Creating: 8 clients write to one document as fast as they are answered, one server after the other
in each round. Acknowledged are answers of success; anything else is an error. Every request of
every client stands on a connection of its own.
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.processes import ROOT
from tests.bench.rivals import WRITERS, Rival
from tests.bench.rivals.isso_site import isso
from tests.bench.rivals.postil_site import postil_filled
from tests.bench.rivals.xtd_site import xtd

NAME = "competitors"
TITLES = {"postil": "Postil", "isso": "Isso", "xtd": "django-comments-xtd"}
WARM_UP = 12  # requests, so that every worker has answered before
TIMEOUT = 60
LEAST_RATE, MOST_P95 = 200, 100
CREATED = (200, 201)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: comments on a page, rounds, requests and seconds in each."""

    comments: tuple[int, ...]
    rounds: int
    requests: int
    seconds: float


SIZES = {
    "toy": Size((10,), 1, 5, 1.0),
    "short": Size((100, 1_000), 3, 20, 4.0),
    "full": Size((100, 1_000), 5, 60, 10.0),
}


@dataclass(slots=True)
class Figures:
    """What was seen of one server at one thing, over all rounds."""

    cpu_ms: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    errors: int = 0
    sent: int = 0

    def told(self) -> dict[str, Any]:
        """Return medians of the rounds, and percentiles of all requests."""
        told: dict[str, Any] = {"cpu_ms": statistics.median(self.cpu_ms), "errors": self.errors}
        cuts = statistics.quantiles(self.took_ms, n=20, method="inclusive")
        told |= {"p50_ms": cuts[9], "p95_ms": cuts[18], "sent": self.sent}
        if self.per_second:
            told["per_second"] = statistics.median(self.per_second)
        return told


class Refused(RuntimeError):
    """A page that is to be measured was not answered with success."""


def ask(
    rival: Rival, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, bytes]:
    """Send one request on a connection of its own; return its status and body."""
    address = rival.server.url.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT)
    try:
        connection.request(method, path, body or None, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def read(rival: Rival, number: int, requests: int, figures: Figures) -> None:
    """Ask for a page so many times.

    Raises:
        Refused: an answer is not 200.
    """
    before = rival.server.cpu_ms()
    for _nth in range(requests):
        began = time.perf_counter()
        status, body = ask(rival, "GET", rival.pages[number], {"Accept-Encoding": "br, gzip"})
        figures.took_ms.append((time.perf_counter() - began) * 1000)
        if status != http.client.OK:
            raise Refused(f"{rival.server.url}{rival.pages[number]} answered {status}")
        figures.sent = len(body)
    figures.cpu_ms.append((rival.server.cpu_ms() - before) / requests)


def create(rival: Rival, seconds: float, figures: Figures) -> None:
    """Let all writers write for so long, each as soon as they are answered."""
    lock, acknowledged = threading.Lock(), 0
    until = time.perf_counter() + seconds

    def write(writer: int) -> None:
        nonlocal acknowledged
        while (began := time.perf_counter()) < until:
            try:
                # The time is part of the words: one of them takes no comment twice.
                path, headers, body = rival.request(writer, time.monotonic_ns())
                status, _body = ask(rival, "POST", path, headers, body)
            except OSError:
                status = 0
            with lock:
                if status in CREATED:
                    acknowledged += 1
                    figures.took_ms.append((time.perf_counter() - began) * 1000)
                else:
                    figures.errors += 1

    before, began = rival.server.cpu_ms(), time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    took = time.perf_counter() - began
    figures.per_second.append(acknowledged / took)
    figures.cpu_ms.append((rival.server.cpu_ms() - before) / max(1, acknowledged))


@contextmanager
def running_rivals(numbers: tuple[int, ...]) -> Iterator[dict[str, Rival]]:
    """Run all three, filled, each in a temporary folder.

    Raises:
        Missing: one has not been fetched.
    """
    speech = (ROOT / "seeds" / "transcript.txt").read_text()
    with ExitStack() as stack:

        def folder() -> Path:
            return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postil-bench-")))

        yield {
            "postil": stack.enter_context(postil_filled(folder(), numbers)),
            "isso": stack.enter_context(isso(folder(), numbers)),
            "xtd": stack.enter_context(xtd(folder(), numbers, speech)),
        }


def run(size: str) -> dict[str, Any]:
    """Measure at one of :data:`SIZES`.

    Raises:
        Missing: what it is compared with has not been fetched.
        Refused: one does not answer as it should.
    """
    how = SIZES[size]
    reading = {(name, number): Figures() for number in how.comments for name in TITLES}
    creating = {name: Figures() for name in TITLES}
    with running_rivals(how.comments) as rivals:
        for name, number in reading:
            read(rivals[name], number, WARM_UP, Figures())
        for nth in range(how.rounds):
            for (name, number), figures in reading.items():
                read(rivals[name], number, how.requests, figures)
            # In turn first, second, third: the disk is never the same for all.
            for name in (*TITLES, *TITLES)[nth % 3 : nth % 3 + 3]:
                create(rivals[name], how.seconds, creating[name])
    return {
        "cores": os.cpu_count(),
        "rounds": how.rounds,
        "seconds": how.seconds,
        "reading": [
            {"name": name, "comments": number, **figures.told()}
            for (name, number), figures in reading.items()
        ],
        "creating": [{"name": name, **figures.told()} for name, figures in creating.items()],
    }


def _reading_lines(result: dict[str, Any]) -> Iterator[str]:
    ours = {row["comments"]: row for row in result["reading"] if row["name"] == "postil"}
    for row in result["reading"]:
        ratio = row["cpu_ms"] / max(0.01, ours[row["comments"]]["cpu_ms"])
        yield (
            f"| {row['comments']:,} | {TITLES[row['name']]} | {row['cpu_ms']:.2f} | {ratio:.1f} "
            f"| {row['p50_ms']:.1f} | {row['p95_ms']:.1f} | {row['sent'] / 1000:.1f} |"
        )


def _creating_lines(result: dict[str, Any]) -> Iterator[str]:
    ours = next(row for row in result["creating"] if row["name"] == "postil")
    for row in result["creating"]:
        ratio = row["per_second"] / max(0.01, ours["per_second"])
        yield (
            f"| {TITLES[row['name']]} | {row['per_second']:.0f} | {ratio:.2f} "
            f"| {row['p50_ms']:.0f} | {row['p95_ms']:.0f} | {row['cpu_ms']:.1f} "
            f"| {row['errors']} |"
        )


def table(result: dict[str, Any]) -> str:
    """Return the result as Markdown: reading, then creating."""
    lines = [
        "| comments | page of | CPU ms | x Postil | p50 ms | p95 ms | kB sent |",
        "|--:|:--|--:|--:|--:|--:|--:|",
        *_reading_lines(result),
        "",
        f"Creating, {WRITERS} clients, {result['rounds']} rounds of {result['seconds']:.0f} s:",
        "",
        "| server | acknowledged/s | x Postil | p50 ms | p95 ms | CPU ms each | errors |",
        "|:--|--:|--:|--:|--:|--:|--:|",
        *_creating_lines(result),
    ]
    ours = next(row for row in result["creating"] if row["name"] == "postil")
    if ours["per_second"] < LEAST_RATE or ours["p95_ms"] > MOST_P95 or ours["errors"]:
        wanted = f"{LEAST_RATE} a second, p95 {MOST_P95} ms, no error"
        lines += ["", f"- Missed: Postil's creating ({wanted})."]
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, and write the figures if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.competitors")
    parser.add_argument("--size", default="short", choices=SIZES)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    result = run(options.size)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2))
    print(table(result))


if __name__ == "__main__":
    main()
