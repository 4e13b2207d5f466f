"""Publishing is killed in the middle: the edition before stays whole, and it can be done again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.prepared import prepare

ROOT = Path(__file__).resolve().parents[1]
HALFWAY = "halfway"

# Runs in a process of its own, on a database of its own: makes a site, publishes, looks.
SITE = f"""
import sys
import django
django.setup()
from django.core.management import call_command
from reader.actions import editions, publishing
from reader.actions.documents import About, import_document
from reader.models import Anchor, Edition, Event
from reader.queries import carrying

publishing.BATCH = 10  # so that there is a middle

def make():
    from tests.factories import make_annotation, make_user
    call_command("migrate", verbosity=0)
    paragraphs = [f"Paragraph {{n}} says that {{n}} is a number like any other." for n in range(60)]
    text = "\\n\\n".join(["A document", *paragraphs])
    first, _is_new = import_document(data=text.encode(), name="a.txt", about=About(slug="doc"))
    author = make_user("author")
    for n in range(60):
        make_annotation(author, first.document, f"{{n}} is a number")
    editions.add_draft(
        editor=None, document=first.document, name="b.txt",
        data=text.replace("any other", "every other").encode(),
    )

def wait_halfway(done, total):
    if done >= total // 2:
        print("{HALFWAY}", flush=True)
        sys.stdin.read()  # until killed

def publish(progress=None):
    draft = Edition.objects.select_related("document__current_edition").get(number=2)
    editions.publish_edition(editor=None, edition=draft, progress=progress)

def look():
    draft = Edition.objects.select_related("document__current_edition").get(number=2)
    print(
        draft.document.current_edition.number,
        draft.is_draft,
        Anchor.objects.filter(edition__number=1).count(),
        Anchor.objects.filter(edition=draft).count(),
        Event.objects.filter(name="edition.published").count(),
    )

steps = {{"make": make, "publish": publish, "look": look}}
steps["killed"] = lambda: publish(wait_halfway)
for step in sys.argv[1:]:
    steps[step]()
"""


def surroundings(url: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": str(folder),
        "POSTIL_POSTS_PER_MINUTE": "1000000",
    }


def run(env: dict[str, str], *steps: str) -> str:
    command = [sys.executable, "-c", SITE, *steps]
    done = subprocess.run(  # noqa: S603 -- ourselves
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def kill_halfway(env: dict[str, str]) -> None:
    command = [sys.executable, "-c", SITE, "killed"]
    with subprocess.Popen(  # noqa: S603 -- ourselves
        command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == HALFWAY
        process.kill()
        assert process.wait(timeout=30) == -signal.SIGKILL


def check(env: dict[str, str]) -> None:
    run(env, "make")
    assert run(env, "look") == "1 True 60 0 1"
    kill_halfway(env)
    assert run(env, "look") == "1 True 60 0 1"
    run(env, "publish")
    assert run(env, "look") == "2 False 60 60 2"


def test_killed_on_sqlite(tmp_path: Path) -> None:
    prepare(tmp_path, pages=False)
    prepare(tmp_path, pages=False)
    check(surroundings(f"sqlite:///{tmp_path}/postil.sqlite3", tmp_path))


@contextmanager
def postgres_database(url: str) -> Iterator[str]:
    """Make a database beside the one that is named, and take it away in the end."""
    import psycopg  # noqa: PLC0415 -- there only where PostgreSQL is used
    from psycopg import sql  # noqa: PLC0415 -- likewise

    name = f"postil_killed_{os.getpid()}"

    def execute(statement: str) -> Any:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    execute("CREATE DATABASE {}")
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        execute("DROP DATABASE {} WITH (FORCE)")


@pytest.mark.postgres
@pytest.mark.skipif(
    "POSTIL_TEST_POSTGRES_URL" not in os.environ, reason="POSTIL_TEST_POSTGRES_URL names none"
)
def test_killed_on_postgresql(tmp_path: Path) -> None:
    with postgres_database(os.environ["POSTIL_TEST_POSTGRES_URL"]) as url:
        check(surroundings(url, tmp_path))
