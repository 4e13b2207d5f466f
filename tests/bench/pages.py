"""The reader's page: what one request costs, beside the same bytes from a constant."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import floors, page_table
from tests.bench.hosting import (
    ROOT,
    Server,
    filled_site,
    running,
    running_site,
    surroundings_of,
)
from tests.bench.wire import Answer, Wire

NAME = "pages"
table, targets = page_table.table, page_table.targets
PAGE = "page"
BROTLI = {"Accept-Encoding": "br"}
ASK = """
import json, sys, time
from tests.bench.wire import Wire
port, path, headers, seconds = json.loads(sys.argv[1])
wire, took = Wire(port), []
for _time in range(5):  # the first makes the page, where this worker does not keep it yet
    wire.ask("GET", path, headers)
until = time.perf_counter() + seconds
while time.perf_counter() < until:
    answer = wire.ask("GET", path, headers)
    assert answer.status == 200, answer
    took.append(answer.ms)
print(json.dumps(took))
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    annotations: tuple[int, ...]
    rounds: int
    requests: int  # in each round: few, so that its page and floors see the same other work
    changes: int  # after which the page is asked for
    seconds: float  # of several clients at once
    clients: tuple[int, ...] = (1, 4)
    settled: bool = True


SIZES = {
    "toy": Size((10,), 2, 20, 2, 0.2, clients=(2,), settled=False),
    "short": Size((10, 1_000), 30, 50, 5, 2),
    "full": Size((10, 1_000, 10_000), 100, 50, 20, 5),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request to one server: where, with what, and what must come back."""

    name: str
    server: Server
    path: str
    headers: dict[str, str]
    status: int
    body: bytes


class Different(Exception):
    """A server did not answer what it was to answer."""


def run(size: str) -> dict[str, Any]:
    """Measure at one of the :data:`SIZES` and return the figures.

    Raises:
        Different: some answer was not the one to be measured; no figure would mean anything.
    """
    asked = SIZES[size]
    with (
        filled_site(*asked.annotations) as (folder, made),
        tempfile.TemporaryDirectory() as constants,
    ):
        surroundings = surroundings_of(folder)
        viewers = (("anonymous", ""), ("signed in", made["people"][0]["cookie"]))
        with (
            running_site(surroundings, settled=asked.settled) as site,
            contextlib.ExitStack() as stack,
        ):
            cases = [
                _case(site, document, viewer, cookie, Path(constants))
                for document in made["documents"]
                for viewer, cookie in viewers
            ]
            kinds = {
                kind: stack.enter_context(
                    running(surroundings, *_floor_words(kind, constants), ready="/")
                )
                for kind in floors.KINDS
            }
            compared = {PAGE: site, floors.DJANGO: kinds[floors.DJANGO]}
            for case in cases:
                case["figures"] = _measure(case, {PAGE: site, **kinds}, asked)
                case["clients"] = _clients(case, compared, asked)
            for case in cases:
                case["changed"] = _changed(site, case, made["people"][1], asked.changes)
    rows = [_row(case) for case in cases]
    return {"rows": rows, "rounds": asked.rounds, "requests": asked.requests}


def _floor_words(kind: str, constants: str) -> tuple[str, ...]:
    return ("-m", "tests.bench.floors", kind, constants)


def _case(
    site: Server, document: dict[str, Any], viewer: str, cookie: str, constants: Path
) -> dict[str, Any]:
    """Ask for a page until it is kept, and put its bytes where the floors find them."""
    headers = {**BROTLI, **({"Cookie": cookie} if cookie else {})}
    name = f"{document['size']}-{viewer.replace(' ', '-')}"
    with Wire(site.port) as wire:
        wire.ask("GET", document["path"], headers)
        answer = wire.ask("GET", document["path"], headers)
    if answer.status != 200 or "etag" not in answer.headers:
        raise Different(f"{document['path']} answered {answer.status}")
    floors.put(constants, name, answer.headers, answer.body)
    return {
        "annotations": document["count"],
        "viewer": viewer,
        "name": name,
        "path": document["path"],
        "headers": headers,
        "answer": answer,
        "passage": document["blocks"][0]["text"][:40],
    }


def _measure(case: dict[str, Any], servers: dict[str, Server], size: Size) -> dict[str, Any]:
    """Ask the page and its floors in turn, round after round; return the medians of the rounds."""
    answer: Answer = case["answer"]
    conditional = {**case["headers"], "If-None-Match": answer.headers["etag"]}
    asked = []
    # In this order the page and the first of its floors come right after each other.
    for headers, status, more, body in (
        (case["headers"], 200, "", answer.body),
        (conditional, 304, " 304", b""),
    ):
        for name, server in servers.items():
            path = case["path"] if name == PAGE else f"/{case['name']}/"
            asked.append(Asked(f"{name}{more}", server, path, headers, status, body))
    with contextlib.ExitStack() as stack:
        wires = {one.name: stack.enter_context(Wire(one.server.port)) for one in asked}
        for one in asked:
            _check(wires[one.name], one)
        cpu: dict[str, list[float]] = {one.name: [] for one in asked}
        took: dict[str, list[float]] = {one.name: [] for one in asked}
        for _round in range(size.rounds):
            for one in asked:
                cpu[one.name].append(_round_of(wires[one.name], one, size.requests, took[one.name]))
    return {
        one.name: {
            "cpu_ms": statistics.median(cpu[one.name]),
            "rounds": cpu[one.name],
            **quantiles(took[one.name]),
        }
        for one in asked
    }


def _check(wire: Wire, one: Asked) -> None:
    """Make sure that it answers what is to be measured. A page that is kept asks every time.

    Several times, since a page is made anew by each worker and by each connection's first request.
    """
    for _time in range(10):
        answer = wire.ask("GET", one.path, one.headers)
        if answer.status != one.status:
            raise Different(f"{one.name} {one.path}: {answer.status} for {one.status}")
        # The two workers pad a page differently, so only constants are the same to the byte.
        if not one.name.startswith(PAGE) and answer.body != one.body:
            raise Different(f"{one.name} {one.path}: {len(answer.body)} bytes, not {len(one.body)}")


def _round_of(wire: Wire, one: Asked, requests: int, took: list[float]) -> float:
    """Send the requests one after the other; return the CPU time of each, in milliseconds."""
    before = one.server.cpu_ms()
    took += [wire.ask("GET", one.path, one.headers).ms for _request in range(requests)]
    return (one.server.cpu_ms() - before) / requests


def quantiles(took: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    twentieths = statistics.quantiles(took, n=20) if len(took) > 1 else [took[0]] * 19
    return {"p50_ms": twentieths[9], "p95_ms": twentieths[18]}


def _clients(case: dict[str, Any], servers: dict[str, Server], size: Size) -> list[dict[str, Any]]:
    """Return how many requests in a second one client gets answered, and four at once."""
    rows = []
    for name, server in servers.items():
        path = case["path"] if name == PAGE else f"/{case['name']}/"
        job = json.dumps([server.port, path, case["headers"], size.seconds])
        for clients in size.clients:
            command = [sys.executable, "-c", ASK, job]
            started = [
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=os.environ)
                for _client in range(clients)
            ]
            took = [json.loads(one.communicate()[0]) for one in started]
            every = [one for each in took for one in each]
            per_second = len(every) / size.seconds
            rows.append(
                {"of": name, "clients": clients, "per_second": per_second, **quantiles(every)}
            )
    return rows


def _changed(
    site: Server, case: dict[str, Any], writer: dict[str, str], changes: int
) -> dict[str, float]:
    """Return what the first page after a write costs, and whether it is another page."""
    address = f"http://127.0.0.1:{site.port}{case['path']}"
    cpu, took = [], []
    with Wire(site.port) as asking, Wire(site.port) as writing:
        etag = asking.ask("GET", case["path"], case["headers"]).headers["etag"]
        for _change in range(changes):
            _write(writing, address, case["passage"], writer["token"])
            time.sleep(0.1)  # until the streams' hub has heard of it too
            before = site.cpu_ms()
            answer = asking.ask("GET", case["path"], case["headers"])
            cpu.append(site.cpu_ms() - before)
            took.append(answer.ms)
            if answer.headers.get("etag") == etag:
                raise Different(f"{case['path']} is the same after a write")
            etag = answer.headers["etag"]
    return {"cpu_ms": statistics.median(cpu), **quantiles(took)}


def _write(wire: Wire, address: str, exact: str, token: str) -> None:
    target = {"source": address, "selector": [{"type": "TextQuoteSelector", "exact": exact}]}
    sent = {
        "uri": address,
        "text": "A remark that changes the page.",
        "target": [target],
        "permissions": {"read": ["group:__world__"]},
    }
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = wire.ask("POST", "/api/annotations", headers, json.dumps(sent).encode())
    if answer.status not in (200, 201):
        raise Different(f"writing was answered {answer.status}: {answer.body[:300]!r}")


def _row(case: dict[str, Any]) -> dict[str, Any]:
    figures = case["figures"]
    return {
        "annotations": case["annotations"],
        "viewer": case["viewer"],
        "sent": len(case["answer"].body),
        "figures": figures,
        "ratio": _ratio(figures, ""),
        "ratio_304": _ratio(figures, " 304"),
        "changed": case["changed"],
        "clients": case["clients"],
    }


def _ratio(figures: dict[str, Any], more: str) -> float:
    """Return how many times the floor the page costs: the median of what each round says.

    A round's page and floor were measured within a second, under the same other work.
    """
    rounds: Iterator[tuple[float, float]] = zip(
        figures[f"{PAGE}{more}"]["rounds"],
        figures[f"{floors.DJANGO}{more}"]["rounds"],
        strict=True,
    )
    return statistics.median(page / floor for page, floor in rounds)
