"""People who write at once, each on a connection kept open: the clients of ``tests.bench.writes``.

``python -m tests.bench.writers JOB`` takes a job as JSON, does it in one process with a
thread for each person, and prints what was answered.
"""

import json
import random
import statistics
import sys
import threading
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from tests.bench.wire import Broken, Wire

API, FORM, BARE = "api", "form", "bare"
DONE = {API: (200, 201), FORM: (200,), BARE: (201,)}
LONGEST = 80  # characters of a passage
BODY = "A remark of the usual length: two sentences, *one* word stressed. What does it rest on?"
Request = tuple[str, dict[str, str], bytes]


class Writer:
    """One person: a connection, and what came of each write."""

    def __init__(self, job: dict[str, Any], number: int) -> None:
        self.job, self.number = job, number
        self.chance = random.Random(f"{job['seed']}-{number}")
        self.person = job["people"][number]
        self.took: list[float] = []  # milliseconds, of the acknowledged after the first few
        self.acknowledged = 0
        self.errors: list[str] = []

    def work(self, together: threading.Barrier) -> None:
        """Write for the time that the job has, after some writes that count for nothing."""
        with Wire(self.job["port"]) as wire:
            for _time in range(self.job["warm_up"]):
                self._write(wire)
            self.took.clear()
            together.wait()
            until = time.perf_counter() + self.job["seconds"]
            while time.perf_counter() < until and not self.errors:
                self._write(wire)

    def _write(self, wire: Wire) -> None:
        path, headers, body = self._request()
        try:
            answer = wire.ask("POST", path, headers, body)
        except (OSError, Broken) as error:
            self.errors.append(repr(error))
            return
        if answer.status in DONE[self.job["door"]]:
            self.acknowledged += 1
            self.took.append(answer.ms)
        else:
            self.errors.append(f"{answer.status} {answer.body[:300]!r}")

    def _request(self) -> Request:
        return REQUESTS[self.job["door"]](self, *self.somewhere())

    def somewhere(self) -> tuple[str, tuple[str, int, int]]:
        """Return a paragraph's reference, its text, and where in it a passage begins and ends."""
        block = self.chance.choice(self.job["document"]["blocks"])
        text = block["text"]
        start = self.chance.randrange(len(text) - 2)
        end = min(len(text), start + self.chance.randrange(2, LONGEST))
        return block["ref"], (text, start, end)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.job['port']}"


def _by_api(writer: Writer, _ref: str, at: tuple[str, int, int]) -> Request:
    text, start, end = at
    quote = {
        "type": "TextQuoteSelector",
        "exact": text[start:end],
        "prefix": text[max(0, start - 32) : start],
        "suffix": text[end : end + 32],
    }
    address = writer.origin + writer.job["document"]["path"]
    sent = {
        "uri": address,
        "text": BODY,
        "target": [{"source": address, "selector": [quote]}],
        "permissions": {"read": ["group:__world__"]},
    }
    headers = {
        "Authorization": f"Bearer {writer.person['token']}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    return "/api/annotations", headers, json.dumps(sent).encode()


def _by_form(writer: Writer, ref: str, at: tuple[str, int, int]) -> Request:
    text, start, end = at
    sent = {
        "ref": ref,
        "start": start,
        "end": end,
        "exact": text[start:end],
        "prefix": text[max(0, start - 32) : start],
        "suffix": text[end : end + 32],
        "motivation": "commenting",
        "body": BODY,
        "visibility": "public",
        "client_key": str(uuid.uuid4()),
    }
    page = writer.job["document"]["path"]
    headers = {
        "Cookie": writer.person["cookie"],
        "Origin": writer.origin,
        "Content-Type": "application/x-www-form-urlencoded",
        "HX-Request": "true",
        "HX-Current-URL": writer.origin + page,
    }
    return f"{page}annotations/", headers, urlencode(sent).encode()


def _bare(_writer: Writer, _ref: str, at: tuple[str, int, int]) -> Request:
    text, start, end = at
    sent = {"start": start, "end": end, "exact": text[start:end], "body": BODY}
    return "/", {"Content-Type": "application/json"}, json.dumps(sent).encode()


REQUESTS = {API: _by_api, FORM: _by_form, BARE: _bare}


def do(job: dict[str, Any]) -> dict[str, Any]:
    """Let all people of the job write, and return what came of it."""
    writers = [Writer(job, number) for number in range(len(job["people"]))]
    together = threading.Barrier(len(writers))
    threads = [threading.Thread(target=one.work, args=[together]) for one in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = [each for one in writers for each in one.took]
    twentieths = statistics.quantiles(took, n=20) if len(took) > 1 else [0.0] * 19
    return {
        "acknowledged": sum(one.acknowledged for one in writers),
        "per_second": len(took) / job["seconds"],
        "p50_ms": twentieths[9],
        "p95_ms": twentieths[18],
        "errors": [error for one in writers for error in one.errors],
    }


if __name__ == "__main__":
    print(json.dumps(do(json.loads(sys.argv[1]))))
