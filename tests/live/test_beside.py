"""How many read the same paragraph: counted while they do, of those who are signed in, unnamed."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test.utils import override_settings

from reader.live import beside, neighbours
from reader.live.beside import Beside
from reader.live.streams import Stream
from reader.queries.sessions import NOBODY, Seat
from tests.bench import streams as bench
from tests.databases import own_database, postgres_url
from tests.live.stream_client import Listener, open_all
from tests.live.stream_client import run as stream_run
from tests.live.test_fanout import redis_url, two_servers
from tests.live.test_streams import SILENCE, SLUG, SOON, Running

GUEST = """
from django.conf import settings
from django.test import Client
from reader.queries.sessions import GUEST_KEY
client = Client()
session = client.session
guest = User.objects.create(username="guest-beside", kind=User.Kind.GUEST)
session[GUEST_KEY] = guest.pk
session.save()
print(session.session_key)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with bench.running_server(str(tmp_path_factory.mktemp("beside"))) as (url, environment):
        yield Running(url, environment)


def reading(site: Running, ref: str, cookie: str = "", desk: str = "") -> Listener:
    """Return a stream of somebody at a paragraph, not open yet."""
    return Listener(site.url, f"/live/{SLUG}{desk}?at={ref}", cookie=cookie)


def test_readers_of_a_paragraph_are_counted_while_they_are_there(site: Running) -> None:
    cookies = [site.sign_in(f"beside{number}") for number in range(3)]

    async def run() -> None:
        first, second = reading(site, "p1", cookies[0]), reading(site, "p1", cookies[1])
        elsewhere = reading(site, "p2", cookies[2])
        twice = reading(site, "p1", cookies[0])  # the same person in another window
        nobody = reading(site, "p1")
        await open_all([first, second, elsewhere, twice, nobody])
        await first.until_here({"at": "p1", "n": 1}, SOON)
        await second.until_here({"at": "p1", "n": 1}, SOON)
        third = reading(site, "p1", cookies[2])
        await third.open()
        await third.until_here({"at": "p1", "n": 2}, SOON)
        await first.until_here({"at": "p1", "n": 2}, SOON)
        second.close()
        third.close()
        await first.until_here({"at": "p1", "n": 0}, SOON)
        assert elsewhere.here == nobody.here == []
        for one in (first, second, third):
            assert all(set(said) == {"at", "n"} for said in one.here)

    stream_run(run())


def test_guests_strangers_desks_and_nonsense_are_not_counted(site: Running) -> None:
    cookie, other = site.sign_in("counted"), site.sign_in("writer")
    guest = f"sessionid={site.run(GUEST)}"
    site.run("promote(writer, 'document:reviewer', document)")

    async def run() -> None:
        mine = reading(site, "p1", cookie)
        uncounted = [
            reading(site, "p1"),
            reading(site, "p1", guest),
            reading(site, "p1", "sessionid=x"),
            reading(site, "p1", other, desk="/desk"),
            reading(site, "p0", other),
            reading(site, "", other),
            reading(site, "%3Cscript%3E", other),
        ]
        await open_all([mine, *uncounted])
        await asyncio.sleep(SILENCE)
        assert mine.here == []
        assert [one.here for one in uncounted if {"at": "p1", "n": 1} in one.here] == []
        assert {one.status for one in uncounted} == {200}

    stream_run(run())


def test_who_is_signed_out_is_counted_no_more(site: Running) -> None:
    mine, theirs = site.sign_in("stays"), site.sign_in("leaves")

    async def run() -> None:
        stays, leaves = reading(site, "p2", mine), reading(site, "p2", theirs)
        await open_all([stays, leaves])
        await stays.until_here({"at": "p2", "n": 1}, SOON)
        code = "end_sign_ins(person=User.objects.get(username='leaves'))"
        await asyncio.to_thread(site.run, code)
        await stays.until_here({"at": "p2", "n": 0}, SOON)

    stream_run(run())


def count_through_both(sites: list[Running]) -> None:
    """See that people who are connected to two processes are counted together."""
    cookies = [sites[0].sign_in(name) for name in ("here", "there")]

    async def run() -> None:
        here, there = (
            reading(one, "p1", cookie) for one, cookie in zip(sites, cookies, strict=True)
        )
        await here.open()
        await there.open()  # which has not heard of the first yet
        await here.until_here({"at": "p1", "n": 1}, SOON)
        await there.until_here({"at": "p1", "n": 1}, SOON)
        there.close()
        await here.until_here({"at": "p1", "n": 0}, SOON)

    stream_run(run())


def test_processes_of_one_machine_tell_each_other(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/postil.sqlite3"
    with two_servers(tmp_path, DATABASE_URL=database, REDIS_URL="") as sites:
        count_through_both(sites)


@pytest.mark.redis
def test_processes_tell_each_other_through_redis(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/postil.sqlite3"
    with two_servers(tmp_path, DATABASE_URL=database, REDIS_URL=redis_url()) as sites:
        assert list((tmp_path / "live").glob("*.sock")) == [], "through Redis alone"
        count_through_both(sites)


@pytest.mark.postgres
def test_processes_tell_each_other_through_postgresql(tmp_path: Path) -> None:
    with (
        own_database(postgres_url()) as url,
        two_servers(tmp_path, DATABASE_URL=url, REDIS_URL="") as sites,
    ):
        count_through_both(sites)


def test_a_stream_of_nobody_in_particular_is_nowhere() -> None:
    assert Stream(NOBODY, "", 1, None, at="p1").at == ""
    assert Stream(Seat(3, "of a guest"), "", 1, None, at="p1").at == ""
    assert Stream(Seat(3, "session", "proof"), "", 1, None, at="p1").at == "p1"


def test_workers_add_up_what_they_hear(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Beside(), Beside()
    for said in one.note({7: frozenset({(1, "p1"), (2, "p1")})}):
        other.hear(said)
        one.hear(said)  # which comes back to oneself
    other.note({7: frozenset({(2, "p1"), (3, "p2")})})
    assert other.count([7, 8]) == {7: {"p1": 2, "p2": 1}, 8: {}}
    assert one.count([7]) == {7: {"p1": 2}}
    for nonsense in ("", "[]", "{}", "x", '{"from": 1, "document": "x", "places": [[]]}'):
        other.hear(nonsense)
    assert other.count([7]) == {7: {"p1": 2, "p2": 1}}
    for said in one.note({}):
        other.hear(said)
    assert other.count([7]) == {7: {"p1": 1, "p2": 1}}

    for said in one.note({7: frozenset({(1, "p1")})}):
        other.hear(said)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + beside.FORGETS_AFTER + 1)
    other.note({})  # the first was killed and could not say that it ended
    assert other.count([7]) == {7: {}}


def test_what_workers_tell_each_other_fits_into_a_message() -> None:
    crowd = frozenset((10**9 + number, "p1234567") for number in range(1_000))
    (said,) = Beside().note({10**9: crowd})
    assert len(said.encode()) < 8_000  # what PostgreSQL takes
    assert len(json.loads(said)["places"]) == beside.MOST_TOLD


def test_a_worker_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    async def run() -> list[str]:
        heard: list[str] = []
        came = asyncio.Event()

        def hear(said: str) -> None:
            heard.append(said)
            came.set()

        (tmp_path / "live").mkdir()
        (tmp_path / "live" / "gone.sock").touch()
        listening = asyncio.create_task(neighbours.listen(hear))
        while len(list((tmp_path / "live").iterdir())) == 1:
            await asyncio.sleep(0.01)
        neighbours.say(["one", "two"])
        await asyncio.wait_for(came.wait(), SOON)
        listening.cancel()
        return heard

    with override_settings(DATA_DIR=tmp_path):
        assert asyncio.run(run())[0] == "one"
        assert not (tmp_path / "live" / "gone.sock").exists()
