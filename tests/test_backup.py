"""A backup is one moment of the site, and comes back whole or not at all."""

import io
import json
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reader.management.archives import Unusable, unpack
from tests.databases import own_database, postgres_url
from tests.torture import restoring
from tests.torture.fixtures import copy_of, sqlite_site, tables_in
from tests.torture.site import Site

pytestmark = pytest.mark.usefixtures("django_db_setup")

CHANGE = """
import django
django.setup()
from reader.models import Annotation
Annotation.objects.update(body="Changed.")
"""


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Site:
    """A site of eight people, which is not running."""
    tables = tmp_path_factory.mktemp("tables") / "tables.sqlite3"
    with django_db_blocker.unblock():
        tables_in(tables)
    return sqlite_site(tmp_path_factory.mktemp("made"), tables)


@pytest.fixture
def site(made: Site, tmp_path: Path) -> Site:
    """A copy of it, which is not running, with a secret key in its folder."""
    copy = copy_of(made, tmp_path / "first", POSTIL_SECRET_KEY="")
    (copy.data / "secret_key").write_text("the key of the first site, long enough to be one")
    return copy


@pytest.fixture
def backup(site: Site, tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar.gz"
    site.run("manage.py", "backup", str(path))
    return path


def empty_site(folder: Path) -> Site:
    folder.mkdir()
    return Site(folder, "", {"POSTIL_SECRET_KEY": ""})


def refusal(site: Site, *words: str) -> str:
    """Return why a restore was refused; it touched nothing."""
    before = {file.name: file.read_bytes() for file in site.data.glob("postil.sqlite3*")}
    said = said_of_refusing(site, *words)
    assert {file.name: file.read_bytes() for file in site.data.glob("postil.sqlite3*")} == before
    return said


def said_of_refusing(site: Site, *words: str) -> str:
    done = site.try_to_run("manage.py", "restore", *words)
    assert done.returncode == 1, done.stdout
    assert "Nothing was restored." in done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(made: Site, tmp_path: Path) -> None:
    site = copy_of(made, tmp_path / "running")
    site.start()
    try:
        found = restoring.run(tmp_path, writes=120, site=site, databases=[""])
    finally:
        site.kill()
    (only,) = found["backups"]
    assert only["same_rows"]["Annotation"] > only["acknowledged_before"] > 0


@pytest.mark.long
@pytest.mark.postgres
def test_the_same_on_postgresql(tmp_path: Path) -> None:
    with own_database(postgres_url()) as url, own_database(url) as second:
        site = Site(tmp_path, url)
        site.fill()
        site.start()
        try:
            found = restoring.run(tmp_path, writes=60, site=site, databases=[second])
        finally:
            site.kill()
    assert found["backups"][0]["same_rows"]["Annotation"] > 0


def test_it_comes_back_with_its_key_and_only_its_owner_reads_it(
    site: Site, backup: Path, tmp_path: Path
) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    other = empty_site(tmp_path / "second")
    other.run("manage.py", "restore", str(backup))
    for name in ("secret_key", "postil.sqlite3"):
        assert (other.data / name).stat().st_mode & 0o777 == 0o600
    assert (other.data / "secret_key").read_text() == (site.data / "secret_key").read_text()
    assert restoring.rows_of(other) == restoring.rows_of(site)
    bare = tmp_path / "bare.tar.gz"
    site.run("manage.py", "backup", "--without-key", str(bare))
    with tarfile.open(bare) as archive:
        assert "secret_key" not in archive.getnames()


def test_nothing_is_overwritten_silently(site: Site, backup: Path) -> None:
    done = site.try_to_run("manage.py", "backup", str(backup))
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert "--replace" in refusal(site, str(backup))
    site.run("-c", CHANGE)
    changed = restoring.rows_of(site)
    (site.data / "secret_key").write_text("another key, which was made in the meantime, long")
    said = site.run("manage.py", "restore", "--replace", str(backup))
    (aside,) = site.data.glob("postil.sqlite3.before-*")
    (key,) = site.data.glob("secret_key.before-*")
    assert str(aside) in said
    assert key.read_text().startswith("another key")
    aside.replace(site.data / "postil.sqlite3")
    assert restoring.rows_of(site) == changed


def test_a_running_site_is_not_replaced(site: Site, backup: Path) -> None:
    rows = restoring.rows_of(site)
    site.start()
    try:
        # The running site opens files beside its database when it likes; the rows are what counts.
        assert "stop it first" in said_of_refusing(site, "--replace", str(backup))
        assert site.is_ready()
    finally:
        site.stop()
    assert restoring.rows_of(site) == rows
    site.run("manage.py", "restore", "--replace", str(backup))


def rewritten(backup: Path, path: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
    """Write an archive of the same files, each changed."""
    with tarfile.open(backup) as old, tarfile.open(path, "w:gz") as new:
        for entry in old:
            content = old.extractfile(entry)
            assert content is not None
            name, data = change(entry.name, content.read())
            made = tarfile.TarInfo(name)
            made.size = len(data)
            new.addfile(made, io.BytesIO(data))
    return path


def manifest_with(**fields: Any) -> Callable[[str, bytes], tuple[str, bytes]]:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        if name == "manifest.json":
            said = json.loads(data)
            data = json.dumps({**said, **{k: v(said[k]) for k, v in fields.items()}}).encode()
        return name, data

    return change


def damaged(backup: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield archives that are not what was made, and what is said of each."""
    data = backup.read_bytes()
    changes = {
        "cut": data[: len(data) // 2],
        # Many of them: a single bit may be one that means nothing.
        "flipped": data[: len(data) // 2]
        + bytes(byte ^ 1 for byte in data[len(data) // 2 : len(data) // 2 + 256])
        + data[len(data) // 2 + 256 :],
        "empty": b"",
        "other": b"not an archive at all",
    }
    for name, content in changes.items():
        (folder / name).write_bytes(content)
        yield "damaged", folder / name
    outside = rewritten(
        backup, folder / "outside", lambda n, d: (n.replace("secret", "../secret"), d)
    )
    yield "does not belong in it", outside
    other = rewritten(
        backup, folder / "key", lambda n, d: (n, d[:-1] + b"?" if n == "secret_key" else d)
    )
    yield "not what was put in", other
    later = manifest_with(format=lambda number: number + 1)
    yield "newer Postil", rewritten(backup, folder / "later", later)
    yield "There is no", folder / "missing"


def dishonest(backup: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield whole archives whose manifest does not tell what is in them, or that are too new."""
    fewer = manifest_with(
        tables=lambda tables: {**tables, "reader_user": [9, tables["reader_user"][1]]}
    )
    yield "reader_user", rewritten(backup, folder / "fewer", fewer)
    newer = manifest_with(migrations=lambda done: [*done, ["reader", "9999_from_the_future"]])
    yield "9999_from_the_future", rewritten(backup, folder / "newer", newer)


def test_what_is_damaged_is_refused_untouched(site: Site, backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    for reason, path in damaged(backup, folder):
        unpacked = tmp_path / f"unpacked-{path.name}"
        unpacked.mkdir()
        with pytest.raises(Unusable, match=reason):
            unpack(path, unpacked)
    for reason, path in dishonest(backup, folder):
        assert reason in refusal(site, "--replace", str(path))
    assert not list(site.data.glob(restoring.UNFINISHED))


def rows_as_of(site: Site, columns: dict[str, list[str]]) -> dict[str, list[Any]]:
    """Return the rows of these tables, as far as they have these columns."""
    with closing(sqlite3.connect(site.data / "postil.sqlite3")) as database:
        return {
            table: sorted(database.execute(f"SELECT {', '.join(names)} FROM {table}"), key=repr)  # noqa: S608 -- our own names
            for table, names in columns.items()
        }


def columns_of(site: Site) -> dict[str, list[str]]:
    with closing(sqlite3.connect(site.data / "postil.sqlite3")) as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = [name for (name,) in found if name.startswith("reader_")]
        kept = [name for name in names if not name.startswith(("reader_search", "reader_cache"))]
        return {
            name: [f'"{row[1]}"' for row in database.execute(f"PRAGMA table_info({name})")]
            for name in kept
        }


def test_a_full_site_of_an_older_postil_is_brought_up_to_date(site: Site, tmp_path: Path) -> None:
    site.run("manage.py", "migrate", "reader", "0004", "--verbosity=0")
    columns = columns_of(site)
    rows, old = rows_as_of(site, columns), tmp_path / "old.tar.gz"
    assert len(rows["reader_annotation"]) == len(rows["reader_anchor"]) == len(site.people)
    site.run("manage.py", "backup", str(old))
    other = empty_site(tmp_path / "second")
    assert "brought up to date" in other.run("manage.py", "restore", str(old))
    other.run("manage.py", "migrate", "--check")
    assert rows_as_of(other, columns) == rows
    assert other.look()["troubles"] == []


def test_killed_on_the_way_nothing_is_half_done(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    restoring.run_killed(site, folder, times=1)
