"""A database of SQLite's: one file on a disk of this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from reader.management.doctor import Finding, fail, first_row, ok, warn

MEGABYTE = 1_000_000
LARGEST_LOG = 500 * MEGABYTE
# What SQLite calls the levels of `synchronous`, and what each of them promises.
PROMISES = {
    0: "OFF",
    1: "NORMAL: what was acknowledged survives the death of the process",
    2: "FULL: what was acknowledged survives a power cut",
    3: "EXTRA: what was acknowledged survives a power cut",
}
ELSEWHERE = ("nfs", "cifs", "smb", "afs", "ceph", "gluster", "lustre", "fuse.sshfs", "9p", "ncp")


def _file() -> Path:
    return Path(connection.settings_dict["NAME"]).resolve()


def journal() -> Iterator[Finding]:
    """Look at how writes reach the file."""
    with connection.cursor() as cursor:
        mode = first_row(cursor, "PRAGMA journal_mode")[0]
        level = first_row(cursor, "PRAGMA synchronous")[0]
    if mode != "wal":
        yield fail("SQLite", f"The journal is {mode}, readers and writers wait for each other.")
    elif not level:
        yield fail("SQLite", "synchronous is OFF: set POSTIL_SQLITE_SYNCHRONOUS to NORMAL.")
    else:
        yield ok("SQLite", f"Write-ahead log; synchronous is {PROMISES[level]}.")
    log = _file().with_name(f"{_file().name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LARGEST_LOG:
        said = f"It has {size // MEGABYTE:,} MB: something reads without end; restart Postil."
        yield warn("SQLite's log", said)


def file_system() -> Iterator[Finding]:
    """Look at where the file is: the log is shared memory, which no network has."""
    name = "SQLite's disk"
    kind = _kind_of_file_system(_file())
    if kind.startswith(ELSEWHERE):
        yield fail(name, f"It is a network's ({kind}): move POSTIL_DATA_DIR to a disk of its own.")
    else:
        yield ok(name, f"It is this machine's ({kind or 'unknown'}).")
    if _file().stat().st_mode & 0o002:
        yield fail(name, f"Everybody can write {_file()}: chmod 640 it.")


def _kind_of_file_system(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """Return what file system a path is on, as Linux tells it; empty where nobody does."""
    if not mounts.exists():
        return ""
    found = (0, "")
    for line in mounts.read_text().splitlines():
        words, _dash, rest = line.partition(" - ")
        point = words.split()[4].encode().decode("unicode_escape")
        if os.path.commonpath([point, path]) == point and len(point) >= found[0]:
            found = (len(point), rest.split()[0])
    return found[1]


def integrity() -> Iterator[Finding]:
    """Look at whether the file is whole, and every link in it leads somewhere."""
    with connection.cursor() as cursor:
        said = first_row(cursor, "PRAGMA quick_check(1)")[0]
        cursor.execute("PRAGMA foreign_key_check")
        lost = cursor.fetchall()
    if said != "ok":
        yield fail("integrity", f"The file is damaged ({said}): restore the last backup.")
    elif lost:
        tables = ", ".join(sorted({row[0] for row in lost}))
        yield fail("integrity", f"{len(lost)} links lead nowhere ({tables}): restore a backup.")
    else:
        yield ok("integrity", "The file is whole, and every link leads somewhere.")


CHECKS = [journal, file_system, integrity]
