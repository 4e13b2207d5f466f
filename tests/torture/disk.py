"""The disk is full, and the database is locked, while eight people write.

Writes are refused with 507 or 503 and nothing else; reading goes on; when there is room again, or
the lock is gone, writing works again without a restart.
"""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.cluster.machines import wait_until
from tests.torture.killing import check
from tests.torture.site import SLUG, Site
from tests.torture.writing import Writers

SIZE = "64m"
PIECE = 1 << 20
REFUSALS = 10  # that are waited for
SOON = 30.0  # seconds
ALWAYS = resource.RLIM_INFINITY
READER = f"/d/{SLUG}/"
SEARCH = "/api/search?limit=5"


class Disk(Protocol):
    """Something that can be filled, and emptied again."""

    def fill(self, site: Site) -> None:
        """Leave no room."""

    def free(self, site: Site) -> None:
        """Make room again."""


class Small:
    """A small file system of its own, in memory."""

    name = "a tmpfs of 64 MB"

    def fill(self, site: Site) -> None:
        with (site.data / "filler").open("wb", buffering=0) as file:
            for piece in (PIECE, 512, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(piece)) == piece:
                        pass

    def free(self, site: Site) -> None:
        (site.data / "filler").unlink()


class Limited:
    """No real disk: the server's processes may write no file beyond a length (RLIMIT_FSIZE)."""

    name = "RLIMIT_FSIZE"

    def fill(self, site: Site) -> None:
        self._limit(site, 1)

    def free(self, site: Site) -> None:
        self._limit(site, ALWAYS)

    def _limit(self, site: Site, size: int) -> None:
        for pid in site.processes():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, ALWAYS))


@contextmanager
def smallest(folder: Path) -> Iterator[Disk]:
    """Mount a small file system on a folder, or find another way where that is not permitted."""
    mount = shutil.which("mount")
    done = mount is not None and os.getuid() == 0
    if done and mount is not None:
        command = [mount, "-t", "tmpfs", "-o", f"size={SIZE}", "postil-torture", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 -- our own words
    try:
        yield Small() if done else Limited()
    finally:
        if done:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607 -- likewise


def full(site: Site, disk: Disk, writes: int, *, pages: bool = False) -> dict[str, Any]:
    """Fill the disk while people write, and make room again; return the figures.

    Args:
        site: one that has been started.
        disk: where it keeps its data.
        writes: how many annotations.
        pages: whether its pages can be read.
    """
    writers = Writers(site, writes, mark="full ")
    writers.start()
    try:
        writers.wait_for(writes // 3)
        disk.fill(site)
        _wait_for_refusals(writers)
        before = len(writers.told)
        reads = _reads(site, writers, [SEARCH, READER] if pages else [SEARCH])
        disk.free(site)
        began = time.monotonic()
        writers.wait_for(min(before + 1, writes), SOON)
        back = time.monotonic() - began
        writers.finish()
    finally:
        writers.give_up()
    return _figures(site, writers, reads, back)


def locked(site: Site, writes: int, seconds: float) -> dict[str, Any]:
    """Let another process keep the database locked for longer than anybody waits for it."""
    writers = Writers(site, writes, mark="locked ")
    writers.start()
    try:
        writers.wait_for(writes // 3)
        with contextlib.closing(
            sqlite3.connect(site.data / "postil.sqlite3", timeout=60, isolation_level=None)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            _wait_for_refusals(writers)
            reads = _reads(site, writers, [])
            other.execute("ROLLBACK")
        began, before = time.monotonic(), len(writers.told)
        writers.wait_for(min(before + 1, writes), SOON)
        back = time.monotonic() - began
        writers.finish()
    finally:
        writers.give_up()
    return _figures(site, writers, reads, back)


def _wait_for_refusals(writers: Writers) -> None:
    def refused() -> bool:
        assert not writers.errors, writers.errors[:3]
        return writers.answers[503] + writers.answers[507] >= REFUSALS

    wait_until(refused, "refusals", SOON)


def _reads(site: Site, writers: Writers, paths: list[str]) -> int:
    """Read some of what was acknowledged, and other addresses; return how many were answered."""
    uids = list(writers.told.values())[:: max(len(writers.told) // 5, 1)]
    asked = [*(f"/api/annotations/{uid}" for uid in uids), *paths]
    for path in asked:
        status, body = site.get(path)
        assert status == 200, (path, status, body[:500], site.server.last_words())
    return len(asked)


def _figures(site: Site, writers: Writers, reads: int, back: float) -> dict[str, Any]:
    assert set(writers.answers) <= {200, 201, 302, 503, 507}, writers.answers
    return {
        "answers": dict(sorted(writers.answers.items())),
        "read_meanwhile": reads,
        "back_after_s": round(back, 2),
        "end": check(site, writers, all_written=True),
    }


def run(folder: Path, *, writes: int) -> dict[str, Any]:
    """Do both on one site; return the figures."""
    site = Site(folder, "", {"POSTIL_SQLITE_WAIT": "2"})
    with smallest(site.data) as disk:
        site.fill(pages=True)
        site.start()
        try:
            return {
                "disk": type(disk).__name__,
                "full": full(site, disk, writes, pages=True),
                "locked": locked(site, writes, seconds=5),
            }
        finally:
            site.kill()
