"""A backup is made while eight people write, restored, and compared row by row.

What it must be is one moment: everything that was acknowledged before it began, whole threads,
event numbers without a gap, and nothing that the site does not hold in the same words.
"""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.cluster.machines import ROOT, wait_until
from tests.torture.site import Site
from tests.torture.writing import Writers

UNFINISHED = ".postil-unfinished-*"
# Prints the rows of tables that only ever grow in this torture, by their keys.
ROWS = """
import json
import django
django.setup()
from django.core.serializers.json import DjangoJSONEncoder
from reader.models import Anchor, Annotation, Document, Event
made = {}
for model in (Annotation, Anchor, Event):
    made[model.__name__] = {row["id"]: row for row in model.objects.values()}
made["last"] = list(Document.objects.order_by("pk").values_list("last_event", flat=True))
print(json.dumps(made, cls=DjangoJSONEncoder))
"""
RACE = 0.6  # seconds after its beginning in which a process is killed


def rows_of(site: Site) -> dict[str, Any]:
    """Return what is in the site, by table and key."""
    found: dict[str, Any] = json.loads(site.run("-c", ROWS).splitlines()[-1])
    return found


def compare(restored: dict[str, Any], live: dict[str, Any]) -> dict[str, int]:
    """Compare a restored site with the one that went on; return how many rows are the same.

    Raises:
        AssertionError: a row is in one only that must be in both, or is another one.
    """
    same = {}
    for table in ("Annotation", "Anchor", "Event"):
        here, there = restored[table], live[table]
        other = [key for key, row in here.items() if there.get(key) != row]
        assert not other, (table, len(other), here[other[0]], there.get(other[0]))
        same[table] = len(here)
    numbers = sorted(row["number"] for row in restored["Event"].values())
    assert numbers == list(range(1, restored["last"][0] + 1))
    told = {
        uid
        for row in live["Event"].values()
        if row["number"] <= len(numbers)
        for uid in row["about"] or [row["subject"]]
    }
    uids = {row["uid"] for row in restored["Annotation"].values()}
    made = {row["uid"] for row in live["Annotation"].values()}
    assert uids == told & made, (len(uids), len(told & made))
    anchored = {row["annotation_id"] for row in restored["Anchor"].values()}
    assert anchored <= {row["id"] for row in restored["Annotation"].values()}
    return same


def restored_beside(site: Site, backup: Path, url: str) -> Site:
    """Restore a backup as a second site, which is not started, and return it."""
    folder = backup.with_suffix(".site")
    folder.mkdir()
    other = Site(folder, url, site.settings)
    other.run("manage.py", "restore", str(backup))
    return other


def run(
    folder: Path, *, writes: int, site: Site, databases: list[str], seed: int = 0
) -> dict[str, Any]:
    """Make a backup for each of the databases while people write, and restore each into its own.

    Args:
        folder: where the backups go.
        writes: how many annotations are written meanwhile.
        site: one that has been started.
        databases: empty ones of the site's own kind; an empty address: SQLite in a new folder.
        seed: of the moments at which backups are made.
    """
    dice = random.Random(seed)
    writers, made = Writers(site, writes), []
    moments = sorted(dice.randrange(writes // 10, writes * 2 // 3) for _one in databases)
    writers.start()
    try:
        for number, moment in enumerate(moments):
            writers.wait_for(moment)
            backup = folder / f"backup{number}.tar.gz"
            told, began = dict(writers.told), time.monotonic()
            site.run("manage.py", "backup", str(backup))
            made.append((backup, told, time.monotonic() - began, len(writers.told)))
        writers.finish()
    finally:
        writers.give_up()
    live, found = rows_of(site), []
    for (backup, told, seconds, after), url in zip(made, databases, strict=True):
        other = restored_beside(site, backup, url)
        here = rows_of(other)
        uids = {row["uid"] for row in here["Annotation"].values()}
        assert set(told.values()) <= uids, len(set(told.values()) - uids)
        assert other.look()["troubles"] == []
        figures = {"acknowledged_before": len(told), "acknowledged_after": after}
        found.append({**figures, "seconds": round(seconds, 1), "same_rows": compare(here, live)})
    return {"writes": writes, "backups": found}


def killed(site: Site, words: list[str], busy: Path, after: float) -> bool:
    """Run a command and kill it when it has begun; return whether it was still at it.

    Args:
        site: whose command.
        words: of the command.
        busy: the folder in which it does what is not finished.
        after: seconds after it has begun there.
    """
    surroundings = {**site.surroundings, "POSTIL_DATA_DIR": str(site.data)}
    with subprocess.Popen(  # noqa: S603 -- ourselves
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=surroundings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_until(lambda: any(busy.glob(UNFINISHED)) or process.poll() is not None, "its work")
        time.sleep(after)
        process.kill()
        return process.wait() == -signal.SIGKILL


def run_killed(site: Site, folder: Path, *, times: int, seed: int = 0) -> dict[str, Any]:
    """Kill backups and restores at random moments: no half backup, no half site.

    Args:
        site: one that is filled and not running.
        folder: where the backups go.
        times: how many of each.
        seed: of the moments.
    """
    dice = random.Random(seed)
    whole = folder / "whole.tar.gz"
    site.run("manage.py", "backup", str(whole))
    rows, hits = rows_of(site), {"backup": 0, "restore": 0}
    for number in range(times):
        file = folder / f"killed{number}.tar.gz"
        hits["backup"] += killed(site, ["backup", str(file)], folder, dice.uniform(0, RACE))
        if file.exists():  # it was done: then all of it is there
            site.run("manage.py", "restore", "--replace", str(file))
        words = ["restore", "--replace", str(whole)]
        hits["restore"] += killed(site, words, site.data, dice.uniform(0, 2 * RACE))
        assert rows_of(site) == rows
    assert site.look()["troubles"] == []
    site.run("manage.py", "backup", str(folder / "last.tar.gz"))
    site.run("manage.py", "restore", "--replace", str(folder / "last.tar.gz"))
    left = [*folder.glob(UNFINISHED), *site.data.glob(UNFINISHED)]
    assert left == []
    return {"times": times, "killed": hits}
