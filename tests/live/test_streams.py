"""Streams of a running site: gapless, for whom they are, and no longer than that."""

import asyncio
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reader.live.hub import CHECKS_EVERY
from reader.live.news import MOST_BEHIND
from reader.live.streams import HEARTBEAT, WAITING, Stream
from reader.queries.sessions import NOBODY
from tests.bench import streams as bench
from tests.live.stream_client import Listener, open_all
from tests.live.stream_client import run as stream_run

SLUG = "streamed"
SOON = 15  # seconds, on a busy machine
SILENCE = 1.5  # seconds in which news would have come
PRELUDE = f"""
import django
django.setup()
from django.contrib.sessions.models import Session
from reader.actions.annotations import create_annotation
from reader.actions.sign_ins import end_sign_ins
from reader.models import *
from tests.factories import *
document = Document.objects.get(slug="{SLUG}")
writer = User.objects.get(username="writer")
"""
COOKIE = "sessionid="
SIGN_IN = """
from django.conf import settings
from django.test import Client
client = Client()
user = User.objects.filter(username={name!r}).first() or make_user({name!r})
client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
print(client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


class Running:
    """A site that runs in a process of its own."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self.url, self.environment = url, environment

    def run(self, code: str) -> str:
        """Run Python beside the site, on its database; return what it prints."""
        done = subprocess.run(  # noqa: S603 -- our own words, run by our own Python
            [sys.executable, "-c", PRELUDE + code],
            cwd=bench.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def sign_in(self, name: str) -> str:
        """Return the cookie of a new session."""
        return COOKIE + self.run(SIGN_IN.format(name=name))

    def write(self, events: int = 1, **fields: str) -> int:
        """Have somebody annotate; return the number of the last event."""
        made = f"for _n in range({events}): make_annotation(writer, document, **{fields!r})\n"
        last = "print(Document.objects.get(pk=document.pk).last_event)"
        return int(self.run(made + last))

    def listener(self, **options: Any) -> Listener:
        """Return a stream that is not open yet."""
        return Listener(self.url, f"/live/{SLUG}", **options)

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, Any]:
        """Return the status and the headers of an answer."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=SOON)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        connection.close()
        return answer.status, answer.headers


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with bench.running_server(str(tmp_path_factory.mktemp("streams"))) as (url, environment):
        yield Running(url, environment)


def test_two_hundred_streams_of_which_fifty_break_miss_and_double_nothing(site: Running) -> None:
    args = Namespace(streams=200, cuts=50, events=3, every=0.3)
    found = stream_run(bench.measure(site.url, site.environment, args))
    assert found["with_gaps_or_doubles"] == 0
    assert found["events"] == 6
    assert found["server_after"]["threads"] < 20
    assert found["server_after"]["threads"] - found["server_before"]["threads"] <= 4


def test_streams_begin_where_they_are_asked_to(site: Running) -> None:
    last = site.write(3)

    async def run() -> None:
        known = [site.listener(after=last - 2), site.listener(after=0)]
        unknown = Listener(site.url, f"/live/{SLUG}?after={last - 1}")
        now = site.listener()
        await open_all([*known, unknown, now])
        number = await asyncio.to_thread(site.write)
        for one in (*known, unknown, now):
            await one.until(number, SOON)
        assert known[0].numbers == [last - 1, last, number]
        assert known[1].numbers == list(range(1, number + 1))
        assert unknown.numbers == [last, number]
        assert now.numbers == [number]
        assert "x-accel-buffering: no" in now.headers
        assert "cache-control: no-store" in now.headers
        assert "access-control" not in now.headers

    stream_run(run())


def test_who_comes_from_the_future_or_from_long_ago_is_told_to_look_anew(site: Running) -> None:
    last = site.write()
    site.run(
        f"numbers = range({last + 1}, {last + MOST_BEHIND + 1})\n"
        "rows = [Event(document=document, name='other', number=number) for number in numbers]\n"
        "Event.objects.bulk_create(rows)\n"
        f"Document.objects.update(last_event={last + MOST_BEHIND})"
    )

    async def run() -> None:
        lost = [site.listener(after=last - 1), site.listener(after=10**9)]
        near = site.listener(after=last)
        await open_all([*lost, near])
        number = await asyncio.to_thread(site.write)
        for one in (*lost, near):
            await one.until(number, SOON)
        for one in lost:
            assert [kind for _number, kind, _data in one.heard] == ["reset", "message"]
        assert near.numbers == [number]
        for one in (*lost, near):
            one.close()

    stream_run(run())


def test_the_log_that_becomes_shorter_is_noticed(site: Running) -> None:
    last = site.write(2)

    async def run() -> None:
        stream = site.listener()
        await stream.open()
        undo = f"Event.objects.filter(number={last}).delete()\n"
        await asyncio.to_thread(site.run, f"{undo}Document.objects.update(last_event={last - 1})")
        await stream.until(last - 1, SOON)
        assert [kind for _number, kind, _data in stream.heard] == ["reset"]

    stream_run(run())


def test_private_notes_are_told_to_their_author_alone(site: Running) -> None:
    mine, theirs = site.sign_in("writer"), site.sign_in("somebody")

    async def run() -> None:
        author = site.listener(cookie=mine)
        others = [
            site.listener(cookie=theirs),
            site.listener(),
            site.listener(cookie="sessionid=x"),
        ]
        await open_all([author, *others])
        hidden = await asyncio.to_thread(lambda: site.write(visibility="private"))
        await author.until(hidden, SOON)
        shown = await asyncio.to_thread(site.write)
        for one in (author, *others):
            await one.until(shown, SOON)
        assert author.numbers == [hidden, shown]
        assert [one.numbers for one in others] == [[shown]] * len(others)
        for one in others:  # nor afterwards
            one.heard, one.last = [], hidden - 1
            await one.cut()
            await one.until(shown, SOON)
            assert one.numbers == [shown]

    stream_run(run())


@pytest.mark.parametrize(
    "end",
    [
        "Session.objects.filter(session_key={key!r}).delete()",
        "end_sign_ins(person=User.objects.get(username={name!r}))",
        "User.objects.filter(username={name!r}).update(is_active=False)",
        "User.objects.filter(username={name!r}).update(password='changed')",
        "DocumentRole.objects.all().delete(); Document.objects.update(is_published=False)",
    ],
    ids=[
        "signed out",
        "signed out everywhere",
        "closed account",
        "new password",
        "document taken back",
    ],
)
def test_streams_end_with_the_right_to_them(site: Running, end: str) -> None:
    name = f"ends{random.randrange(10**9)}"
    cookie = site.sign_in(name)
    code = end.format(name=name, key=cookie.removeprefix(COOKIE))

    async def run() -> None:
        stream = site.listener(cookie=cookie)
        await stream.open()
        await asyncio.to_thread(site.run, code)
        await asyncio.wait_for(stream.is_over.wait(), SOON)
        await stream.open()
        assert stream.status == (404 if "is_published" in code else 200)  # as anybody
        stream.close()

    try:
        stream_run(run())
    finally:
        site.run("Document.objects.update(is_published=True)")


GROUP = """
from reader.actions import groups
group, _new = Group.objects.get_or_create(name="Streamed", slug="streamed-group")
people = {name: User.objects.get(username=name) for name in ("writer", "joined")}
for name, person in people.items():
    Membership.objects.get_or_create(
        user=person, group=group, role="owner" if name == "writer" else "member"
    )
"""
FOR_GROUP = """
from reader.actions.wording import Wording
create_annotation(
    author=writer, document=document, motivation="commenting", wording=Wording("For us."),
    passage=passage_of(document, "A promise"), visibility="group",
    group=Group.objects.get(slug="streamed-group"),
)
print(Document.objects.get(pk=document.pk).last_event)
"""


@pytest.mark.parametrize(
    "end",
    [
        "groups.leave(person=people['joined'], group=group)",
        "groups.remove_member(moderator=people['writer'], person=people['joined'], group=group)",
    ],
    ids=["left", "removed"],
)
def test_who_is_out_of_a_group_hears_no_more_of_it(site: Running, end: str) -> None:
    cookie = site.sign_in("joined")
    site.run(GROUP)

    async def run() -> None:
        stream = site.listener(cookie=cookie)
        await stream.open()
        heard = int(await asyncio.to_thread(site.run, FOR_GROUP))
        await stream.until(heard, SOON)
        await asyncio.to_thread(site.run, GROUP + end)
        unheard = int(await asyncio.to_thread(site.run, FOR_GROUP))
        last = await asyncio.to_thread(site.write)
        await stream.until(last, SOON)
        assert unheard not in stream.numbers
        await stream.cut()  # nor when it comes back and asks from before
        assert unheard not in stream.numbers

    stream_run(run())


def test_who_is_suspended_goes_on_reading_and_nothing_else(site: Running) -> None:
    cookie = site.sign_in("suspended")
    suspend = (
        "from datetime import timedelta\n"
        "from django.utils import timezone\n"
        "from reader.actions.sanctions import sanction\n"
        "person = User.objects.get(username='suspended')\n"
        "sanction(moderator=promote(make_user(), 'admin'), person=person, act='suspend',"
        " reason='rules', until=timezone.now() + timedelta(days=1))\n"
    )

    async def run() -> None:
        stream = site.listener(cookie=cookie)
        await stream.open()
        await asyncio.to_thread(site.run, suspend)
        last = await asyncio.to_thread(site.write)
        await stream.until(last, SOON)
        assert not stream.is_over.is_set()
        await asyncio.to_thread(site.run, "User.objects.get(username='suspended').delete()")
        await asyncio.wait_for(stream.is_over.wait(), SOON)

    stream_run(run())


def test_what_is_taken_back_is_asked_for_often_enough() -> None:
    assert CHECKS_EVERY <= 4  # seconds, so that with a look a stream ends within five


def test_what_is_no_request_for_a_stream_is_refused(site: Running) -> None:
    assert site.ask(f"/live/{SLUG}", "POST")[0] == 405
    assert site.ask(f"/live/{SLUG}", "OPTIONS", Origin="https://elsewhere.example")[0] == 405
    assert site.ask(f"/live/{SLUG}", Sec_Fetch_Site="cross-site")[0] == 403
    assert site.ask(f"/live/{SLUG}", Host="elsewhere.example")[0] == 400
    for path in ("/live/", "/live/nope", "/live/%00", "/live/999999", f"/live/{SLUG}x/desk"):
        assert site.ask(path)[0] == 404, path
    for query in ("after=", "after=-1", "after=x", "after=1&after=2", "after=" + "9" * 40):
        assert site.ask(f"/live/{SLUG}?{query}")[0] == 200, query


@pytest.mark.long
def test_more_than_there_is_room_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTIL_STREAMS_PER_PERSON", "1")
    monkeypatch.setenv("POSTIL_STREAMS_PER_WORKER", "3")
    with bench.running_server(str(tmp_path)) as (url, environment):
        site = Running(url, environment)
        cookie = site.sign_in("writer")

        async def run() -> None:
            streams = [site.listener(cookie=cookie), site.listener(), site.listener()]
            await streams[0].open()
            status, headers = await asyncio.to_thread(
                lambda: site.ask(f"/live/{SLUG}", Cookie=cookie)
            )
            assert (status, headers["Retry-After"]) == (429, "60")
            await open_all(streams[1:])
            status, headers = await asyncio.to_thread(lambda: site.ask(f"/live/{SLUG}"))
            assert (status, headers["Retry-After"]) == (503, "10")
            streams[0].close()
            again = site.listener()
            for _try in range(50):
                await again.open()
                if again.status == 200:
                    break
                await asyncio.sleep(0.1)
            assert again.status == 200

        stream_run(run())


@pytest.mark.long
def test_a_server_that_stops_ends_its_streams_at_once(tmp_path: Path) -> None:
    with bench.running_server(str(tmp_path)) as (url, environment):
        site = Running(url, environment)

        async def run() -> float:
            stream = site.listener()
            await stream.open()
            began = time.monotonic()
            os.kill(bench.main_of(url), signal.SIGTERM)
            await asyncio.wait_for(stream.is_over.wait(), SOON)
            return time.monotonic() - began

        assert stream_run(run()) < 5  # not as long as it would wait for answers to be finished


def test_who_does_not_read_is_cut_off() -> None:
    async def run() -> None:
        slow, attentive = (Stream(NOBODY, "", 1, None) for _number in range(2))
        for _number in range(WAITING):
            slow.say(b"x")
        assert not slow.is_closing
        slow.say(b"one too many")
        assert slow.is_closing
        assert await slow.next() == b""

        attentive.say(b"a")
        attentive.say(b"b")
        assert await attentive.next() == b"ab"
        attentive.beat()
        assert await attentive.next() == HEARTBEAT
        attentive.beat()
        attentive.beat()  # the one before was not even taken
        assert attentive.is_closing

    stream_run(run())


def test_messages_are_names_and_numbers(site: Running) -> None:
    async def run() -> Any:
        stream = site.listener()
        await stream.open()
        number = await asyncio.to_thread(lambda: site.write(body="canary-body", words="A promise"))
        await stream.until(number, SOON)
        return stream.heard[-1][2]

    said = stream_run(run())
    assert set(said) == {"name", "refs", "uid", "about"}
    assert (said["name"], said["refs"], said["about"]) == (
        "annotation.created",
        ["p2"],
        [said["uid"]],
    )
    assert "canary" not in json.dumps(said)
