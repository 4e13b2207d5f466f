"""Empty and demo sites, prepared once in a run of the tests and copied to whoever needs one.

Tables, a demo and compressed files take fifteen seconds to make and a moment to copy. That a first
start makes them is tried where a first start is what is tried: ``tests/test_start.py``.
"""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = "POSTIL_TEST_PREPARED"  # the folder, known to all processes that run tests
MAKE = """
import sys
import django
django.setup()
from reader.management import preparation
what = sys.argv[1]
if what == "static":
    preparation.collect_static()
else:
    preparation.migrate()
if what == "demo":
    preparation.load_demo()
"""
DATABASE = "postil.sqlite3"


def open_place() -> Path | None:
    """Make the folder for this run of the tests; ``None`` in processes that share another's."""
    if PLACE in os.environ:
        return None
    place = Path(tempfile.mkdtemp(prefix="postil-prepared-"))
    os.environ[PLACE] = str(place)
    return place


def prepare(data: Path, *, demo: bool = False, pages: bool = True) -> None:
    """Have a site's folder be as after its first start, but for its secret key.

    Args:
        data: the site's folder; it has no database yet.
        demo: whether there are the speech, the demo people and their discussion.
        pages: whether there are the compressed static files.
    """
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_made("demo" if demo else "tables") / DATABASE, data / DATABASE)
    if pages:
        # Links: they are replaced, never written into.
        shutil.copytree(_made("static") / "static", data / "static", copy_function=os.link)


def _made(what: str) -> Path:
    """Return where it is, having made it if nobody has; the others wait for the first."""
    if place := open_place():  # outside a run of the tests
        atexit.register(shutil.rmtree, place)
    folder = Path(os.environ[PLACE]) / what
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            _make(what, folder)
            (folder / "made").touch()
    return folder


def _make(what: str, folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTIL_")}
    surroundings = {
        **kept,
        "DATABASE_URL": f"sqlite:///{folder}/{DATABASE}",
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": str(folder),
        "REDIS_URL": "",
    }
    command = [sys.executable, "-c", MAKE, what]
    done = subprocess.run(  # noqa: S603 -- ourselves
        command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    log = folder / f"{DATABASE}-wal"
    assert not log.exists() or not log.stat().st_size, "the copy would lack what is in the log"
