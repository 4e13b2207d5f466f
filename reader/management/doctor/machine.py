"""The machine: the data folder, its disk, backups, open files, static files."""

import os
import resource
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from reader.management.doctor import Finding, fail, ok, warn
from reader.management.preparation import static_is_current
from reader.management.server import FILES_WANTED

MEGABYTE = 1_000_000
TOO_FULL, NEARLY_FULL = 200 * MEGABYTE, 1_000 * MEGABYTE
SLOW_SYNC = 0.1  # seconds
OLDEST_BACKUP = 26 * 3_600  # seconds: one a night, and two hours for making it
WORTH_HAVING = 4_096  # open files, below which few streams can be open


def data_folder() -> Iterator[Finding]:
    """Look at whether we may write in the data folder, and nobody else."""
    name = "data folder"
    folder: Path = settings.DATA_DIR
    if not os.access(folder, os.W_OK | os.X_OK):
        yield fail(name, f"{folder} cannot be written: give it to the user that runs Postil.")
        return
    facts = folder.stat()
    if facts.st_mode & stat.S_IWOTH:
        yield fail(name, f"Everybody on this machine can write in {folder}: chmod 750 it.")
    elif facts.st_mode & stat.S_IROTH and not settings.IS_LOOPBACK:
        yield warn(name, f"Everybody on this machine can read in {folder}: chmod 750 it.")
    else:
        yield ok(name, f"{folder} can be written.")


def disk() -> Iterator[Finding]:
    """Look at how much room is left, and whether the disk keeps what it is told to keep."""
    free = os.statvfs(settings.DATA_DIR)
    room = free.f_bavail * free.f_frsize
    said = f"{room // MEGABYTE:,} MB are free in the data folder"
    if room < TOO_FULL:
        yield fail("disk", f"{said}: make room, or nothing can be written soon.")
    elif room < NEARLY_FULL:
        yield warn("disk", f"{said}: make room.")
    else:
        yield ok("disk", f"{said}.")
    with tempfile.NamedTemporaryFile(dir=settings.DATA_DIR) as file:
        file.write(b"kept")
        file.flush()
        began = time.monotonic()
        os.fsync(file.fileno())
        took = time.monotonic() - began
    said = f"Writing through to the disk takes {took * 1_000:.1f} ms"
    if took > SLOW_SYNC:
        yield warn("fsync", f"{said}: every write waits for it; look for a faster disk.")
    else:
        yield ok("fsync", f"{said}.")


def open_files() -> Iterator[Finding]:
    """Look at how many connections may be open: each is a file to the system."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = FILES_WANTED if hard == resource.RLIM_INFINITY else hard
    said = f"A worker may have {limit:,} files open"
    if limit < WORTH_HAVING:
        yield fail("open files", f"{said}, too few for live pages: set LimitNOFILE or ulimit -n.")
    elif limit < FILES_WANTED:
        yield warn(
            "open files",
            f"{said}, and may be asked for {FILES_WANTED:,}: raise LimitNOFILE, or lower"
            " POSTIL_STREAMS_PER_WORKER.",
        )
    else:
        yield ok("open files", f"{said}.")


def static_files() -> Iterator[Finding]:
    """Look at whether the static files are collected, and from this code."""
    if settings.DEBUG or static_is_current():
        yield ok("static files", "They are there, and those of this version.")
    else:
        yield fail("static files", "They are not those of this version: restart with `start`.")


def backups() -> Iterator[Finding]:
    """Look at how old the newest backup is."""
    name = "backup"
    if settings.BACKUP_DIR is None:
        if settings.IS_LOOPBACK:
            yield ok(name, "None is asked for on a machine for trying out.")
        else:
            yield warn(name, "None is known of: run `manage.py backup`, set POSTIL_BACKUP_DIR.")
        return
    folder = Path(settings.BACKUP_DIR)
    made = [path.stat().st_mtime for path in folder.iterdir()] if folder.is_dir() else []
    if not made:
        yield fail(name, f"There is none in {folder}: run `manage.py backup`.")
        return
    hours = (time.time() - max(made)) / 3_600
    if hours * 3_600 > OLDEST_BACKUP:
        yield fail(name, f"The newest is {hours:.0f} hours old: see why the timer does not run.")
    else:
        yield ok(name, f"The newest is {hours:.0f} hours old.")


CHECKS = [data_folder, disk, open_files, static_files, backups]
