"""What a start does before serving. Each step looks first whether there is anything to do."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from reader.actions.campaign_places import rebuild_campaigns
from reader.actions.demo import PASSWORD, SIGN_INS
from reader.actions.oauth import ensure_own_client
from reader.actions.people import set_up_roles
from reader.models import Document, User
from reader.search import index

PREPARING = 0x706F7374696C  # a number for a lock, which nobody else uses in this database
STATIC_STAMP = "postil-static.sha256"
# Files of packages that no page of ours asks for; compressing them would triple the first start.
UNUSED_STATIC = [
    "htmx-4*",
    "htmax-4*",
    "htmx-2.js",
    "ext",
    "gis",
    "select2.full.js",
    "*.map",
    "xregexp.js",
    "jquery.js",
]


class NotReady(Exception):
    """The site cannot be prepared; the message is one sentence for the operator."""


def migrate() -> bool:
    """Bring the database up to date; return whether anything had to be done."""
    with _one_at_a_time():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        set_up_roles()
        ensure_own_client()
        return True


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let app servers that start together wait for the first; the others find nothing to do."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])


def collect_static() -> bool:
    """Hash and compress the static files; return whether anything had changed since last time."""
    if static_is_current():
        return False
    state = _static_state()
    try:
        call_command(
            "collectstatic",
            verbosity=0,
            interactive=False,
            clear=True,
            ignore_patterns=UNUSED_STATIC,
        )
        _stamp().write_text(state)
    except OSError as error:
        reason = f"Postil cannot write in {settings.STATIC_ROOT} ({error.strerror})."
        raise NotReady(reason) from error
    return True


def static_is_current() -> bool:
    """Whether the static files are there, and those of this code."""
    stamp = _stamp()
    return stamp.exists() and stamp.read_text() == _static_state()


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / STATIC_STAMP


def _static_state() -> str:
    """Digest our own files, the versions of packages, and how the files are made."""
    digest = hashlib.sha256()
    for path in sorted(
        path for path in (settings.BASE_DIR / "static").rglob("*") if path.is_file()
    ):
        facts = path.stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    for name in ("requirements.txt", "reader/static_storage.py"):
        digest.update((settings.BASE_DIR / name).read_bytes())
    return digest.hexdigest()


def load_demo() -> bool:
    """Load the speech, the demo people and their discussion into a site where nothing is yet."""
    if User.objects.exists() or Document.objects.exists():
        return False
    fixtures = settings.BASE_DIR / "fixtures"
    call_command("loaddata", fixtures / "library.json", fixtures / "demo.json", verbosity=0)
    people = User.objects.filter(username__in=SIGN_INS, is_demo=True)
    people.update(password=make_password(PASSWORD))
    index.rebuild()  # the fixtures went past the actions
    for document in Document.objects.all():
        rebuild_campaigns(document)
    return True
