"""Who reads from the replica, and what happens when it is late or gone.

The steps run in a process of their own, on a PostgreSQL server and a replica of their own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reader.web.replica import is_for_replica, position
from tests.cluster.machines import ROOT, Postgres, missing_programs

STEPS = """
import sys
import psycopg
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from reader.databases import read_from, reading_from
from reader.models import Document, Tag

call_command("migrate", verbosity=0)
from tests.factories import make_document
document = make_document(slug="doc")
from reader.web.replica import ReadingFromReplica, Watch, position
from reader.web.kept import KeptPages
from django.core.wsgi import get_wsgi_application

REPLICA = sys.argv[1]
watch = Watch(longest_lag=60.0)
application = ReadingFromReplica(KeptPages(get_wsgi_application()), watch)
watch._thread = object()  # it looks when told to, below

def ask_replica(question):
    with psycopg.connect(REPLICA, autocommit=True) as connection:
        return connection.execute(question).fetchone()

def catch_up():
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        (now,) = cursor.fetchone()
    while position(ask_replica("SELECT pg_last_wal_replay_lsn()::text")[0]) < position(now):
        pass
    watch.look()

def get(path="/", cookie="", method="GET"):
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": sys.stdin.buffer, "HTTP_HOST": "127.0.0.1", "HTTP_COOKIE": cookie,
        "HTTP_ORIGIN": "http://127.0.0.1", "HTTP_SEC_FETCH_SITE": "same-origin",
        "CONTENT_LENGTH": "0", "REMOTE_ADDR": "127.0.0.1",
    }
    started = []
    pieces = application(environ, lambda *start: started.extend(start))
    text = b"".join(pieces).decode()
    getattr(pieces, "close", lambda: None)()
    return int(started[0][:3]), dict(started[1]), text

def title(words):
    Document.objects.filter(pk=document.pk).update(title=words)

catch_up()
ask_replica("SELECT pg_wal_replay_pause()")
title("Only the primary knows")
assert "Only the primary knows" not in get()[2]
assert reading_from() == "replica"

# Somebody with a session, or with the mark of a write, reads what is newest.
assert "Only the primary knows" in get(cookie="sessionid=abc")[2]
status, headers, _text = get("/accounts/logout/", method="POST")
assert status == 302, status
mark = headers["Set-Cookie"].partition(";")[0]
assert mark.startswith("wrote=") and "HttpOnly" in headers["Set-Cookie"], headers
assert "Only the primary knows" in get(cookie=mark)[2]
assert reading_from() == "default"

# What the replica does not have is looked for on the primary.
Document.objects.filter(pk=document.pk).update(slug="new")
assert get("/d/new/")[0] == 200
Document.objects.filter(pk=document.pk).update(slug="doc")

# Writes, and reads in their transactions, never go to the replica.
read_from("replica")
with transaction.atomic():
    assert Document.objects.get().title == "Only the primary knows"
    Tag.objects.create(name="written")
assert Document.objects.select_for_update().db == "default"
assert Document.objects.get().title != "Only the primary knows"
try:
    with connections["replica"].cursor() as cursor:
        cursor.execute("INSERT INTO reader_tag (name) VALUES ('x')")
    raise SystemExit("the replica was written to")
except django.db.InternalError:
    pass

# Too late a replica is not read from.
watch._longest_lag = 0.0
watch.look()
assert "Only the primary knows" in get()[2]
watch._longest_lag = 60.0
watch.look()
assert "Only the primary knows" not in get()[2]

# It has caught up: whoever wrote may read from it again.
ask_replica("SELECT pg_wal_replay_resume()")
catch_up()
assert "Only the primary knows" in get(cookie=mark)[2]
assert reading_from() == "replica"

print("kill", flush=True)
sys.stdin.readline()
title("The replica is gone")
assert "The replica is gone" in get()[2]  # the first one to meet it
assert not watch.has(0)
print("start", flush=True)
sys.stdin.readline()
catch_up()
assert "The replica is gone" in get()[2]
assert reading_from() == "replica"
print("done")
"""


@pytest.fixture
def servers() -> Iterator[tuple[Postgres, Postgres]]:
    """Yield a PostgreSQL server and a replica of it."""
    missing = [name for name in missing_programs() if name in {"postgresql", "runuser"}]
    if missing:
        if os.environ.get("CI"):
            pytest.fail(f"there is no {missing[0]}")
        pytest.skip(f"there is no {missing[0]}")
    folder = Path(tempfile.mkdtemp(prefix="postil-replica-"))
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    primary, replica = Postgres(folder, "primary"), Postgres(folder, "replica")
    try:
        primary.make()
        primary.start()
        replica.follow(primary)
        replica.start()
        yield primary, replica
    finally:
        replica.kill()
        primary.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgres
def test_a_replica_late_gone_and_back(servers: tuple[Postgres, Postgres], tmp_path: Path) -> None:
    primary, replica = servers
    surroundings = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "POSTIL_DATA_DIR": str(tmp_path),
        "DATABASE_URL": primary.url,
        "REPLICA_DATABASE_URL": replica.url,
    }
    with subprocess.Popen(  # noqa: S603 -- ourselves
        [sys.executable, "-c", STEPS, replica.url],
        cwd=ROOT,
        env=surroundings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for word, act in (("kill", replica.kill), ("start", replica.start)):
            assert process.stdout.readline().strip() == word, process.stderr.read()
            act()
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.stdout.readline().strip() == "done", process.stderr.read()


READER = {"REQUEST_METHOD": "GET", "PATH_INFO": "/d/doc/"}


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "POST"},
        {"PATH_INFO": "/admin/"},
        {"PATH_INFO": "/accounts/login/"},
        {"PATH_INFO": "/api/annotations"},
        {"PATH_INFO": "/d/doc/export/"},
        {"PATH_INFO": "/d/doc/fresh/"},
        {"HTTP_AUTHORIZATION": "Bearer x"},
        {"HTTP_COOKIE": "tz=UTC; sessionid=x"},
        {"HTTP_HX_REQUEST": "true"},
        {"HTTP_SEC_FETCH_DEST": "empty"},
    ],
)
def test_what_is_asked_of_the_primary(changes: dict[str, Any]) -> None:
    assert is_for_replica(READER)
    assert is_for_replica({**READER, "HTTP_COOKIE": "tz=UTC", "HTTP_SEC_FETCH_DEST": "document"})
    assert not is_for_replica({**READER, **changes})


def test_positions_are_ordered_as_numbers() -> None:
    assert position("0/FFFFFFFF") < position("1/0") < position("10/0")
