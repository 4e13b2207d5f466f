"""Isso, by gunicorn with four workers as its documentation has it, its guard against floods off."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.bench.fetch import interpreter
from tests.bench.processes import running
from tests.bench.rivals import Request, Rival, email, remark
from tests.serving import free_port

SETTINGS = """
[general]
dbpath = {folder}/isso.db
host = http://127.0.0.1:{port}/
[server]
listen = http://127.0.0.1:{port}
[guard]
enabled = false
"""
WRITTEN_TO = "/written-to/"
VOTERS = bytes(256)  # the filter of who has voted, empty


@contextmanager
def isso(folder: Path, numbers: tuple[int, ...]) -> Iterator[Rival]:
    """Run it in the folder, with a thread of so many comments for each of the numbers.

    Raises:
        Missing: it has not been fetched.
    """
    port = free_port()
    (folder / "isso.cfg").write_text(SETTINGS.format(folder=folder, port=port))
    gunicorn = str(interpreter("isso").parent / "gunicorn")
    command = [gunicorn, "-b", f"127.0.0.1:{port}", "-w", "4", "--preload", "isso.run"]
    surroundings = {"ISSO_SETTINGS": str(folder / "isso.cfg")}
    with running(command, surroundings, folder, port, "/config") as server:
        for number in numbers:
            _fill(folder / "isso.db", f"/speech-{number}/", number)
        _fill(folder / "isso.db", WRITTEN_TO, 1)
        pages = {number: f"/?uri={quote(f'/speech-{number}/', safe='')}" for number in numbers}
        yield Rival(server, pages, _request)


def _fill(database: Path, uri: str, number: int) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        thread = connection.execute(
            "INSERT INTO threads (uri, title) VALUES (?, ?)", (uri, "Address")
        ).lastrowid
        connection.executemany(
            "INSERT INTO comments (tid, created, mode, remote_addr, text, author, email, voters)"
            " VALUES (?, ?, 1, '127.0.0.0', ?, ?, ?, ?)",
            [
                (thread, time.time(), remark(nth), f"Person {nth}", email(nth), VOTERS)
                for nth in range(number)
            ],
        )


def _request(writer: int, nth: int) -> Request:
    sent = {"text": remark(nth), "author": "Person", "email": email(writer)}
    path = f"/new?uri={quote(WRITTEN_TO, safe='')}"
    return path, {"Content-Type": "application/json"}, json.dumps(sent).encode()
