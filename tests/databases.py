"""PostgreSQL databases that a test has for itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

_numbers = count(1)


def postgres_url() -> str:
    """Return the server to test with; without one the test is skipped, under CI it fails."""
    url = os.environ.get("POSTIL_TEST_POSTGRES_URL", "")
    if not url:
        if os.environ.get("CI"):
            pytest.fail("POSTIL_TEST_POSTGRES_URL names no server")
        pytest.skip("POSTIL_TEST_POSTGRES_URL names no server to test with")
    return url


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """Make a database beside the one that is named, and take it away in the end."""
    import psycopg  # noqa: PLC0415 -- there only where PostgreSQL is used
    from psycopg import sql  # noqa: PLC0415 -- likewise

    name = f"postil_own_{os.getpid()}_{next(_numbers)}"

    def execute(statement: str) -> Any:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    execute("CREATE DATABASE {}")
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        execute("DROP DATABASE {} WITH (FORCE)")
