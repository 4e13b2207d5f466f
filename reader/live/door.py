"""Opening a socket at ``/ws``, and what is said over it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from reader.live import frames
from reader.live.hub import Hub
from reader.live.sockets import Socket
from reader.models import Scope, User
from reader.queries import live
from reader.queries.access import Access, access_by
from reader.queries.addresses import documents_at
from reader.queries.hypothesis import userid

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/ws"
POLICY, TOO_BIG = 1008, 1009
LONGEST_TOKEN = 200
CANCELLED_WITHIN = 0.05  # seconds
MOST_FRAMES, WITHIN = 60, 60.0  # what a client may say in so many seconds


class Door:
    """Takes the connections that want to become sockets."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        await receive()  # that it wants to connect
        if scope["path"] != PATH or not settings.WEBSOCKET_URL:
            await _refuse(scope, send, 404)
            return
        access = await self.hub.ask(lambda: _access(scope))
        person = access.viewer if isinstance(access.viewer, User) else None
        address = address_of(scope)
        if not self.hub.socket_room.has_room_for(person.pk if person else 0, address):
            await _refuse(scope, send, 429)
            return
        socket = Socket(
            person=person.pk if person else 0,
            userid=userid(person) if person else None,
            source=access.source,
            address=address,
        )
        self.hub.join(socket)
        try:
            await send({"type": "websocket.accept"})
            await self._serve(socket, receive, send)
        finally:
            self.hub.leave(socket)

    async def _serve(self, socket: Socket, receive: Receive, send: Send) -> None:
        """Let both sides speak until one of them ends it."""
        reading = asyncio.ensure_future(self._read(socket, receive))
        writing = asyncio.ensure_future(_write(socket, send))
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing):
                task.cancel()
                with suppress(asyncio.CancelledError, ConnectionError, RuntimeError):
                    await task
        if socket.is_closing:
            # Not before the reading has ended: granian sends no close while it waits for a frame.
            await asyncio.sleep(CANCELLED_WITHIN)
            await send({"type": "websocket.close", "code": socket.code})

    async def _read(self, socket: Socket, receive: Receive) -> None:
        began, heard = time.monotonic(), 0
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if time.monotonic() - began > WITHIN:
                began, heard = time.monotonic(), 0
            heard += 1
            if heard > MOST_FRAMES:
                socket.close(POLICY)
            elif not socket.is_closing:
                await self._hear(socket, message)

    async def _hear(self, socket: Socket, message: Message) -> None:
        text = message.get("text")
        size = len(text) if text is not None else len(message.get("bytes") or b"")
        if size > frames.LONGEST_FRAME:
            socket.close(TOO_BIG)
            return
        try:
            frame = frames.read(text or "")
        except frames.BadFrame as error:
            socket.say(frames.refusal(str(error)))
            return
        if isinstance(frame, frames.Named):
            socket.client = frame.name
        elif isinstance(frame, frames.Filter):
            await self._filter(socket, frame)
        elif frame.question == "whoami":
            socket.say(frames.identity(socket.userid, frame.number))
        else:
            socket.say(frames.pong(frame.number))

    async def _filter(self, socket: Socket, wanted: frames.Filter) -> None:
        documents = await self.hub.ask(lambda: _documents(socket.person, wanted.addresses))
        self.hub.listen(socket, documents, wanted.actions)


async def _write(socket: Socket, send: Send) -> None:
    while True:
        said = await socket.outbox.get()
        if said is None:
            return
        await send({"type": "websocket.send", "text": said})


async def _refuse(scope: Message, send: Send, status: int) -> None:
    if "websocket.http.response" in (scope.get("extensions") or {}):
        await send({"type": "websocket.http.response.start", "status": status, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close", "code": POLICY})


def _access(scope: Message) -> Access:
    """Return whose socket it is.

    As with h, whoever has no valid token listens as anybody may; so does one that may not read.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"))
    secret = query.get("access_token", [""])[0]
    found = access_by(secret) if 0 < len(secret) <= LONGEST_TOKEN else None
    return found if found is not None and Scope.READ in found.scopes else Access()


def _documents(person: int, addresses: tuple[str, ...]) -> dict[int, int]:
    viewer = live.people([person]).get(person)
    if viewer is None:
        return {}
    found = [document.pk for document in documents_at(viewer, addresses)]
    return live.last_events(found)


def address_of(scope: Message) -> str:
    """Return where the connection comes from, as the proxies that are trusted say."""
    trusted: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if trusted:
        values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = [hop.strip() for hop in b",".join(values).decode("latin-1").split(",")]
        if len(hops) >= trusted and hops[-trusted]:
            return str(hops[-trusted])
    client = scope.get("client") or ("", 0)
    return str(client[0])
