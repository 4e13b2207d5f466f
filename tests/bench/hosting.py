"""Servers that are measured: Postil as ``manage.py start`` runs it, and any other command.

Processor time is read from each process's own clock, which counts nanoseconds of the same user and
system time that /proc tells in hundredths of a second.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.prepared import prepare
from tests.serving import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
MANY = "1000000000"
STOPS_WITHIN = 40  # seconds
SETTLES_WITHIN = 30  # seconds
QUIET, QUIET_TIMES = 0.02, 4  # seconds of CPU in half a second, so many times in a row
PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of Linux: what the scheduler gave all threads of a process

# Of a benchmark that uses Django in its own process.
SURROUNDINGS = {
    "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
    "POSTIL_POSTS_PER_MINUTE": MANY,
    "POSTIL_URL": "http://127.0.0.1:8000",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port, the process that started it, and what it was given."""

    port: int
    process: "subprocess.Popen[bytes]"
    surroundings: dict[str, str]

    def workers(self) -> list[int]:
        """Return the processes that answer; the one that was started, where it has no others."""
        started = self.process.pid
        # The courier of webhooks stands beside the workers and answers nobody.
        found = [pid for pid in _children(started) if b"deliver_webhooks" not in _words(pid)]
        return found or [started]

    def cpu_ms(self) -> float:
        """Return the user and system time that the workers have used, in milliseconds."""
        return sum(_clock(pid) for pid in self.workers()) * 1000

    def settle(self) -> None:
        """Return when the server has finished starting, its courier too: it would take a core."""
        quiet, until = 0, time.monotonic() + SETTLES_WITHIN
        while quiet < QUIET_TIMES and time.monotonic() < until:
            before = sum(_clock(pid) for pid in _children(self.process.pid))
            time.sleep(0.5)
            used = sum(_clock(pid) for pid in _children(self.process.pid)) - before
            quiet = quiet + 1 if 0 <= used < QUIET else 0

    def held(self) -> dict[str, int]:
        """Return the memory (bytes), open files and threads of the workers together."""
        memory = files = threads = 0
        for pid in self.workers():
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
            memory += int(fields["VmRSS"].split()[0]) * 1024
            threads += int(fields["Threads"])
            files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return {"memory": memory, "files": files, "threads": threads}


def _children(pid: int) -> list[int]:
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread ended meanwhile
            found |= {int(child) for child in children.read_text(encoding="ascii").split()}
    return sorted(found)


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _clock(pid: int) -> float:
    try:
        return time.clock_gettime((~pid << 3) | PROCESS_CLOCK)
    except OSError:  # it ended meanwhile
        return 0.0


def surroundings_of(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a site whose files are in the folder, with its limits raised."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("POSTIL_")},
        "DATABASE_URL": f"sqlite:///{folder}/postil.sqlite3",
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_API_READS_PER_MINUTE": MANY,
        "POSTIL_API_WRITES_PER_MINUTE": MANY,
        "POSTIL_DATA_DIR": str(folder),
        "POSTIL_POSTS_PER_MINUTE": MANY,
        "POSTIL_SECRET_KEY": "a key for measuring only, which protects nothing",
        "POSTIL_SLOW_QUERY_MS": "0",  # nobody reads of them, in the middle of the tables
        "POSTIL_STREAMS_PER_ADDRESS": MANY,
        "REDIS_URL": "",
        "REPLICA_DATABASE_URL": "",
        **more,
    }


def run_beside(surroundings: dict[str, str], *words: str) -> str:
    """Run Python beside a site, in a process of its own; return what it printed.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@cache
def _filled(sizes: tuple[int, ...]) -> "tuple[tempfile.TemporaryDirectory[str], str]":
    folder = tempfile.TemporaryDirectory(prefix="postil-bench-filled-")
    prepare(Path(folder.name))
    return folder, fill(surroundings_of(Path(folder.name)), sizes)


def fill(surroundings: dict[str, str], sizes: tuple[int, ...]) -> str:
    """Fill a site; return what :mod:`tests.bench.filling` tells of it."""
    return run_beside(surroundings, "-m", "tests.bench.filling", *(str(size) for size in sizes))


@contextmanager
def empty_site() -> Iterator[Path]:
    """Give an SQLite site with nothing in it, ready to be started, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        prepare(Path(folder))
        yield Path(folder)


@contextmanager
def filled_site(*sizes: int) -> Iterator[tuple[Path, Any]]:
    """Give an SQLite site with a document of each size, and what is to be known of it."""
    filled, told = _filled(sizes)
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        shutil.copytree(filled.name, folder, dirs_exist_ok=True)
        yield Path(folder), json.loads(told)


@contextmanager
def running(surroundings: dict[str, str], *words: str, ready: str) -> Iterator[Server]:
    """Run a command of Python that listens on the port that is put at its end.

    Args:
        surroundings: its environment.
        words: what comes after ``python``, without the port.
        ready: a path that answers 200 once it can do its work.
    """
    port = free_port()
    surroundings = {**surroundings, "POSTIL_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(
        [sys.executable, *words, str(port)], cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}{ready}", process)
        yield Server(port, process, surroundings)
    finally:
        process.terminate()
        process.wait(timeout=STOPS_WITHIN)


@contextmanager
def running_site(surroundings: dict[str, str], *, settled: bool = True) -> Iterator[Server]:
    """Run Postil as its operators do; ``settled``: with nothing left to do for its start."""
    with running(surroundings, "manage.py", "start", "--port", ready="/readyz") as server:
        if settled:
            server.settle()
        yield server
