"""A Redis that a test has for itself."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.serving import free_port


@contextmanager
def own_redis(*words: str) -> Iterator[str]:
    """Start a Redis that is nobody else's, and stop it in the end."""
    from redis import Redis, RedisError  # noqa: PLC0415 -- there only where Redis is used

    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no redis-server")
        pytest.skip("there is no redis-server to test with")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 -- found above
        url = f"redis://127.0.0.1:{port}/0"
        client: Any = Redis.from_url(url)
        deadline = time.monotonic() + 10
        while True:
            try:
                client.ping()
                break
            except RedisError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        client.close()
        try:
            yield url
        finally:
            process.terminate()
