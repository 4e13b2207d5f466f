"""A site moves from SQLite to PostgreSQL with everything in it, or not at all."""

import datetime
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reader.management.row_values import holdable, sum_of
from tests.databases import own_database, postgres_url
from tests.odd_rows import HUGE
from tests.prepared import prepare

ROOT = Path(__file__).resolve().parents[1]
MAKE = """
import django
django.setup()
from reader.management import preparation
from reader.models import Group
from tests import odd_rows
preparation.migrate()
odd_rows.fill()
Group.objects.create(pk=7_000, slug="gone", name="Gone").delete()
"""
NEXT_GROUP = """
import django
django.setup()
from reader.models import Group
print(Group.objects.create(slug="new", name="New").pk)
"""
SPOIL = """
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.score = NEW.score * 0.9999999; RETURN NEW; END $$;
CREATE TRIGGER spoil BEFORE INSERT ON reader_anchor FOR EACH ROW EXECUTE FUNCTION spoil();
"""
WRITE = "INSERT INTO {} (name) VALUES (?)"
WRITTEN = "SELECT name FROM {} WHERE name LIKE 'written %'"
FIRST, LAST = "reader_tag", "auth_group"  # in the order in which they are copied


def run(folder: Path, *command: str, url: str = "") -> "subprocess.CompletedProcess[str]":
    surroundings = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": str(folder),
        "DATABASE_URL": url or f"sqlite:///{folder}/postil.sqlite3",
    }
    return subprocess.run(  # noqa: S603 -- ourselves
        [sys.executable, *command],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_site(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return run(folder, "manage.py", "copy_site", *words)


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    import psycopg  # noqa: PLC0415 -- there only where PostgreSQL is used

    with psycopg.connect(url) as connection:
        cursor = connection.execute(question.encode())
        while cursor.nextset():
            pass  # what counts is the last answer
        return cursor.fetchall()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site with the demo and odd rows in every table."""
    postgres_url()
    folder = tmp_path_factory.mktemp("made")
    prepare(folder, demo=True, pages=False)
    done = run(folder, "-c", MAKE)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "site"))


@pytest.fixture
def target() -> Iterator[str]:
    with own_database(postgres_url()) as url:
        yield url


class Writer(threading.Thread):
    """Writes two rows in each transaction, one into a table copied early, one into a late one."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.ended = threading.Event()
        self.written = 0

    def run(self) -> None:
        with sqlite3.connect(self.file, timeout=5) as connection:
            while not self.ended.wait(0.02):
                for table in (FIRST, LAST):
                    connection.execute(WRITE.format(table), [f"written {self.written}"])
                connection.commit()
                self.written += 1


@pytest.mark.postgres
def test_a_site_moves_while_it_is_written_to(site: Path, target: str) -> None:
    writer = Writer(site / "postil.sqlite3")
    writer.start()
    try:
        done = copy_site(site, target)
    finally:
        writer.ended.set()
        writer.join()
    assert done.returncode == 0, done.stdout + done.stderr
    # One moment of the source: either both rows of a transaction came along, or neither.
    written = {
        table: {name for (name,) in ask(target, WRITTEN.format(table))} for table in (FIRST, LAST)
    }
    assert written[FIRST] == written[LAST]
    assert written[FIRST] == {f"written {number}" for number in range(len(written[FIRST]))}
    assert 0 < len(written[FIRST]) < writer.written
    _compare(site, target)
    # Search answers there, and numbers that the source gave out are not given out again.
    assert ask(target, "SELECT 1 FROM reader_search_annotation WHERE words @@ 'eword' LIMIT 1")
    assert int(run(site, "-c", NEXT_GROUP, url=target).stdout) > 7_000

    again = copy_site(site, target)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    _compare(site, target)


def _compare(site: Path, target: str) -> None:
    """Look at both past Django: each keeps these values in a form of its own."""
    words = "SELECT id, uid, body, exact, start, created_at FROM reader_annotation ORDER BY id"
    with sqlite3.connect(site / "postil.sqlite3") as connection:
        here = connection.execute(words).fetchall()
        (data,) = connection.execute("SELECT data FROM reader_assent LIMIT 1").fetchone()
    there = ask(target, words)
    assert [row[:-1] for row in there] == [row[:-1] for row in here]
    assert [row[-1] for row in there] == [
        datetime.datetime.fromisoformat(row[-1]).replace(tzinfo=datetime.UTC) for row in here
    ]
    assert any(row[2] == HUGE for row in there)
    assert ask(target, "SELECT data FROM reader_assent LIMIT 1") == [(json.loads(data),)]


@pytest.mark.long
@pytest.mark.postgres
def test_what_cannot_be_copied_or_arrives_changed_undoes_the_copy(site: Path, target: str) -> None:
    with sqlite3.connect(site / "postil.sqlite3") as connection:
        connection.execute("UPDATE reader_tag SET name = 'a' || char(0) || 'b' WHERE id = 1")
        connection.execute("""UPDATE reader_event SET about = '["\\ud800"]' WHERE id = 1""")
    refused = copy_site(site, target)
    assert refused.returncode == 1
    assert "reader_tag, id 1" in refused.stderr
    assert ask(target, "SELECT COUNT(*) FROM reader_annotation") == [(0,)]

    ask(target, SPOIL + "SELECT 1")
    changed = copy_site(site, target, "--mend")
    assert changed.returncode == 1
    lines = [line.split() for line in changed.stdout.splitlines()]
    assert [line[0] for line in lines if "DIFFERENT" in line] == ["reader_anchor"]
    assert ask(target, "SELECT COUNT(*) FROM reader_annotation") == [(0,)]

    ask(target, "DROP TRIGGER spoil ON reader_anchor; SELECT 1")
    mended = copy_site(site, target, "--mend")
    assert mended.returncode == 0, mended.stderr
    assert "Mended: reader_event, id 1" in mended.stdout
    assert ask(target, "SELECT name FROM reader_tag WHERE id = 1") == [("a\ufffdb",)]
    assert ask(target, "SELECT about FROM reader_event WHERE id = 1") == [(["\ufffd"],)]


def test_sums_see_every_change_and_no_order() -> None:
    rows = [(1, "a", None, True), (2, "b", {"x": [1, 2.0]}, False)]
    assert sum_of(rows) == sum_of(rows[::-1])
    assert sum_of(rows) == sum_of([rows[0], (2, "b", {"x": [1.0, 2]}, False)])
    for other in (
        rows[:1],
        [*rows, rows[0]],
        [rows[0], rows[0], rows[1], rows[1]],
        [(1, "a", "", True), rows[1]],
        [(1, "a", None, 1), rows[1]],
        [("1", "a", None, True), rows[1]],
        [rows[0], (2, "b", {"x": [2, 1]}, False)],
    ):
        assert sum_of(other) != sum_of(rows)


def test_only_what_cannot_be_held_is_replaced() -> None:
    row = (1, "ю \U0001f58b", {"a": ["b", None, 1.5]})
    assert holdable(row) is row
    assert holdable((1, "\0", {"\0": ["\udfff"]})) == (1, "\ufffd", {"\ufffd": ["\ufffd"]})
