"""Servers in processes of their own, each with all the processor time it takes."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 30
QUIET_MS, QUIET_TIMES = 20.0, 4  # of processor in half a second, so many times in a row
PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of Linux: what the scheduler gave all threads of a process
# Nobody is held back in a measurement.
UNLIMITED = {
    f"POSTIL_{name}_PER_MINUTE": "1000000000"
    for name in ("POSTS", "API_READS", "API_WRITES", "TOKEN_REQUESTS")
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address, its group of processes, its surroundings."""

    url: str
    group: int
    environment: dict[str, str]

    def cpu_ms(self) -> float:
        """Return the milliseconds of processor that all its processes have taken so far.

        Told by each process's own clock: what /proc tells is in hundredths of a second.
        """
        numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return sum(_clock(number) for number in numbers if self._is_mine(number)) * 1000

    def settle(self) -> None:
        """Return when it has finished starting, and takes next to nothing for a while."""
        quiet, deadline = 0, time.monotonic() + START_SECONDS
        while quiet < QUIET_TIMES and time.monotonic() < deadline:
            before = self.cpu_ms()
            time.sleep(0.5)
            quiet = quiet + 1 if self.cpu_ms() - before < QUIET_MS else 0

    def _is_mine(self, process: int) -> bool:
        try:
            return os.getpgid(process) == self.group
        except ProcessLookupError:
            return False  # it has just ended

    def run(self, command: list[str], told: bytes = b"") -> bytes:
        """Run a command beside it, in the same surroundings; return what it prints."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=told, check=True, stdout=subprocess.PIPE
        )
        return done.stdout


def _clock(process: int) -> float:
    try:
        return time.clock_gettime((~process << 3) | PROCESS_CLOCK)
    except OSError:
        return 0.0  # it has just ended


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], folder: Path, port: int, probe: str
) -> Iterator[Server]:
    """Run a server in a folder until the block ends; what it says goes to a file there.

    Args:
        command: what starts it, listening on ``port`` of 127.0.0.1.
        environment: what it finds beside this process's own.
        folder: where it runs, and where ``server.log`` is written.
        port: where it listens.
        probe: a path that any answer of the server to means that it is there.

    Raises:
        RuntimeError: it ended or did not answer in time; with the end of what it said.
    """
    surroundings = {**os.environ, **environment}
    log = folder / "server.log"
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdout=said, stderr=said, start_new_session=True
        )
    server = Server(f"http://127.0.0.1:{port}", process.pid, surroundings)
    try:
        if not _answers(f"{server.url}{probe}", process):
            raise RuntimeError(f"{command} does not answer: {log.read_text()[-2000:]}")
        server.settle()
        yield server
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        # Whoever of the group did not stop, or was left behind by who did.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(url: str, process: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 -- our own http address
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
    return False


@contextmanager
def postil(folder: Path) -> Iterator[Server]:
    """Run Postil as ``manage.py start`` does, with the demo, on SQLite in the folder."""
    port = free_port()
    environment = {
        **UNLIMITED,
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": str(folder),
        "POSTIL_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": f"sqlite:///{folder}/postil.sqlite3",
    }
    start = [sys.executable, str(ROOT / "manage.py"), "start", "--demo", "--port", str(port)]
    with running(start, environment, folder, port, "/readyz") as server:
        yield server
