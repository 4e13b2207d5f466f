"""One open socket, as the hub sees it."""

import asyncio
from dataclasses import dataclass, field

from reader.queries.live import Source

WAITING = 200  # messages that may wait for a slow reader
REVOKED, OVERRUN, RESTART = 4401, 1013, 1012
# 1000 and 1001 would tell the client never to come back.


@dataclass(eq=False, slots=True)
class Socket:
    """One open socket.

    Args:
        person: the number of who it speaks for; 0 is nobody.
        userid: their name in Hypothesis's form, None for nobody.
        source: the token or grant that it rests on.
        address: from where it was opened.
    """

    person: int
    userid: str | None
    source: Source | None
    address: str
    client: str = ""
    documents: frozenset[int] = frozenset()
    actions: frozenset[str] = frozenset()
    outbox: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(WAITING + 1))
    is_closing: bool = False
    code: int = 0

    def say(self, text: str) -> None:
        """Put a message in the outbox; who leaves too many waiting is sent away."""
        if self.is_closing:
            return
        if self.outbox.qsize() >= WAITING:
            self.close(OVERRUN)
        else:
            self.outbox.put_nowait(text)

    def close(self, code: int) -> None:
        """Let the socket be closed at once: nothing that waits is sent any more."""
        if self.is_closing:
            return
        self.is_closing, self.code = True, code
        while not self.outbox.empty():
            self.outbox.get_nowait()
        self.outbox.put_nowait(None)
