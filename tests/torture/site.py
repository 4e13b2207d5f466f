"""A site in processes of its own, with people who write, that is killed and started again."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.cluster.machines import ROOT, AppServer, wait_until
from tests.prepared import DATABASE, prepare

SLUG = "tortured"
STOPS_WITHIN = 30  # seconds
STARTS_WITHIN = 90  # seconds, on a machine that does other things too
MANY = "1000000000"
# A document, a thread, and people with a token and a session each.
FILL = """
import json, pathlib, sys
import django
django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from reader.management import preparation
from reader.queries.addresses import address_of
from tests import factories
from tests.api.hypothesis_client import token_for

preparation.migrate()
# Where nobody looks at pages: compressing what they need takes longer than all else.
stamp = pathlib.Path(settings.STATIC_ROOT) / preparation.STATIC_STAMP
if sys.argv[3] == "without pages":
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(preparation._static_state())
paragraphs = [f"Paragraph {n} says that {n} is a number like any other." for n in range(60)]
document = factories.make_document(*paragraphs, slug=sys.argv[2])
people = []
for number in range(int(sys.argv[1])):
    person = factories.make_user(f"writer{number}")
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    root = factories.make_annotation(person, document, f"{number} is a number")
    keys = {"token": token_for(person), "session": session.session_key, "root": root.uid}
    people.append({"username": person.username, **keys})
print(json.dumps({"address": address_of(document), "people": people}))
"""


@dataclass
class Site:
    """A site: its folder, its settings, its server, and who writes there."""

    folder: Path
    url: str  # of its database
    settings: dict[str, str] = field(default_factory=dict)
    people: list[dict[str, str]] = field(default_factory=list)
    address: str = ""  # of the document
    before: list[str] = field(default_factory=list)  # words of the command that starts it

    def __post_init__(self) -> None:
        self.server = AppServer(self.folder, "site", **self.surroundings)
        self.data = self.folder / "site"
        self.server.command = [*self.before, *self.server.command]

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment variables of the server and of every command beside it."""
        return {
            "DJANGO_SETTINGS_MODULE": "reader.settings",
            "DATABASE_URL": self.url or f"sqlite:///{self.folder}/site/postil.sqlite3",
            "POSTIL_SECRET_KEY": "a key for tests only, which protects nothing",
            "POSTIL_POSTS_PER_MINUTE": MANY,
            "POSTIL_API_WRITES_PER_MINUTE": MANY,
            "POSTIL_API_READS_PER_MINUTE": MANY,
            "REDIS_URL": "",
            **self.settings,
        }

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    def run(self, *words: str) -> str:
        """Run Python on the site's database, in a process beside the server; return its output."""
        done = self.try_to_run(*words)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def try_to_run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Do the same, whatever comes of it."""
        surroundings = {**os.environ, **self.surroundings, "POSTIL_DATA_DIR": str(self.data)}
        return subprocess.run(  # noqa: S603 -- ourselves
            [sys.executable, *words],
            cwd=ROOT,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )

    def fill(self, writers: int = 8, *, pages: bool = False) -> None:
        """Make the tables, unless they are there, a document, and people who will write.

        ``pages``: somebody will look at the site's pages too, for which its start takes longer.
        """
        if not self.url and not (self.data / DATABASE).exists():
            prepare(self.data, pages=pages)
        which = "with pages" if pages else "without pages"
        made = json.loads(self.run("-c", FILL, str(writers), SLUG, which).splitlines()[-1])
        self.people, self.address = made["people"], made["address"]

    def start(self) -> None:
        """Start the server; return when it can do its work."""
        self.server.start()
        self.wait()

    def wait(self) -> None:
        """Return when the server can do its work."""
        try:
            wait_until(self.is_ready, "the site", STARTS_WITHIN)
        except TimeoutError as error:
            raise RuntimeError(self.server.last_words()) from error

    def is_ready(self) -> bool:
        """Whether the site says that it can do its work."""
        return self.get("/readyz")[0] == 200

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Return the status and the body that an address answers with; 0 for no answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()

    def kill(self) -> None:
        """Kill the server, its workers and the courier at once (SIGKILL)."""
        self.server.kill()

    def processes(self) -> list[int]:
        """Return the ids of the server's processes: they are one group."""
        process = self.server._process
        assert process is not None
        pids = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]
        return [pid for pid in pids if _group_of(pid) == process.pid]

    def stop(self) -> None:
        """Stop the server as an operator does, and wait until it has."""
        process = self.server._process
        if process is not None:
            process.terminate()
            process.wait(STOPS_WITHIN)
        self.kill()

    def look(self) -> dict[str, Any]:
        """Return what is in the site, as :mod:`tests.torture.look` sees it."""
        found: dict[str, Any] = json.loads(self.run("-m", "tests.torture.look").splitlines()[-1])
        return found


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
