"""Messages between the workers of one machine, where neither PostgreSQL nor Redis carries them.

Each listens on a socket of its own in the site's folder; what is said goes to all that are there.
A message may get lost: whoever says something that matters says it again.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings

Hear = Callable[[str], None]
ENDING = ".sock"

log = logging.getLogger(__name__)


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "live"
    return folder


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, hear: Hear) -> None:
        self._hear = hear

    def datagram_received(self, data: bytes, _address: object) -> None:
        self._hear(data.decode("utf-8", "replace"))


async def listen(hear: Hear) -> None:
    """Call ``hear`` with what the others say, until this is cancelled."""
    own = _folder() / f"{os.getpid()}{ENDING}"
    try:
        own.parent.mkdir(mode=0o700, exist_ok=True)
        own.unlink(missing_ok=True)  # of a worker that was killed and had this number
        transport, _ear = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Ear(hear), local_addr=str(own), family=socket.AF_UNIX
        )
    except OSError as error:
        log.warning("workers do not tell each other who reads what: %s", error)
        return
    try:
        await asyncio.Event().wait()
    finally:
        transport.close()
        own.unlink(missing_ok=True)


def say(messages: Iterable[str]) -> None:
    """Tell the others; those that are gone, or do not listen, are passed over."""
    said = [message.encode() for message in messages]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.setblocking(False)
        for path in _folder().glob(f"*{ENDING}"):
            try:
                for message in said:
                    mouth.sendto(message, str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)  # nobody has it open any more
            except OSError:
                continue
