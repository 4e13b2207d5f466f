"""What was acknowledged is there, once: short forms of ``make torture``."""

import os
import re
import sqlite3
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cluster.machines import missing_programs
from tests.databases import postgres_url
from tests.torture import clocks, disk, killing, outages
from tests.torture.fixtures import copy_of, sqlite_site, tables_in
from tests.torture.site import SLUG, Site

pytestmark = pytest.mark.usefixtures("django_db_setup")


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Site:
    """A site of eight people, which is not running."""
    tables = tmp_path_factory.mktemp("tables") / "tables.sqlite3"
    with django_db_blocker.unblock():
        tables_in(tables)
    return sqlite_site(tmp_path_factory.mktemp("made"), tables)


def test_a_killed_server_has_lost_nothing_it_acknowledged(made: Site, tmp_path: Path) -> None:
    site = copy_of(made, tmp_path / "site")
    site.start()
    try:
        found = killing.interrupted(site, 240, killing.kill_and_start)
    finally:
        site.kill()
    assert found["answers"].get("0", 0) > 0  # it was in the middle of something


def test_a_full_disk_and_a_locked_database_refuse_clearly(made: Site, tmp_path: Path) -> None:
    site = copy_of(made, tmp_path / "site", POSTIL_SQLITE_WAIT="0.2")
    site.start()
    try:
        found = disk.full(site, disk.Limited(), 60)
        assert found["answers"].get(503, 0) + found["answers"].get(507, 0) >= disk.REFUSALS
        disk.locked(site, 60, seconds=1)
        check_words_are_kept(site)
    finally:
        site.kill()


def check_words_are_kept(site: Site) -> None:
    """What could not be saved comes back in a form that saves it, once."""
    sent = {"motivation": "commenting", "ref": "p2", "exact": "", "body": "<b>Kept</b> & said."}
    sent |= {"visibility": "public", "client_key": "of-this-form"}
    with closing(sqlite3.connect(site.data / "postil.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, after, page = post(site, sent)
        other.execute("ROLLBACK")
    assert (status, after.isdecimal()) == (503, True)
    assert "&lt;b&gt;Kept&lt;/b&gt; &amp; said.</textarea>" in page
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert hidden == {name: value for name, value in sent.items() if name != "body"}
    assert {post(site, sent)[0] for _time in range(2)} == {302}
    assert len(site.look()["words"][sent["body"]]) == 1


def post(site: Site, sent: dict[str, str]) -> tuple[int, str, str]:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"sessionid={site.people[0]['session']}",
        "Origin": f"http://127.0.0.1:{site.port}",
    }
    with closing(connection):
        connection.request("POST", f"/d/{SLUG}/annotations/", urlencode(sent), headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Retry-After", ""), answer.read().decode()


def test_a_clock_that_is_set_back_breaks_nothing(made: Site, tmp_path: Path) -> None:
    if clocks.library() is None:
        reason = "there is no libfaketime on this machine (Debian: libfaketime)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    clocks.set_back(copy_of(made, tmp_path / "site", **clocks.settings()))


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.redis
def test_postgresql_and_redis_may_be_killed() -> None:
    postgres_url()  # without one there is no PostgreSQL to expect on this machine
    if {"redis-server", "postgresql"} & set(missing_programs()):
        pytest.skip("there is no PostgreSQL server or no Redis server to start and kill")
    # Not in pytest's own folder: PostgreSQL's user may not go through that.
    with TemporaryDirectory(prefix="postil-killed-") as folder:
        Path(folder).chmod(0o755)
        outages.run(Path(folder), writes=60, times=1, names=("postgresql", "redis"))
