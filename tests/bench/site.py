"""The site that is measured, and what it costs to ask it for something."""

import http.client
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.serving import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: its port, and the process that started it."""

    port: int
    process: "subprocess.Popen[str]"

    def cpu_seconds(self) -> float:
        """Return the user and system time that the server and its workers have used."""
        pids = [self.process.pid]
        children = Path(f"/proc/{pids[0]}/task/{pids[0]}/children")
        pids += [int(pid) for pid in children.read_text().split()]
        # After the name in parentheses: the 12th and 13th fields are utime and stime.
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICKS

    def ask_for(
        self, paths: Sequence[str], seconds: float, cookie: str = ""
    ) -> tuple[list[float], bytes]:
        """Ask for the paths in turn on one kept connection, for some seconds.

        Returns:
            The milliseconds that each request took, and the last body.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Accept-Encoding": "gzip, br", "Cookie": cookie}
        waited: list[float] = []
        body, began = b"", time.perf_counter()
        for path in itertools.cycle(paths):
            body, took = _get(connection, path, headers)
            waited.append(took * 1000)
            if time.perf_counter() - began > seconds:
                break
        connection.close()
        return waited, body


def _get(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> tuple[bytes, float]:
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    took = time.perf_counter() - began
    if response.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path} answered {response.status}")
    return body, took


@contextmanager
def running_site() -> Iterator[Site]:
    """Run a site as ``make serve`` runs it, with the surroundings of this process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "start", "--port", str(port)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield Site(port, process)
    finally:
        process.terminate()
        process.wait(timeout=30)
