"""Redis, where there is one: the caches, and the word to other processes."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from reader.management.doctor import Finding, fail, ok, one_line, warn

ANSWERS_WITHIN = 3.0  # seconds


def redis() -> Iterator[Finding]:
    """Look at whether it answers, and what it throws away when it is full."""
    if not settings.REDIS_URL:
        return
    from redis import Redis, RedisError  # noqa: PLC0415 -- there only where Redis is used

    wait = ANSWERS_WITHIN
    client: Any = Redis.from_url(
        settings.REDIS_URL, socket_timeout=wait, socket_connect_timeout=wait
    )
    try:
        client.ping()
        about = client.info("memory")
    except RedisError as error:
        yield fail("Redis", f"It does not answer: mend REDIS_URL ({one_line(error)}).")
        return
    finally:
        client.close()
    policy = about.get("maxmemory_policy", "")
    if policy == "noeviction" or not about.get("maxmemory"):
        yield ok("Redis", "It answers, and forgets nothing before its time.")
    else:
        # Limits have an end of their own, so that also `volatile-*` throws them away.
        yield warn(
            "Redis",
            f"It throws away by {policy} when it is full, and with it the limits on signing in:"
            " set maxmemory-policy to noeviction and maxmemory to more than it uses.",
        )


CHECKS = [redis]
