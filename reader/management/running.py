"""Whether the site's server runs on this machine: a lock that ends with the processes it is for."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "running.lock"


class InUse(Exception):
    """Somebody else has the site to themselves, or runs it."""


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """Let it be known until the block ends, and by every process forked within, that it runs.

    Args:
        folder: where the site keeps its data.

    Raises:
        InUse: a backup is being put in its place.
        OSError: the folder cannot be written.
    """
    with _locked(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def stopped(folder: Path) -> Iterator[None]:
    """Have no server start until the block ends.

    Raises:
        InUse: one runs.
        OSError: the folder cannot be written.
    """
    with _locked(folder, fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise InUse from error
    try:
        yield
    finally:
        os.close(descriptor)
