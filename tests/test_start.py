"""``manage.py start`` in a process of its own: ready, idempotent, clear about obstacles."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings

from tests.prepared import prepare
from tests.serving import free_port, wait_for

REPLACED_WITHIN = 60  # seconds, on a busy machine


class Running(NamedTuple):
    """A site that answers, and the process that minds its workers."""

    address: str
    pid: int

    def workers(self) -> list[int]:
        """Return the workers' process ids."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        pids = [int(pid) for pid in children.read_text().split()]
        # The process that sends webhooks is a child too, and serves nobody.
        return [
            pid
            for pid in pids
            if b"deliver_webhooks" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return the surroundings of a site that keeps its data there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTIL_")}
    kept.pop("DATABASE_URL", None)
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": str(data),
        **more,
    }


def manage(data: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a management command to its end."""
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=environment(data, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def started(data: Path, *words: str, **more: str) -> Iterator[Running]:
    """Start a site on a free port, yield it, and stop it; it talks to ``start.log``."""
    port = free_port()
    with (data / "start.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 -- our own command
            [sys.executable, "manage.py", "start", "--port", str(port), *words],
            cwd=settings.BASE_DIR,
            env=environment(data, **more),
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield Running(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def rows(data: Path) -> list[int]:
    """Count what the library and the discussion hold."""
    tables = ("reader_user", "reader_document", "reader_block", "reader_annotation")
    with closing(sqlite3.connect(data / "postil.sqlite3")) as connection:
        return [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables]  # noqa: S608 -- names from the line above


def test_second_start_does_nothing_twice(tmp_path: Path) -> None:
    with started(tmp_path, "--demo"):
        first = rows(tmp_path)
    with started(tmp_path, "--demo"):
        second = rows(tmp_path)
    output = (tmp_path / "start.log").read_text()
    assert second == first
    assert first[0] > 8
    assert "loaded" not in output


def test_production_start_has_nobody_and_says_how_to_begin(tmp_path: Path) -> None:
    with started(tmp_path):
        assert rows(tmp_path) == [0, 0, 0, 0]
    output = (tmp_path / "start.log").read_text()
    assert "createsuperuser" in output
    assert "password" not in output


def test_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    prepare(tmp_path)
    with started(tmp_path) as site:
        port = site.address.rpartition(":")[2]
        second = manage(tmp_path, "start", "--port", port)
    assert second.returncode == 1
    assert port in second.stderr
    assert "PORT=" in second.stderr
    assert "Traceback" not in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def test_request_in_flight_when_the_site_is_told_to_stop_is_answered(tmp_path: Path) -> None:
    prepare(tmp_path)
    head = b"POST /api/annotations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"
    with started(tmp_path) as site:
        port = int(site.address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as sender:
            sender.sendall(head + b"{}")
            time.sleep(0.5)
            os.kill(site.pid, signal.SIGTERM)
            time.sleep(1)
            sender.sendall(b"  ")
            answer = sender.recv(100)
    assert answer.startswith(b"HTTP/1.1 404")  # as for everybody who has not signed in


def test_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    refused = manage(blocked / "var", "start")
    assert refused.returncode == 1
    assert "POSTIL_DATA_DIR" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("url", ["https://postil.example", "http://127.0.0.1:8000"])
def test_deployment_checks_are_silent(tmp_path: Path, url: str) -> None:
    words = ("check", "--deploy", "--fail-level", "WARNING")
    checked = manage(tmp_path, *words, POSTIL_URL=url)
    assert checked.returncode == 0, checked.stderr


def test_public_address_without_tls_is_spoken_of(tmp_path: Path) -> None:
    words = ("check", "--deploy", "--fail-level", "WARNING")
    checked = manage(tmp_path, *words, POSTIL_URL="http://postil.example")
    assert checked.returncode == 1
    assert "security.W" in checked.stderr


def test_secret_key_is_kept_from_others_and_stays(tmp_path: Path) -> None:
    manage(tmp_path, "check")
    key = tmp_path / "secret_key"
    first = key.read_text()
    manage(tmp_path, "check")
    assert key.read_text() == first
    assert len(first) >= 50
    assert key.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_killed_worker_is_replaced_and_the_site_answers(tmp_path: Path) -> None:
    prepare(tmp_path)
    with started(tmp_path) as site:
        before = site.workers()
        os.kill(before[0], signal.SIGKILL)
        deadline = time.monotonic() + REPLACED_WITHIN
        while len(set(site.workers()) - {before[0]}) < len(before):
            assert time.monotonic() < deadline, "no other worker came"
            time.sleep(0.1)
        for _request in range(20):
            with urllib.request.urlopen(f"{site.address}/readyz", timeout=10) as answer:  # noqa: S310 -- our own http address
                assert answer.status == 200
