"""The ASGI application that the server runs: streams on the event loop, pages in threads.

Pages are Django's, by its WSGI handler, in a few threads that stay: each keeps a database
connection. Django's own ASGI handler would cost a page several times as much.
docs/decisions/0007-streams.md has the figures.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from io import BytesIO

from reader.wsgi_in_threads import Message, Pages, Receive, Scope, Send, environ_of, part, start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reader.settings")

THREADS = 4


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
        environ = environ_of(scope, BytesIO())
        if not self._at_once.can_answer(environ):
            return False
        began: list[Message] = []
        pieces = self._at_once(environ, lambda *said: began.append(start(*said)))
        try:
            body = part(list(pieces), more=False)
        finally:
            getattr(pieces, "close", lambda: None)()
        await send(began[0])
        await send(body)
        return True

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        _before_stopping(self._hub.stop)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._hub.close()
        await send({"type": "lifespan.shutdown.complete"})
