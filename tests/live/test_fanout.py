"""What is written through one process is told by another, on PostgreSQL and with Redis."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.bench import streams as bench
from tests.databases import own_database, postgres_url
from tests.live.stream_client import Listener, open_all
from tests.live.stream_client import run as stream_run
from tests.live.test_streams import SLUG, SOON, Running
from tests.serving import free_port

# Nobody looks by themselves: what is told was heard.
ONLY_WOKEN = "import django; django.setup(); from reader.live import hub; hub.CHECKS_EVERY = 3600\n"


def redis_url() -> str:
    """Return the Redis to test with; without one the test is skipped, under CI it fails."""
    url = os.environ.get("POSTIL_TEST_REDIS_URL", "")
    if not url:
        if os.environ.get("CI"):
            pytest.fail("POSTIL_TEST_REDIS_URL names no server")
        pytest.skip("POSTIL_TEST_REDIS_URL names no server to test with")
    return url


@contextmanager
def two_servers(folder: Path, **surroundings: str) -> Iterator[list[Running]]:
    """Run two processes on one database."""
    with ExitStack() as stack:
        found = []
        for _number in range(2):
            server = bench.running_server(str(folder), ONLY_WOKEN, **surroundings)
            found.append(Running(*stack.enter_context(server)))
        yield found


def hear_through_both(sites: list[Running], cut: str) -> None:
    """See that both tell what a third process writes, also after what wakes them was cut."""

    async def run() -> None:
        listeners = [Listener(site.url, f"/live/{SLUG}", after=0) for site in sites for _n in "ab"]
        await open_all(listeners)
        # What wakes them may begin to listen after the streams; it looks once when it does.
        for code in ("", "", cut, ""):
            if code:
                await asyncio.to_thread(sites[0].run, code)
            number = await asyncio.to_thread(sites[1].write, 3)
            for one in listeners:
                await one.until(number, SOON)
                assert one.numbers == list(range(1, number + 1))
        for one in listeners:
            one.close()

    stream_run(run())


@pytest.mark.postgres
def test_postgresql_wakes_the_processes(tmp_path: Path) -> None:
    cut = (
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        '    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
        " WHERE query LIKE 'LISTEN%' AND datname = current_database()\")\n"
        "    assert cursor.rowcount == 2\n"
    )
    with (
        own_database(postgres_url()) as url,
        two_servers(tmp_path, DATABASE_URL=url, REDIS_URL="") as sites,
    ):
        hear_through_both(sites, cut)


@pytest.mark.redis
def test_redis_wakes_the_processes(tmp_path: Path) -> None:
    cut = (
        "from django.conf import settings\n"
        "from redis import Redis\n"
        "assert Redis.from_url(settings.REDIS_URL).client_kill_filter(_type='pubsub') >= 2\n"
    )
    database = f"sqlite:///{tmp_path}/postil.sqlite3"
    with two_servers(tmp_path, DATABASE_URL=database, REDIS_URL=redis_url()) as sites:
        hear_through_both(sites, cut)


def test_a_write_does_not_fail_with_redis(tmp_path: Path) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with bench.running_server(str(tmp_path)) as (url, environment):
        site = Running(url, {**environment, "REDIS_URL": nobody, "POSTIL_POSTS_PER_MINUTE": "0"})
        number = site.run(
            "from reader import events\n"
            "from django.db import transaction\n"
            "for _number in range(2):\n"
            "    with transaction.atomic():\n"
            "        events.record(document, 'edition.published')\n"
            "print(Document.objects.get().last_event)"
        )
        assert int(number) == 3
