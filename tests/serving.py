"""Where a server that tests or benchmarks start can listen, and when it does."""

import socket
import subprocess
import time
import urllib.request
from typing import Any

START_WITHIN = 180  # seconds, on a machine that is busy with other things


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: "subprocess.Popen[Any] | None" = None) -> None:
    """Return once the address answers.

    Args:
        url: an address of the server's.
        process: the server's, where its end is to be noticed at once.

    Raises:
        RuntimeError: the process ended, or the time is over.
    """
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the site ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 -- our own http address
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer within {START_WITHIN} s")
