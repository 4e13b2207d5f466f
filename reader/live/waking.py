"""Hearing from other processes that something happened, so that the hub looks at once.

What is heard is only a reason to look: the database has the events and their order. A message that
gets lost, as when a connection breaks, therefore delays the news and loses nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.conf import settings
from django.db import connection

from reader.events import CHANNEL

TRIES_AGAIN_AFTER = 1.0  # seconds
ASKS_EVERY = 30.0  # seconds: whether a silent connection is still there

log = logging.getLogger(__name__)
Wake = Callable[[int | None], None]


async def hear(wake: Wake) -> None:
    """Call ``wake`` with the numbers of documents in which something happened, for ever.

    Returns at once where nobody tells: the hub then looks by itself.
    """
    hearing: dict[str, Callable[[Wake], Awaitable[None]]] = {
        "postgresql": _hear_postgres,
        "redis": _hear_redis,
    }
    while settings.FANOUT in hearing:
        try:
            await hearing[settings.FANOUT](wake)
        except Exception as error:
            log.warning("live news come late until the connection is back: %s", error)
        await asyncio.sleep(TRIES_AGAIN_AFTER)


async def _hear_postgres(wake: Wake) -> None:
    from psycopg import AsyncConnection  # noqa: PLC0415 -- there only where PostgreSQL is used
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 -- likewise

    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if isinstance(value, str | int)
    }
    address = make_conninfo("", **parameters)
    # Beside the pool: a connection that listens is never given back.
    async with await AsyncConnection.connect(address, autocommit=True) as listening:
        await listening.execute(f"LISTEN {CHANNEL}")
        wake(None)  # what happened before it listened
        while True:
            async for notice in listening.notifies(timeout=ASKS_EVERY):
                wake(_number(notice.payload))
            await listening.execute("SELECT 1")


async def _hear_redis(wake: Wake) -> None:
    from redis.asyncio import Redis  # noqa: PLC0415 -- there only where Redis is used

    client = Redis.from_url(settings.REDIS_URL, health_check_interval=ASKS_EVERY)
    try:
        async with client.pubsub(ignore_subscribe_messages=True) as listening:
            await listening.subscribe(CHANNEL)
            wake(None)  # what happened before it listened
            while True:
                message = await listening.get_message(timeout=ASKS_EVERY)
                if message is not None:
                    wake(_number(message["data"]))
    finally:
        await client.aclose()


def _number(payload: str | bytes) -> int | None:
    try:
        return int(payload)
    except ValueError:  # somebody else's, on a server that is shared
        return None
