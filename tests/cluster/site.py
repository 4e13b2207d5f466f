"""A whole site on several servers, from nothing to the first answer, and away again."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.browser import Browser
from tests.cluster.machines import (
    ROOT,
    AppServer,
    Balancer,
    Postgres,
    Redis,
    wait_until,
)
from tests.serving import free_port

KEY = "a key that only servers of this cluster share, and nobody outside"
PASSWORD = "correct horse battery staple"
LAG = 8.0  # seconds behind, after which a replica is left alone
# A document, people with sessions, and a limit that is easily reached.
FILL = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from tests.factories import make_document, make_user
make_document(*[f"Paragraph {n} is a paragraph like any other." for n in range(40)], slug="doc")
sessions = []
for number in range(int(sys.argv[1])):
    person = make_user(f"person{number}")
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    sessions.append(session.session_key)
print(json.dumps(sessions))
"""


@dataclass
class Site:
    """What runs, and keys to the sessions of people who are signed in."""

    primary: Postgres
    replica: Postgres
    redis: Redis
    first: AppServer
    second: AppServer
    balancer: Balancer
    sessions: list[str]

    def browser(self, where: AppServer | Balancer, person: int | None = None) -> Browser:
        """Return a browser that talks to one server, or to the balancer; signed in or not."""
        browser = Browser(where.port)
        if person is not None:
            browser.cookies["sessionid"] = self.sessions[person]
        return browser

    def wait_for(self, server: AppServer | Balancer) -> None:
        """Return when it can do its work."""
        wait_until(lambda: Browser(server.port).get("/readyz").status == 200, "an app server")

    def wait_for_replica(self) -> None:
        """Return when the replica has all that is written now."""
        ((now,),) = self.primary.ask("SELECT pg_current_wal_insert_lsn()::text")
        behind = f"SELECT pg_last_wal_replay_lsn() >= '{now}'::pg_lsn"
        wait_until(lambda: self.replica.ask(behind) == [(True,)], "the replica")


@contextmanager
def running(people: int) -> Iterator[Site]:
    """Start everything, yield it, and take it away again.

    Args:
        people: how many are signed in.
    """
    folder = Path(tempfile.mkdtemp(prefix="postil-cluster-"))
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    ends = []
    try:
        primary, replica = Postgres(folder, "primary"), Postgres(folder, "replica")
        ends += [primary.kill, replica.kill]
        primary.make()
        primary.start()
        replica.follow(primary)
        replica.start()
        redis, port = Redis(folder), free_port()
        surroundings = {
            "DJANGO_SETTINGS_MODULE": "reader.settings",
            "DATABASE_URL": primary.url,
            "REPLICA_DATABASE_URL": replica.url,
            "REDIS_URL": redis.url,
            "POSTIL_URL": f"http://127.0.0.1:{port}",
            "POSTIL_SECRET_KEY": KEY,
            "POSTIL_TRUSTED_PROXIES": "0",
            "POSTIL_REPLICA_LAG": str(LAG),
            "POSTIL_POSTS_PER_MINUTE": "1000000",
            "POSTIL_TOKEN_REQUESTS_PER_MINUTE": "20",
        }
        first = AppServer(folder, "first", **surroundings)
        second = AppServer(folder, "second", **surroundings)
        balancer = Balancer(folder, port, [first.port, second.port])
        programs = [redis, first, second, balancer]
        ends += [program.kill for program in programs]
        redis.start()
        first.start()  # both at once: whoever comes first makes the tables
        second.start()
        balancer.start()
        site = Site(primary, replica, redis, first, second, balancer, [])
        try:
            for server in (first, second, balancer):
                site.wait_for(server)
        except TimeoutError as error:
            said = "\n".join(program.last_words() for program in programs)
            raise TimeoutError(f"{error}\n{said}") from error
        site.sessions = _fill({**surroundings, "POSTIL_DATA_DIR": str(folder)}, people)
        site.wait_for_replica()
        yield site
    finally:
        for end in reversed(ends):
            end()
        shutil.rmtree(folder, ignore_errors=True)


def _fill(surroundings: dict[str, str], people: int) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if "POSTIL" not in name}
    done = subprocess.run(  # noqa: S603 -- ourselves
        [sys.executable, "-c", FILL, str(people)],
        cwd=ROOT,
        env={**kept, **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sessions: list[str] = json.loads(done.stdout)
    return sessions
