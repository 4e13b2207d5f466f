"""Opening a stream of server-sent events, and sending what is said.

A document's is at ``/live/<slug or number>``, that of its review desk at ``/live/…/desk``. With
``?at=p12`` somebody who is signed in says which paragraph they read.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from reader.live.beside import REF
from reader.live.door import Message, Receive, Send, address_of
from reader.live.hub import Hub
from reader.live.streams import Stream
from reader.queries import live, streams
from reader.queries.sessions import Seat, seat_of

PREFIX, DESK = "/live/", "/desk"
LONGEST_NAME = 200
LONGEST_NUMBER = 18  # digits
COME_BACK_AFTER = {429: b"60", 503: b"10"}  # seconds
OURS = frozenset({b"", b"same-origin", b"none"})  # from where browsers say that they ask
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold the pieces back
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address and the headers of a request for a stream say."""

    name: str
    session: str
    after: int | None
    is_desk: bool
    at: str


class StreamDoor:
    """Takes the requests for streams."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request until the stream ends."""
        message = await receive()
        status = _refusal(scope, message)
        if status:
            await _refuse(send, status)
            return
        asked, address = _read(scope), address_of(scope)
        if self.hub.is_stopping or self.hub.stream_room.is_full():
            await _refuse(send, 503)
            return
        seat, document, is_desk = await self.hub.ask(lambda: _find(asked))
        if document is None:
            await _refuse(send, 404)
        elif not self.hub.stream_room.has_room_for(seat.person, address):
            await _refuse(send, 503 if self.hub.stream_room.is_full() else 429)
        else:
            at = "" if is_desk else asked.at
            stream = Stream(seat, address, document, asked.after, is_desk=is_desk, at=at)
            await self._serve(stream, receive, send)

    async def _serve(self, stream: Stream, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(receive())
        gone.add_done_callback(lambda _gone: stream.close())
        stream.task = asyncio.current_task()
        self.hub.join_stream(stream)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            while piece := await stream.next():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            if not stream.is_closing:
                raise
        finally:
            self.hub.leave_stream(stream)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone


def _refusal(scope: Message, message: Message) -> int:
    """Return the status with which the request is refused at once; 0: it is not."""
    headers = dict(scope["headers"])
    host, _port = split_domain_port(headers.get(b"host", b"").decode("latin-1"))
    if not validate_host(host, settings.ALLOWED_HOSTS) or message.get("more_body"):
        return 400
    if scope["method"] != "GET":
        return 405
    # Browsers send no cookies with the requests of other sites, which so learn nothing; but
    # neither are they to keep streams open here.
    if headers.get(b"sec-fetch-site", b"") not in OURS:
        return 403
    return 0 if settings.WEBSOCKET_URL else 404


def _read(scope: Message) -> _Asked:
    headers = dict(scope["headers"])
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
    told = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("after", [""])[0]
    is_number = told.isascii() and told.isdecimal() and len(told) <= LONGEST_NUMBER
    at = query.get("at", [""])[0]
    name, desk, _rest = scope["path"].removeprefix(PREFIX).partition(DESK)
    return _Asked(
        name=name[:LONGEST_NAME],
        session=parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, ""),
        after=int(told) if is_number else None,
        is_desk=bool(desk),
        at=at if REF.fullmatch(at) else "",
    )


def _find(asked: _Asked) -> tuple[Seat, int | None, bool]:
    seat = seat_of(asked.session)
    viewer = live.people([seat.person])[seat.person]
    document = streams.find_listening(viewer, asked.name)
    here = (document or 0, seat.person)
    is_desk = asked.is_desk and document is not None and here in streams.still_reviewing([here])
    return seat, document, is_desk


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"cache-control", b"no-store"), (b"content-length", b"0")]
    if status in COME_BACK_AFTER:
        headers.append((b"retry-after", COME_BACK_AFTER[status]))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"GET"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
