"""The HTTP server: granian's ASGI server, started from the command ``start``.

Decisions 1 and 7 (docs/decisions/) have the figures behind the choice and the reasons for options.
"""

import errno
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from reader import metrics
from reader.databases import close_everything

WORKERS = 2
# Each thread keeps a database connection of its own.
THREADS_PER_WORKER = 4
STOP_SECONDS = 30  # that a request under way has; docs/deploy/postil.service waits longer
PAGES_WAITING = 512  # granian lets others wait for a connection beyond that
CONNECTIONS: int = settings.SOCKETS_PER_WORKER + settings.STREAMS_PER_WORKER + PAGES_WAITING
# Each connection is an open file; databases, logs and static files are some more.
FILES_WANTED = CONNECTIONS + 200
ORPHAN_CHECK_SECONDS = 0.5


class AddressError(Exception):
    """The address cannot be listened on; the message is one sentence for the operator."""


def check_address(host: str, port: int) -> None:
    """Make sure that nobody listens on the address yet.

    Granian shares a port that another granian holds (SO_REUSEPORT) without a word, and reports any
    other taken port with a stack trace; a plain socket is refused in both cases.

    Raises:
        AddressError: the port is taken or reserved, or the host is not an address of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Connections of a server that just stopped do not count as a taken port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise AddressError(_reason(error, host, port)) from error


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program: choose one with PORT=."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} is reserved for administrators: choose one above 1023."
    return f"{host} is not an address of this machine: choose one with HOST=."


def serve(host: str, port: int, on_listening: Callable[[], None]) -> None:
    """Serve until the process is told to stop (SIGTERM, SIGINT).

    Args:
        host: an address of this machine.
        port: a TCP port that ``check_address`` found free.
        on_listening: called once, when connections are accepted.
    """
    server = Granian(
        "reader.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=WORKERS,
        http=HTTPModes.http1,
        websockets=True,
        # Open sockets and streams count as requests: pages must find room beside all of them.
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=settings.LOGGING,
    )
    server.on_startup(on_listening)
    server.on_startup(close_everything)  # a worker that is replaced later is forked then
    raise_limit_of_files()
    metrics.begin()
    os.register_at_fork(after_in_child=_end_when_told)
    # Workers are forked from this process: a connection it held open would be shared by them all.
    close_everything()
    server.serve(target_loader=load_application, wrap_loader=False)


def _end_when_told() -> None:
    """Let a worker that is not serving yet be ended by SIGTERM.

    It is forked with the handler of the main process, which only makes a note of it; granian gives
    it one of its own when it begins to serve. Told in between, it would have served for ever.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def raise_limit_of_files() -> None:
    """Let workers, which inherit it, open as many files as they may need, or as is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def load_application() -> Callable[..., Any]:
    """Return the ASGI application; granian calls this in each worker before it serves.

    A worker is stopped by the main process (SIGTERM) and by nothing else: Ctrl-C in a terminal
    reaches the whole group, and a worker told twice waits for its stop to time out. A worker whose
    main process is gone stops too, or it would hold the port for ever.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_stop_with, args=[os.getppid()], daemon=True).start()
    # WhiteNoise lists the static files when it is loaded, and `start` has just written them.
    # By name: the application is made of all doors, and this one knows none of the others.
    application: Callable[..., Any] = import_module("reader.asgi").Application(THREADS_PER_WORKER)
    return application


def _stop_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
