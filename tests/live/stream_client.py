"""A client that keeps many streams open in one event loop, and notes what comes when."""

import asyncio
import json
import re
import time
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

EVENT = re.compile(rb"(?:event: (\w+)\n)?id: (\d+)\ndata: (.*)\n\n")
ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
HERE = re.compile(rb"event: here\ndata: (.*)\n\n")


_connected: "set[Listener]" = set()
T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it in an event loop, and leave no connection open behind it."""

    async def then_close() -> T:
        try:
            return await main
        finally:
            for one in list(_connected):
                one.close()
            await asyncio.sleep(0.05)

    return asyncio.run(then_close())


class Listener(asyncio.Protocol):
    """One stream. It can be cut, and then goes on after the last event that it knows."""

    def __init__(self, site: str, path: str, *, after: int | None = None, cookie: str = "") -> None:
        self._place = urlsplit(site)
        self._path, self._cookie = path, cookie
        self.last = after
        self.status = 0
        self.headers = ""
        self.heard: list[tuple[int, str, Any]] = []  # number, type, what it says
        self.here: list[Any] = []  # what it says of who else reads
        self.times: dict[int, float] = {}  # by number, on the clock of time.monotonic()
        self.is_open = asyncio.Event()
        self.is_over = asyncio.Event()
        self.more = asyncio.Event()
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    @property
    def numbers(self) -> list[int]:
        """The numbers of the events, as they came."""
        return [number for number, _type, _data in self.heard]

    async def open(self) -> None:
        """Open the stream, and wait until it has begun or was refused."""
        loop = asyncio.get_running_loop()
        self._buffer, self.status = b"", 0
        self.is_open.clear()
        self.is_over.clear()
        host, port = str(self._place.hostname), self._place.port or 80
        await loop.create_connection(lambda: self, host, port)
        await asyncio.wait_for(self.is_open.wait(), 60)

    async def cut(self) -> None:
        """Break the connection off and come back, as browsers do."""
        self.close()
        await self.open()

    def close(self) -> None:
        """Break the connection off."""
        if self._transport is not None:
            self._transport.abort()

    async def until(self, number: int, seconds: float = 20) -> None:
        """Wait for the event of this number."""
        deadline = time.monotonic() + seconds
        while not self.heard or self.heard[-1][0] < number:
            self.more.clear()
            await asyncio.wait_for(self.more.wait(), deadline - time.monotonic())

    async def until_here(self, said: Any, seconds: float = 20) -> None:
        """Wait until this is what it said last of who else reads."""
        deadline = time.monotonic() + seconds
        while not self.here or self.here[-1] != said:
            self.more.clear()
            await asyncio.wait_for(self.more.wait(), deadline - time.monotonic())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        _connected.add(self)
        lines = [f"GET {self._path} HTTP/1.1", f"Host: {self._place.netloc}"]
        lines += [f"Cookie: {self._cookie}"] if self._cookie else []
        lines += [f"Last-Event-ID: {self.last}"] if self.last is not None else []
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        """Note the events. The lengths of chunks between them are passed over."""
        now = time.monotonic()
        self._buffer += data
        if not self.status:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.headers = head.decode().lower()
            self.status, self._buffer = int(head.split()[1]), rest
        whole, found, self._buffer = self._buffer.rpartition(b"\n\n")
        for kind, number, said in EVENT.findall(whole + found):
            self.heard.append((int(number), kind.decode() or "message", json.loads(said)))
            self.times.setdefault(int(number), now)
        self.here += [json.loads(said) for said in HERE.findall(whole + found)]
        for number in ID.findall(whole):
            self.last = int(number)
        if self.last is not None or self.status != 200:
            self.is_open.set()
        self.more.set()
        if self._buffer.endswith(b"\r\n0\r\n\r\n") or self._buffer == b"0\r\n\r\n":
            self.close()  # the answer is whole, and that was all

    def connection_lost(self, _error: Exception | None) -> None:
        """Note that it is over."""
        _connected.discard(self)
        self.is_over.set()
        self.is_open.set()


async def open_all(listeners: Sequence[Listener], at_once: int = 100) -> None:
    """Open many streams, so many at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(listener: Listener) -> None:
        async with gate:
            await listener.open()

    await asyncio.gather(*map(one, listeners))


async def cut_all(listeners: Sequence[Listener], at_once: int = 100) -> None:
    """Break many streams off and open them again, so many at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(listener: Listener) -> None:
        async with gate:
            await listener.cut()

    await asyncio.gather(*map(one, listeners))
