"""One open stream of server-sent events, as the hub sees it, and what is written into it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from reader.queries.sessions import Seat

WAITING = 200  # pieces that may wait for a slow reader
COMES_BACK_AFTER = 2_000  # milliseconds in which browsers open a lost stream again
HEARTBEAT = b":\n\n"


class Stream:
    """One open stream.

    Args:
        seat: whose session it rests on.
        address: from where it was opened.
        document: the number of the document that it tells of.
        after: the number of the last event that is known there; None: whatever the last one is.
        is_desk: whether it is open at the document's review desk.
        at: the block that the reader is at, empty where they did not say.
    """

    __slots__ = (
        "_waiting",
        "_woken",
        "address",
        "after",
        "at",
        "beside",
        "document",
        "is_closing",
        "is_desk",
        "seat",
        "task",
    )

    def __init__(
        self,
        seat: Seat,
        address: str,
        document: int,
        after: int | None,
        *,
        is_desk: bool = False,
        at: str = "",
    ) -> None:
        self.seat, self.address, self.document = seat, address, document
        self.after, self.is_desk = after, is_desk
        # Whoever is not signed in is followed nowhere; a guest has no account to turn it off in.
        self.at = at if seat.proof else ""
        self.beside = 0  # how many others were told of
        self.is_closing = False
        self.task: asyncio.Task[Any] | None = None  # that sends what is said
        self._waiting: list[bytes] = []
        self._woken: asyncio.Future[None] | None = None

    def say(self, piece: bytes) -> None:
        """Have a piece sent; who leaves too many waiting is cut off."""
        if self.is_closing:
            return
        if len(self._waiting) >= WAITING:
            self.cut_off()
            return
        self._waiting.append(piece)
        self._wake()

    def beat(self) -> None:
        """Have a sign of life sent; who has not even taken the one before is cut off."""
        if HEARTBEAT in self._waiting:
            self.cut_off()
        else:
            self.say(HEARTBEAT)

    def close(self) -> None:
        """End the stream: nothing that waits is sent any more."""
        self.is_closing = True
        self._wake()

    def cut_off(self) -> None:
        """End the stream of somebody who does not read, also in the middle of a piece."""
        self.close()
        if self.task is not None:
            self.task.cancel()

    async def next(self) -> bytes:
        """Return what is to be sent next, once there is something; empty: it is over."""
        while not self._waiting and not self.is_closing:
            self._woken = asyncio.get_running_loop().create_future()
            await self._woken
        if self.is_closing:
            return b""
        pieces, self._waiting = self._waiting, []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)


def opening(number: int) -> bytes:
    """Return what a stream begins with: after which event, and when to come back if it is lost."""
    return b"retry: %d\nid: %d\n\n" % (COMES_BACK_AFTER, number)


def event(number: int, message: Mapping[str, object]) -> bytes:
    """Return an event as it is written."""
    data = json.dumps(message, separators=(",", ":"), ensure_ascii=True)
    return b"id: %d\ndata: %s\n\n" % (number, data.encode())


def reset(number: int) -> bytes:
    """Return the word that too much was missed to be told: what is shown is to be shown anew."""
    return b"event: reset\nid: %d\ndata: {}\n\n" % number


def beside(ref: str, others: int) -> bytes:
    """Return the word of how many others read the paragraph that the reader is at."""
    return b'event: here\ndata: {"at":"%s","n":%d}\n\n' % (ref.encode(), others)


HERE = b"event: here\ndata: {}\n\n"
"""The word for a desk that somebody came, went, or is at another thread now."""
