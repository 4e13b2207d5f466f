"""Hearing from other processes that something happened, so that the hub looks at once.

On a second channel workers tell each other who reads what (:mod:`reader.live.beside`).

What is heard is only a reason to look: the database has the events and their order. A message that
gets lost, as when a connection breaks, therefore delays the news and loses nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from django.conf import settings
from django.db import connection

from reader import events
from reader.events import CHANNEL
from reader.live import neighbours

OF_THE_DRIVER = {"prepare_threshold"}  # which an address cannot say
TRIES_AGAIN_AFTER = 1.0  # seconds
ASKS_EVERY = 30.0  # seconds: whether a silent connection is still there

log = logging.getLogger(__name__)
Wake = Callable[[int | None], None]
Tell = Callable[[str], None]
BESIDE = "postil_beside"  # the channel of who reads what


async def hear(wake: Wake, tell: Tell) -> None:
    """Call ``wake`` with the numbers of documents in which something happened, for ever.

    ``tell`` is called with what other workers say of who reads what. Where nobody wakes, the hub
    looks by itself.
    """
    hearing: dict[str, Callable[[Wake, Tell], Awaitable[None]]] = {
        "postgresql": _hear_postgres,
        "redis": _hear_redis,
    }
    if settings.FANOUT not in hearing:
        await neighbours.listen(tell)
    while settings.FANOUT in hearing:
        try:
            await hearing[settings.FANOUT](wake, tell)
        except Exception as error:
            log.warning("live news come late until the connection is back: %s", error)
        await asyncio.sleep(TRIES_AGAIN_AFTER)


def say(messages: Sequence[str]) -> None:
    """Tell the other workers who reads what. Call it in a thread that may wait."""
    if settings.FANOUT not in ("postgresql", "redis"):
        neighbours.say(messages)
        return
    for message in messages:
        events.publish(BESIDE, message)


async def _hear_postgres(wake: Wake, tell: Tell) -> None:
    from psycopg import AsyncConnection  # noqa: PLC0415 -- there only where PostgreSQL is used
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 -- likewise

    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if isinstance(value, str | int) and name not in OF_THE_DRIVER
    }
    address = make_conninfo("", **parameters)
    # Beside the pool: a connection that listens is never given back.
    async with await AsyncConnection.connect(address, autocommit=True) as listening:
        await listening.execute(f"LISTEN {BESIDE}")
        await listening.execute(f"LISTEN {CHANNEL}")
        wake(None)  # what happened before it listened
        while True:
            async for notice in listening.notifies(timeout=ASKS_EVERY):
                if notice.channel == BESIDE:
                    tell(notice.payload)
                else:
                    wake(_number(notice.payload))
            await listening.execute("SELECT 1")


async def _hear_redis(wake: Wake, tell: Tell) -> None:
    from redis.asyncio import Redis  # noqa: PLC0415 -- there only where Redis is used

    client = Redis.from_url(settings.REDIS_URL, health_check_interval=ASKS_EVERY)
    try:
        async with client.pubsub(ignore_subscribe_messages=True) as listening:
            await listening.subscribe(CHANNEL, BESIDE)
            wake(None)  # what happened before it listened
            while True:
                message = await listening.get_message(timeout=ASKS_EVERY)
                if message is not None and message["channel"] == BESIDE.encode():
                    tell(message["data"].decode("utf-8", "replace"))
                elif message is not None:
                    wake(_number(message["data"]))
    finally:
        await client.aclose()


def _number(payload: str | bytes) -> int | None:
    try:
        return int(payload)
    except ValueError:  # somebody else's, on a server that is shared
        return None
