"""The ASGI application that the server runs: streams on the event loop, pages in threads.

Pages are Django's, by its WSGI handler, in a few threads that stay: each keeps a database
connection. Django's own ASGI handler would cost a page several times as much.
docs/decisions/0007-streams.md has the figures.
"""

import asyncio
import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from io import BytesIO
from typing import IO, Any
from urllib.parse import unquote_to_bytes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reader.settings")

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

THREADS = 4
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

    def __init__(self, application: WsgiApplication, threads: int = THREADS) -> None:
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
            environ = _environ(scope, body)
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
                    self._send_now(_part(gathered, more=True))
                    gathered, size, since = [], 0, time.monotonic()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        last = _part(gathered, more=False)
        return [last] if self._started else [self._start, last]

    def _remember(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        self._start = _start(status, headers)

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


def _start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Message:
    return {
        "type": "http.response.start",
        "status": int(status[:3]),
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ],
    }


def _part(pieces: list[bytes], *, more: bool) -> Message:
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


def _environ(scope: Scope, body: IO[bytes]) -> Environ:
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


def _before_stopping(act: Callable[[], None]) -> None:
    """Do something when the worker is told to stop, before the server does what it does then.

    It waits until every answer is finished, which a stream never is.
    """
    loop = asyncio.get_running_loop()
    # granian's own handler, which asyncio does not give back by any public name.
    then = getattr(loop, "_signal_handlers", {}).get(signal.SIGTERM)
    if then is None:
        return

    def both() -> None:
        act()
        then._run()  # noqa: SLF001 -- likewise

    def told(_signal: int, _frame: object) -> None:
        loop.call_soon_threadsafe(both)

    # asyncio hears of signals through a pipe, and of each piece that was sent: while thousands are
    # being told something it is full, and the signal would be lost.
    signal.signal(signal.SIGTERM, told)
    signal.siginterrupt(signal.SIGTERM, False)


class Application:
    """Every connection goes where it belongs."""

    def __init__(self, threads: int = THREADS) -> None:
        from reader.live.door import Door  # noqa: PLC0415 -- needs Django, which is set up now
        from reader.live.hub import Hub  # noqa: PLC0415 -- likewise
        from reader.live.stream_door import PREFIX, StreamDoor  # noqa: PLC0415 -- likewise
        from reader.web.health import LIVES, answer_livez  # noqa: PLC0415 -- likewise
        from reader.web.kept_at_once import AtOnce  # noqa: PLC0415 -- likewise
        from reader.wsgi import (  # noqa: PLC0415 -- static files are listed when loaded
            application,
            kept_pages,
        )

        self._at_once = AtOnce(kept_pages)
        self._livez, self._answer_livez = LIVES, answer_livez
        self._pages = Pages(application, threads)
        self._hub = Hub()
        self._sockets, self._streams, self._prefix = Door(self._hub), StreamDoor(self._hub), PREFIX

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        if scope["type"] == "http" and scope["path"].startswith(self._prefix):
            await self._streams(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == self._livez:
            await self._answer_livez(send)
        elif scope["type"] == "http":
            if not await self._answered_at_once(scope, send):
                await self._pages(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answered_at_once(self, scope: Scope, send: Send) -> bool:
        """Answer with a page that is kept, if that takes no waiting."""
        if not scope["path"].startswith("/d/") or scope["method"] not in ("GET", "HEAD"):
            return False
        environ = _environ(scope, BytesIO())
        if not self._at_once.can_answer(environ):
            return False
        began: list[Message] = []
        pieces = self._at_once(environ, lambda *said: began.append(_start(*said)))
        try:
            part = _part(list(pieces), more=False)
        finally:
            getattr(pieces, "close", lambda: None)()
        await send(began[0])
        await send(part)
        return True

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        _before_stopping(self._hub.stop)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._hub.close()
        await send({"type": "lifespan.shutdown.complete"})
