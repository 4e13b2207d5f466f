"""Hands what happens to the open sockets of one worker.

One task looks at the events of the documents that somebody listens to, and asks the database in one
thread. Whether somebody may read something is decided when it is sent.
"""

import asyncio
import itertools
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

from reader.live import frames
from reader.live.sockets import RESTART, REVOKED, Socket
from reader.queries import live
from reader.queries.live import Change, Notice, Source

LOOKS_EVERY = 0.3  # seconds
CHECKS_EVERY = 2.0  # seconds: a token taken back closes its sockets within that
SAYS_SOMETHING_EVERY = 25.0
STOPS_WITHIN = 5.0

log = logging.getLogger(__name__)
T = TypeVar("T")
Told = dict[int, list[Notice]]
Open = set[tuple[type[Source], int]]


class Hub:
    """The open sockets of one worker."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self._positions: dict[int, int] = {}
        self._watching: asyncio.Task[None] | None = None
        # One thread asks for news, the other answers what sockets ask: neither waits for the other.
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="live-news")
        self._answerer = ThreadPoolExecutor(1, thread_name_prefix="live-answers")

    async def ask(self, question: Callable[[], T]) -> T:
        """Answer a socket's question to the database, in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._answerer, lambda: _with_connection(question))

    def has_room_for(self, person: int, address: str) -> bool:
        """Whether one more socket may be opened by this person, from this address."""
        by_address = Counter(one.address for one in self.sockets)
        of_person = sum(1 for one in self.sockets if person and one.person == person)
        return bool(
            by_address[address] < settings.SOCKETS_PER_ADDRESS
            and of_person < settings.SOCKETS_PER_PERSON
            and len(self.sockets) < settings.SOCKETS_PER_WORKER
        )

    def join(self, socket: Socket) -> None:
        """Begin to tell the socket what happens."""
        self.sockets.add(socket)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    def leave(self, socket: Socket) -> None:
        """Forget a socket that is closed."""
        self.sockets.discard(socket)

    def listen(self, socket: Socket, documents: dict[int, int], actions: frozenset[str]) -> None:
        """Tell the socket of these documents, from the events given, and of no others."""
        socket.documents, socket.actions = frozenset(documents), actions
        for document, number in documents.items():
            self._positions.setdefault(document, number)

    async def close(self) -> None:
        """Close all sockets, and wait until they are."""
        for socket in list(self.sockets):
            socket.close(RESTART)
        deadline = time.monotonic() + STOPS_WITHIN
        while self.sockets and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        if self._watching is not None:
            self._watching.cancel()
        for pool in (self._looker, self._answerer):
            pool.submit(connections.close_all)
            pool.shutdown(wait=True)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        checked = said = time.monotonic()
        while self.sockets:
            await asyncio.sleep(LOOKS_EVERY)
            now = time.monotonic()
            if now - said > SAYS_SOMETHING_EVERY:
                said = now
                self._say_something()
            due = now - checked > CHECKS_EVERY
            checked = now if due else checked
            try:
                await self._look(loop, due=due)
            except DatabaseError:
                log.exception("live news")
            except RuntimeError:
                log.exception("live news")
                raise
        self._positions.clear()

    def _say_something(self) -> None:
        for socket in self.sockets:
            if socket.outbox.empty():
                socket.say(frames.STILL_HERE)

    async def _look(self, loop: asyncio.AbstractEventLoop, *, due: bool) -> None:
        """Look once for news, and hand them out."""
        wanted = frozenset(itertools.chain.from_iterable(one.documents for one in self.sockets))
        for document in self._positions.keys() - wanted:
            del self._positions[document]
        positions = dict(self._positions)
        listening = [(one.person, document) for one in self.sockets for document in one.documents]
        sources = [one.source for one in self.sockets if one.source is not None]
        if not positions and not (due and sources):
            return
        news = await loop.run_in_executor(
            self._looker,
            lambda: _with_connection(lambda: _News(positions, listening, sources, due=due)),
        )
        if news.still_open is not None:
            _close_revoked(self.sockets, sources, news.still_open)
        for document, number in news.positions.items():
            if document in self._positions:
                self._positions[document] = number
        for document, told in news.told.items():
            self._hand_out(document, told)

    def _hand_out(self, document: int, told: Told) -> None:
        written: dict[tuple[int, str, frozenset[str]], list[str]] = {}
        origins = {notice.origin for notices in told.values() for notice in notices}
        for socket in list(self.sockets):
            if document not in socket.documents or socket.person not in told:
                continue
            # Nobody's words differ but by who they are, what they want and what they wrote.
            client = socket.client if socket.client in origins else ""
            key = (socket.person, client, socket.actions)
            if key not in written:
                written[key] = _written(told[socket.person], client, socket.actions)
            for text in written[key]:
                socket.say(text)


class _News:
    """What one look found. It is made in a thread."""

    def __init__(
        self,
        positions: dict[int, int],
        listening: Sequence[tuple[int, int]],
        sources: Sequence[Source],
        *,
        due: bool,
    ) -> None:
        self.positions: dict[int, int] = {}
        self.told: dict[int, Told] = {}
        self.still_open: Open | None = None
        changes: dict[int, list[Change]] = {}
        last = live.last_events(positions) if positions else {}
        for document, number in last.items():
            if number < positions[document]:  # it is another one, or undone: begin anew there
                self.positions[document] = number
            elif number > positions[document]:
                changes[document], until = live.changes_after(document, positions[document])
                self.positions[document] = until
        if sources and (due or changes):
            self.still_open = live.still_open(sources)
        if any(changes.values()):
            self._tell(changes, listening)

    def _tell(self, changes: dict[int, list[Change]], listening: Sequence[tuple[int, int]]) -> None:
        readers = defaultdict(set)
        for person, document in listening:
            readers[document].add(person)
        wanted = {person for document in changes for person in readers[document]}
        viewers = live.people(wanted)
        for document, happened in changes.items():
            if happened:
                self.told[document] = {
                    person: live.notices_for(viewers[person], happened)
                    for person in readers[document]
                    if person in viewers
                }


def _with_connection(question: Callable[[], T]) -> T:
    """Answer, and leave no connection behind that may not be kept."""
    close_old_connections()
    try:
        return question()
    finally:
        close_old_connections()


def _close_revoked(sockets: Iterable[Socket], asked: Sequence[Source], is_open: Open) -> None:
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
