"""Hands what happens to the open sockets and streams of one worker.

One task looks at the events of the documents that somebody listens to, and asks the database in one
thread, however many listen. Whether somebody may read something is decided when it is sent.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

from reader import metrics
from reader.live import frames, waking
from reader.live.beside import Beside
from reader.live.listeners import Listeners
from reader.live.news import News, Notices, Wanted
from reader.live.room import Room
from reader.live.sockets import RESTART, REVOKED, Socket
from reader.live.streams import Stream
from reader.queries.live import Notice, Source

LOOKS_EVERY = 0.3  # seconds, where nobody wakes it
CHECKS_EVERY = 2.0  # seconds: what is taken back closes its connections within that
LOOKS_ROUND_EVERY = 1.0  # at review desks
COUNTS_EVERY = 0.5  # who reads beside whom
GATHERS_FOR = 0.03  # what comes at once is told at once
SAYS_SOMETHING_EVERY = 20.0
STOPS_WITHIN = 5.0

log = logging.getLogger(__name__)
T = TypeVar("T")


class Hub:
    """The open sockets and streams of one worker."""

    def __init__(self) -> None:
        self.is_stopping = False
        self.sockets: set[Socket] = set()
        self.streams = Listeners()
        self.beside = Beside()
        self.socket_room = Room(
            settings.SOCKETS_PER_ADDRESS, settings.SOCKETS_PER_PERSON, settings.SOCKETS_PER_WORKER
        )
        self.stream_room = Room(
            settings.STREAMS_PER_ADDRESS, settings.STREAMS_PER_PERSON, settings.STREAMS_PER_WORKER
        )
        self._positions: dict[int, int] = {}
        self._watching: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        # When, on the clock of monotonic().
        self._checked = self._said = self._looked_round = self._counted = 0.0
        # One thread asks for news, the other answers questions: neither waits for the other.
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="live-news")
        self._answerer = ThreadPoolExecutor(1, thread_name_prefix="live-answers")

    async def ask(self, question: Callable[[], T]) -> T:
        """Answer a question to the database, in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._answerer, lambda: _with_connection(question))

    def join(self, socket: Socket) -> None:
        """Begin to tell the socket what happens."""
        self.sockets.add(socket)
        self.socket_room.take(socket.person, socket.address)
        self._begin()

    def leave(self, socket: Socket) -> None:
        """Forget a socket that is closed."""
        self.sockets.discard(socket)
        self.socket_room.give_back(socket.person, socket.address)

    def join_stream(self, stream: Stream) -> None:
        """Begin to tell the stream what happens, after what it knows."""
        self.streams.add(stream)
        self.stream_room.take(stream.seat.person, stream.address)
        self._begin()
        self._woken.set()

    def leave_stream(self, stream: Stream) -> None:
        """Forget a stream that is closed."""
        self.streams.remove(stream)
        self.stream_room.give_back(stream.seat.person, stream.address)

    def listen(self, socket: Socket, documents: dict[int, int], actions: frozenset[str]) -> None:
        """Tell the socket of these documents, from the events given, and of no others."""
        socket.documents, socket.actions = frozenset(documents), actions
        for document, number in documents.items():
            self._positions.setdefault(document, number)

    def wake(self, document: int | None = None) -> None:
        """Look soon: something happened in this document, or perhaps in any."""
        if document is None or document in self._positions:
            self._woken.set()

    def stop(self) -> None:
        """End all streams and begin no more. The server ends sockets by itself when it stops."""
        self.is_stopping = True
        for stream in self.streams:
            stream.close()

    async def close(self) -> None:
        """Close all sockets and streams, and wait until they are."""
        self.stop()
        for socket in list(self.sockets):
            socket.close(RESTART)
        deadline = time.monotonic() + STOPS_WITHIN
        while (self.sockets or self.streams) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        if self._watching is not None:
            self._watching.cancel()
        for pool in (self._looker, self._answerer):
            pool.submit(connections.close_all)
            pool.shutdown(wait=True)

    def _begin(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        self._checked = self._said = self._looked_round = time.monotonic()
        hearing = asyncio.create_task(waking.hear(self.wake, self.beside.hear))
        try:
            while self.sockets or self.streams:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._patience())
                await asyncio.sleep(GATHERS_FOR)
                self._woken.clear()
                await self._look_once()
                await self._count_readers()
                metrics.listening(len(self.socket_room), len(self.stream_room))
            self._counted = 0.0
            await self._count_readers()  # the others are told that nobody is here any more
        finally:
            hearing.cancel()
            metrics.listening(0, 0)
        self._positions.clear()

    def _patience(self) -> float:
        """Return how long to wait before a look if nobody wakes us, in seconds."""
        if settings.FANOUT == "database":
            return LOOKS_EVERY
        looks_round = self.streams.have_desks or self.streams.reading
        return LOOKS_ROUND_EVERY if looks_round else CHECKS_EVERY

    async def _count_readers(self) -> None:
        """Tell readers how many others are at their paragraph, and other workers who is here."""
        now = time.monotonic()
        if now - self._counted < COUNTS_EVERY:
            return
        self._counted = now
        reading = self.streams.reading
        messages = self.beside.note(reading)
        if messages:
            saying = partial(_with_connection, partial(waking.say, messages))
            try:
                await asyncio.get_running_loop().run_in_executor(self._looker, saying)
            except (DatabaseError, OSError) as error:
                log.warning("workers do not tell each other who reads what: %s", error)
        self.streams.tell_beside(self.beside.count(reading))

    async def _look_once(self) -> None:
        now = time.monotonic()
        if now - self._said > SAYS_SOMETHING_EVERY:
            self._said = now
            self._say_something()
        is_due = now - self._checked > CHECKS_EVERY
        self._checked = now if is_due else self._checked
        try:
            await self._look(is_due=is_due)
        except DatabaseError:
            log.exception("live news")
        except RuntimeError:
            log.exception("live news")
            raise

    def _say_something(self) -> None:
        for socket in self.sockets:
            if socket.outbox.empty():
                socket.say(frames.STILL_HERE)
        for stream in self.streams:
            stream.beat()

    async def _look(self, *, is_due: bool) -> None:
        """Look once for news, and hand them out."""
        listened = itertools.chain.from_iterable(one.documents for one in self.sockets)
        kept = frozenset(listened) | self.streams.documents
        for document in self._positions.keys() - kept:
            del self._positions[document]
        wanted = self._wanted(is_due=is_due)
        if not (wanted.positions or wanted.starts or (is_due and wanted.sources)):
            return
        loop = asyncio.get_running_loop()
        news = await loop.run_in_executor(
            self._looker, lambda: _with_connection(lambda: News(wanted))
        )
        self._move_on(news)
        self.streams.take(news)
        if news.still_open is not None:
            _close_revoked(self.sockets, wanted.sources, news.still_open)
        for document, notices in news.notices.items():
            self._hand_out(document, notices)
        if news.has_more:
            self._woken.set()

    def _move_on(self, news: News) -> None:
        for document, number in news.positions.items():
            if document in self._positions:
                self._positions[document] = number
        for start, (number, _piece) in news.begun.items():
            self._positions.setdefault(start.document, number)

    def _wanted(self, *, is_due: bool) -> Wanted:
        now = time.monotonic()
        looks_round = self.streams.have_desks and now - self._looked_round > LOOKS_ROUND_EVERY
        self._looked_round = now if looks_round else self._looked_round
        return Wanted(
            positions=dict(self._positions),
            sockets=[(document, one.person) for one in self.sockets for document in one.documents],
            sources=[one.source for one in self.sockets if one.source is not None],
            listeners=self.streams.people(),
            desks=self.streams.people(at_desks=True),
            starts=self.streams.starts,
            seats=self.streams.seats,
            is_due=is_due,
            is_looking_round=looks_round,
        )

    def _hand_out(self, document: int, told: Notices) -> None:
        texts: dict[tuple[int, str, frozenset[str]], list[str]] = {}
        origins = {notice.origin for notices in told.values() for notice in notices}
        for socket in list(self.sockets):
            if document not in socket.documents or socket.person not in told:
                continue
            # Nobody's words differ but by who they are, what they want and what they wrote.
            client = socket.client if socket.client in origins else ""
            key = (socket.person, client, socket.actions)
            if key not in texts:
                texts[key] = _written(told[socket.person], client, socket.actions)
            for text in texts[key]:
                socket.say(text)


def _with_connection(question: Callable[[], T]) -> T:
    """Answer, and leave no connection behind that may not be kept."""
    close_old_connections()
    try:
        return question()
    finally:
        close_old_connections()


def _close_revoked(
    sockets: Iterable[Socket], asked: Sequence[Source], is_open: set[tuple[type[Source], int]]
) -> None:
    known = {(type(source), source.pk) for source in asked}
    for socket in list(sockets):
        if socket.source is None:
            continue
        key = (type(socket.source), socket.source.pk)
        if key in known and key not in is_open:
            socket.close(REVOKED)


def _written(notices: Sequence[Notice], client: str, actions: frozenset[str]) -> list[str]:
    """Return the messages: what follows one another in the same way is one of them."""
    wanted = [
        one for one in notices if one.action in actions and not (client and one.origin == client)
    ]
    return [
        frames.notification(action, [one.payload for one in group])
        for action, group in itertools.groupby(wanted, key=lambda one: one.action)
    ]
