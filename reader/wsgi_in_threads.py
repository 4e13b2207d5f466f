"""A WSGI application behind an event loop: what it is asked, and what it answers.

Django's own ASGI handler would cost a page several times as much; docs/decisions/0007-streams.md
has the figures.
"""

import asyncio
import os
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import IO, Any
from urllib.parse import unquote_to_bytes

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

IN_MEMORY = 1_000_000  # bytes of a request that are held there, the rest in a temporary file
LARGEST_REQUEST = 100_000_000
LARGEST_FROM_SOFTWARE = 2_000_000
SILENT_FOR = 60  # seconds that somebody who sends or reads may do nothing
GATHERED = 1_000_000  # bytes of an answer that are sent at once
GATHERED_FOR = 1.0  # seconds that a stream may wait for more


class TooLarge(Exception):
    """More was sent than is taken."""


class Gone(Exception):
    """Whoever asked is gone."""


class Pages:
    """A WSGI application as an ASGI one, in a fixed number of threads.

    A request is read to its end before a thread takes it, so that a slow sender holds up nobody,
    and an answer goes back in one piece: one way to the thread, one back. Answers that are larger
    than ``GATHERED`` or that take their time are sent piece by piece while the thread waits.
    """

    def __init__(self, application: WsgiApplication, threads: int) -> None:
        self._application = application
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        for number in range(threads):
            name = f"pages-{number}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while True:
            self._waiting.get()()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await _body(scope, receive)
        except TooLarge:
            await _refuse(send)
            return
        except Gone:
            return
        with body:
            answer = _Answer(asyncio.get_running_loop(), send)
            environ = environ_of(scope, body)
            self._waiting.put(lambda: answer.make(self._application, environ))
            await answer.sent()


class _Answer:
    """One answer, on its way from a thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self._loop, self._send = loop, send
        self._finished: asyncio.Future[list[Message]] = loop.create_future()
        self._start: Message = {}
        self._started = False

    async def sent(self) -> None:
        """Return when all of it is sent."""
        for message in await self._finished:
            await self._send(message)

    def make(self, application: WsgiApplication, environ: Environ) -> None:
        """Run the application; this happens in a thread."""
        try:
            rest = self._run(application, environ)
        except BaseException as error:
            failed = error
            self._loop.call_soon_threadsafe(lambda: self._finished.set_exception(failed))
        else:
            self._loop.call_soon_threadsafe(self._finished.set_result, rest)

    def _run(self, application: WsgiApplication, environ: Environ) -> list[Message]:
        """Return what is still to be sent."""
        pieces = application(environ, self._remember)
        try:
            gathered, size, since = [], 0, time.monotonic()
            for piece in pieces:
                gathered.append(piece)
                size += len(piece)
                if size >= GATHERED or time.monotonic() - since > GATHERED_FOR:
                    self._send_now(part(gathered, more=True))
                    gathered, size, since = [], 0, time.monotonic()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        last = part(gathered, more=False)
        return [last] if self._started else [self._start, last]

    def _remember(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        self._start = start(status, headers)

    def _send_now(self, part: Message) -> None:
        messages = [part] if self._started else [self._start, part]
        self._started = True
        sending = asyncio.run_coroutine_threadsafe(self._send_all(messages), self._loop)
        try:
            sending.result(SILENT_FOR)  # nobody keeps a thread by not reading
        except TimeoutError:
            sending.cancel()
            raise

    async def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)


def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Message:
    """Return the message that begins an answer."""
    return {
        "type": "http.response.start",
        "status": int(status[:3]),
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ],
    }


def part(pieces: list[bytes], *, more: bool) -> Message:
    """Return the message with these pieces of an answer; ``more``: others will follow."""
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _body(scope: Scope, receive: Receive) -> IO[bytes]:
    """Return all that was sent; a large body is in a temporary file.

    Raises:
        TooLarge: it is more than is taken.
        Gone: the sender went away before its end.
    """
    body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- closed by who asked
    names = {name for name, _value in scope["headers"]}
    if b"content-length" not in names and b"transfer-encoding" not in names:
        return body
    size, most = 0, _most(scope)
    while True:
        try:
            message = await asyncio.wait_for(receive(), SILENT_FOR)
        except TimeoutError:
            message = {"type": "http.disconnect"}
        if message["type"] == "http.disconnect":
            body.close()
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            body.close()
            raise TooLarge
        body.write(piece)
        if not message.get("more_body", False):
            body.seek(0)
            return body


async def _refuse(send: Send) -> None:
    text = b"This is too large: at most 100 MB can be sent at once.\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _most(scope: Scope) -> int:
    """Return how many bytes are taken: other software sends annotations, people send books."""
    doors = ("/api/", "/w3c/")
    return LARGEST_FROM_SOFTWARE if scope["path"].startswith(doors) else LARGEST_REQUEST


def environ_of(scope: Scope, body: IO[bytes]) -> Environ:
    """Return what WSGI (PEP 3333) says of a request: bytes, written as Latin-1."""
    path = unquote_to_bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "postil.began": time.perf_counter(),  # the log counts the waiting for a thread too
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            continue  # X_Forwarded_For would pass for X-Forwarded-For, which a proxy vouches for
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if name in environ:
            joint = "; " if name == "HTTP_COOKIE" else ","
            value = f"{environ[name]}{joint}{value}"
        environ[name] = value
    # What came is what counts: a body in chunks has no length, and a header may name another.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(body.seek(0, os.SEEK_END))
    body.seek(0)
    return environ
