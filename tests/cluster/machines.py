"""Programs that a site on several servers is made of, each as a process of its own.

PostgreSQL, its replica, Redis, the app servers and the balancer listen on free ports of this
machine and keep everything in one temporary folder. All of them may be killed.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
HAPROXY = ROOT / "docs" / "deploy" / "haproxy.cfg"
WAITS = 30  # seconds, for a program to answer
LAST_WORDS = 3_000  # characters
SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 150
fsync = off
shared_buffers = 32MB
"""


def wait_until(holds: Callable[[], Any], what: str, seconds: float = WAITS) -> None:
    """Wait until something holds; asking may fail meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if holds():
                return
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds} seconds for {what}")


def missing_programs() -> list[str]:
    """Return the programs that a cluster needs and this machine lacks."""
    wanted = ["haproxy", "redis-server"] + (["runuser"] if os.getuid() == 0 else [])
    missing = [name for name in wanted if shutil.which(name) is None]
    return missing if _postgres_programs() else [*missing, "postgresql"]


def _postgres_programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = shutil.which("initdb")
    return folders[0].parent if folders else Path(found).parent if found else None


class Postgres:
    """A PostgreSQL server with a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.port = free_port()
        self.folder.mkdir()
        self.folder.chmod(0o700)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")

    @property
    def url(self) -> str:
        """The address of the site's database on this server."""
        return f"postgres://postil@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs, never as root."""
        programs = _postgres_programs()
        assert programs is not None
        become = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run(  # noqa: S603 -- a program of PostgreSQL's
            [*become, str(programs / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def make(self) -> None:
        """Make an empty server."""
        self.run("initdb", "-D", ".", "-A", "trust", "-U", "postil", "--no-sync", "-E", "UTF8")

    def follow(self, primary: "Postgres") -> None:
        """Make this server a replica of another that runs."""
        source = f"host=127.0.0.1 port={primary.port} user=postil"
        self.run("pg_basebackup", "-D", ".", "-d", source, "-R", "-X", "stream", "-c", "fast")

    def start(self) -> None:
        """Start, and return when it answers."""
        settings = f"-p {self.port} -c unix_socket_directories=" + "".join(
            f" -c {line.replace(' ', '')}" for line in SETTINGS.strip().splitlines()
        )
        self.run("pg_ctl", "-D", ".", "-w", "-l", "log", "-o", settings, "start")

    def kill(self) -> None:
        """End it at once, as a machine that goes dark does."""
        file = self.folder / "postmaster.pid"
        if file.exists():
            pid = int(file.read_text().split()[0])
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)  # its children end too, and nothing is written
            wait_until(lambda: not Path(f"/proc/{pid}").exists(), "PostgreSQL to end")

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that answer a question."""
        import psycopg  # noqa: PLC0415 -- there only where PostgreSQL is used

        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(question.encode(), values or None).fetchall()


class Program:
    """A program that runs until it is stopped or killed, with its log in the folder."""

    def __init__(self, folder: Path, name: str, command: list[str], **surroundings: str) -> None:
        self.command, self.surroundings = command, surroundings
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it may not answer yet."""
        kept = {name: value for name, value in os.environ.items() if "POSTIL" not in name}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own commands
                self.command,
                cwd=ROOT,
                env={**kept, **self.surroundings},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def pids(self) -> list[int]:
        """Return the ids of its processes: its own, and those of its children."""
        assert self._process is not None
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                group = int(stat.read_text().rpartition(")")[2].split()[2])
                if group == self._process.pid:
                    found.append(int(stat.parent.name))
        return found

    @staticmethod
    def sockets(pid: int) -> set[str]:
        """Return the numbers of the sockets that a process has open, as the kernel counts them."""
        found = set()
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                kind, _colon, number = str(file.readlink()).partition(":")
                if kind == "socket":
                    found.add(number.strip("[]"))
        return found

    def last_words(self) -> str:
        """Return the end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"--- {self.log.name}\n{text[-LAST_WORDS:]}"

    def kill(self) -> None:
        """Kill it and all its children at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


class Redis(Program):
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        super().__init__(folder, "redis", ["redis-server", *options, "--dir", str(folder)])

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"


class AppServer(Program):
    """One ``manage.py start``, with a folder and a port of its own."""

    def __init__(self, folder: Path, name: str, **surroundings: str) -> None:
        self.port = free_port()
        data = folder / name
        data.mkdir()
        command = [sys.executable, "manage.py", "start", "--port", str(self.port)]
        super().__init__(folder, name, command, POSTIL_DATA_DIR=str(data), **surroundings)


class Balancer(Program):
    """HAProxy with the configuration that the handbook shows, at the addresses of here."""

    def __init__(self, folder: Path, port: int, servers: list[int]) -> None:
        self.port = port
        file = folder / "haproxy.cfg"
        first, second = servers
        file.write_text(
            _replaced(
                HAPROXY.read_text(),
                {
                    "bind *:80\n": f"bind 127.0.0.1:{port}\n",
                    "10.0.0.11:8000": f"127.0.0.1:{first}",
                    "10.0.0.12:8000": f"127.0.0.1:{second}",
                    "maxconn 40000": "maxconn 1000",  # as many files may be open anywhere
                },
            )
        )
        super().__init__(folder, "haproxy", ["haproxy", "-db", "-f", str(file)])


def _replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {HAPROXY}"
        text = text.replace(old, new)
    return text
