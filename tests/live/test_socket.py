"""Sockets of a running site: what they say, what they are told, and what they withstand."""

import asyncio
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import Site, running_demo

SOON = 30.0  # seconds in which news come, also on a busy machine
WITHIN = 30.0  # seconds in which what is taken back takes effect there
MANY = 500
TOKEN = """
from reader.models import User
from tests.api.hypothesis_client import token_for
print(token_for(User.objects.get(username={username!r})))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("POSTIL_SOCKETS_PER_ADDRESS", "1000")
        surroundings.setenv("POSTIL_API_WRITES_PER_MINUTE", "5000")
        with running_demo(tmp_path_factory.mktemp("site")) as running:
            yield running


@pytest.fixture(scope="module")
def tokens(site: Site) -> dict[str, str]:
    names = ("reader", "reviewer", "moderator", "admin")
    return {name: site.run(TOKEN.format(username=name)).strip() for name in names}


def ask(site: Site, method: str, path: str, token: str, data: Any = None, client: str = "") -> Any:
    """Ask the API, as a program that calls itself ``client``."""
    request = urllib.request.Request(  # noqa: S310 -- our own http address
        f"{site.url}/api/{path}",
        method=method,
        data=None if data is None else json.dumps(data).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-Client-Id": client,
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- as above
        return json.loads(answer.read() or b"null")


def write(site: Site, token: str, text: str, *, client: str = "", **fields: Any) -> str:
    """Annotate the speech through the API and return the id; public unless fields say otherwise."""
    quote = {"type": "TextQuoteSelector", "exact": "Dear compatriots", "prefix": "", "suffix": ""}
    data = {
        "uri": site.speech,
        "text": text,
        "group": "__world__",
        "permissions": {"read": ["group:__world__"]},
        "target": [{"source": site.speech, "selector": [quote]}],
        **fields,
    }
    made: str = ask(site, "POST", "annotations", token, data, client)["id"]
    return made


def address(site: Site, token: str = "") -> str:
    query = f"?access_token={token}" if token else ""
    return f"ws{site.url.removeprefix('http')}/ws{query}"


def filter_for(site: Site) -> str:
    clause = {"field": "/uri", "operator": "one_of", "value": [site.speech]}
    return json.dumps({"filter": {"match_policy": "include_any", "clauses": [clause]}})


@contextmanager
def listening(site: Site, token: str = "", client: str = "") -> Iterator[ClientConnection]:
    """Open a socket that hears of the speech."""
    with connect(address(site, token), max_queue=None) as socket:
        if client:
            socket.send(json.dumps({"messageType": "client_id", "value": client}))
        socket.send(filter_for(site))
        socket.send('{"type": "ping", "id": 7}')
        assert json.loads(socket.recv(SOON)) == {"type": "pong", "ok": True, "reply_to": 7}
        yield socket


def news(socket: ClientConnection, seconds: float = SOON, until: int = 0) -> list[Any]:
    """Return the (action, payload) that come in that time, or as many as are waited for."""
    found: list[Any] = []
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and (not until or len(found) < until):
        try:
            message = json.loads(socket.recv(left))
        except TimeoutError:
            break
        assert message["type"] == "annotation-notification"
        found += [(message["options"]["action"], one) for one in message["payload"]]
    return found


def test_who_is_there_is_said_to_who_asks(site: Site, tokens: dict[str, str]) -> None:
    for token, userid in (
        ("", None),
        ("nonsense", None),
        (tokens["reader"], "acct:reader@127.0.0.1"),
    ):
        with connect(address(site, token)) as socket:
            socket.send('{"type": "whoami", "id": 1}')
            answer = json.loads(socket.recv(SOON))
        expected = {"type": "whoyouare", "userid": userid, "ok": True, "reply_to": 1}
        assert answer == expected
        assert socket.close_code == 1000


@pytest.mark.parametrize("path", ["/", "/ws/", "/wss", "/api/", "/d/address-january-2022/"])
def test_other_addresses_are_no_sockets(site: Site, path: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(f"ws{site.url.removeprefix('http')}{path}"),
    ):
        pass
    assert refused.value.response.status_code == 404


def test_made_changed_and_deleted_are_told_to_others_and_not_to_the_sender(
    site: Site, tokens: dict[str, str]
) -> None:
    with (
        listening(site) as anybody,
        listening(site, tokens["reader"], "here") as sender,
        listening(site, tokens["reader"], "elsewhere") as other_window,
    ):
        uid = write(site, tokens["reader"], "first", client="here")
        made = news(anybody, until=1)
        ask(site, "PATCH", f"annotations/{uid}", tokens["reader"], {"text": "second"}, "here")
        changed = news(anybody, until=1)
        ask(site, "DELETE", f"annotations/{uid}", tokens["reader"], client="here")
        gone = news(anybody, until=1)
        assert [(action, one["id"], one["text"]) for action, one in made] == [
            ("create", uid, "first")
        ]
        assert [(action, one["text"]) for action, one in changed] == [("update", "second")]
        assert gone == [("delete", {"id": uid})]
        # It may be a look later, and then hears of what was deleted meanwhile only that.
        actions = [action for action, _one in news(other_window, 1.5)]
        assert actions in (["create", "update", "delete"], ["create", "delete"], ["delete"])
        assert news(sender, 0.7) == []


def test_a_token_that_may_not_read_hears_what_anybody_hears(site: Site) -> None:
    made = site.run(
        "from reader.models import User\n"
        "from tests.api.hypothesis_client import token_for\n"
        "print(token_for(User.objects.get(username='reader'), 'groups', 'write', 'moderate'))"
    )
    with connect(address(site, made.strip())) as socket:
        socket.send('{"type": "whoami", "id": 1}')
        assert json.loads(socket.recv(SOON))["userid"] is None


def test_private_words_are_told_to_their_author_alone(site: Site, tokens: dict[str, str]) -> None:
    with (
        listening(site) as anybody,
        listening(site, tokens["moderator"]) as moderator,
        listening(site, tokens["reader"]) as author,
    ):
        only_me = {"read": ["acct:reader@127.0.0.1"]}
        write(site, tokens["reader"], "canary-private", permissions=only_me)
        assert [one["text"] for _action, one in news(author, until=1)] == ["canary-private"]
        assert news(anybody, 0.7) == []
        assert news(moderator, 0.1) == []


def test_who_is_removed_from_a_group_hears_nothing_further(
    site: Site, tokens: dict[str, str]
) -> None:
    site.run(
        "from reader.models import *\n"
        "group = Group.objects.create(name='Listeners', slug='listeners')\n"
        "for name, role in (('reader', 'owner'), ('reviewer', 'member')):\n"
        "    user = User.objects.get(username=name)\n"
        "    Membership.objects.create(user=user, group=group, role=role)\n"
    )
    shared: dict[str, Any] = {"group": "listeners", "permissions": {"read": ["group:listeners"]}}
    with listening(site, tokens["reviewer"]) as member, listening(site) as anybody:
        write(site, tokens["reader"], "canary-group", **shared)
        assert [one["text"] for _action, one in news(member, until=1)] == ["canary-group"]
        site.run(
            "from reader.actions.groups import remove_member\n"
            "from reader.models import *\n"
            "users = User.objects.in_bulk(field_name='username')\n"
            "group = Group.objects.get(slug='listeners')\n"
            "remove_member(moderator=users['reader'], group=group, person=users['reviewer'])\n"
        )
        write(site, tokens["reader"], "canary-group-2", **shared)
        assert news(member, 1.0) == []
        assert news(anybody, 0.1) == []


def test_a_token_taken_back_closes_its_socket(site: Site) -> None:
    token = site.run(TOKEN.format(username="reader")).strip()
    with listening(site, token) as socket:
        site.run(
            "from reader.models import ApiToken\n"
            "from reader.queries.access import secret_hash\n"
            "from django.utils import timezone\n"
            f"mine = ApiToken.objects.filter(secret_sha256=secret_hash({token!r}))\n"
            "mine.update(revoked_at=timezone.now())\n"
        )
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):
            socket.recv(WITHIN)
        assert time.monotonic() - began < WITHIN
        assert socket.close_code == 4401


def test_four_writers_at_once_are_told_in_order_and_without_gaps(
    site: Site, tokens: dict[str, str]
) -> None:
    before = int(site.run("from reader.models import Event; print(Event.objects.count())"))
    with listening(site) as socket:

        def writes(name: str) -> None:
            for number in range(8):
                write(site, tokens[name], f"{name} {number}")

        with ThreadPoolExecutor(4) as writers:
            list(writers.map(writes, tokens))
        told = news(socket, until=32)
    events = site.run(
        "from reader.models import Event\n"
        f"rows = Event.objects.order_by('pk')[{before}:]\n"
        "print(' '.join(row.subject for row in rows if row.name == 'annotation.created'))"
    ).split()
    assert len(events) == 32
    assert [one["id"] for _action, one in told] == events


def test_who_does_not_read_holds_up_nobody(site: Site, tokens: dict[str, str]) -> None:
    with (
        connect(address(site), max_queue=1) as silent,
        listening(site, tokens["moderator"]) as attentive,
    ):
        silent.send(filter_for(site))
        for number in range(5):
            write(site, tokens["reader"], f"{number} " + "long " * 1_500)
        assert len(news(attentive, until=5)) == 5


@pytest.mark.parametrize("frame", ["{", "[]", b"\x00\xff", '{"filter": 3}', "\ud83d\ude00"])
def test_bad_frames_are_answered_and_the_socket_lives_on(site: Site, frame: str | bytes) -> None:
    if isinstance(frame, str):
        frame = frame.encode("utf-16", "surrogatepass").decode("utf-16")
    with connect(address(site)) as socket:
        socket.send(frame)
        assert json.loads(socket.recv(SOON))["error"]["type"] == "invalid_data"
        socket.send('{"type": "ping", "id": 2}')
        assert json.loads(socket.recv(SOON))["type"] == "pong"


def test_too_large_and_too_many_frames_close_the_socket(site: Site) -> None:
    for code, frames in ((1009, ["x" * 65_537]), (1008, ['{"type": "ping", "id": 1}'] * 61)):
        with connect(address(site)) as socket:
            for frame in frames:
                socket.send(frame)
            for _answer in range(len(frames) - 1):
                with suppress(ConnectionClosed):
                    socket.recv(SOON)
            with pytest.raises(ConnectionClosed):
                socket.recv(SOON)
            assert socket.close_code == code


def workers(site: Site) -> list[Path]:
    """Return the /proc folders of the processes that serve the site."""
    port = site.url.rpartition(":")[2].encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"start" in words and port in words:
            found.append(folder)
    return found


def threads(site: Site) -> int:
    return sum(len(list((folder / "task").iterdir())) for folder in workers(site))


def test_five_hundred_sockets_take_no_threads_and_all_hear_it(
    site: Site, tokens: dict[str, str]
) -> None:
    async def crowd() -> tuple[int, list[str]]:
        limit = asyncio.Semaphore(50)

        async def one() -> Any:
            async with limit:
                socket = await connect_async(address(site), open_timeout=30)
                await socket.send(filter_for(site))
                await socket.send('{"type": "ping", "id": 1}')
                await socket.recv()
                return socket

        sockets = await asyncio.gather(*(one() for _number in range(MANY)))
        running = threads(site)
        loop = asyncio.get_running_loop()
        writing = loop.run_in_executor(None, lambda: write(site, tokens["reader"], "to all"))
        heard = await asyncio.gather(*(asyncio.wait_for(one.recv(), 20) for one in sockets))
        await writing
        await asyncio.gather(*(one.close() for one in sockets))
        return running, [json.loads(message)["payload"][0]["text"] for message in heard]

    before = threads(site)
    running, heard = asyncio.run(crowd())
    assert heard == ["to all"] * MANY
    assert running <= before + 4
    assert threading.active_count() < 50
    with urllib.request.urlopen(f"{site.url}/readyz", timeout=10) as answer:  # noqa: S310 -- our own
        assert answer.status == 200
