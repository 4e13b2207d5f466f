"""Run the long forms: ``make torture``, or ``python -m tests.torture NAME``.

Figures go to standard output as JSON or, with ``--json FILE``, to a file. It ends with 1 at the
first thing that was lost, doubled or broken, and says what.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.torture import clocks, disk, killing, outages, restoring
from tests.torture.site import Site


def _kill(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    return killing.run(folder, runs=words.runs, writes=words.writes)


def _kill_full(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    settings = {"POSTIL_SQLITE_SYNCHRONOUS": "FULL"}
    return killing.run(folder, runs=1, writes=words.writes, **settings)


def _outages(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    return outages.run(folder, writes=words.writes, times=3)


def _disk(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    return disk.run(folder, writes=words.writes)


def _backup(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    site = Site(folder, "")
    site.fill()
    site.start()
    try:
        loaded = restoring.run(folder, writes=words.writes, site=site, databases=[""] * 3)
    finally:
        site.kill()
    backups = folder / "backups"
    backups.mkdir()
    return {"loaded": loaded, "killed": restoring.run_killed(site, backups, times=words.runs)}


def _clock(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    return clocks.run(folder)


TORTURES: dict[str, Callable[[Path, argparse.Namespace], dict[str, Any]]] = {
    "kill": _kill,
    "kill-synchronous": _kill_full,
    "outages": _outages,
    "disk": _disk,
    "backup": _backup,
    "clock": _clock,
}


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TORTURES))
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--writes", type=int, default=10_000)
    parser.add_argument("--json", type=Path, help="where the figures go")
    words = parser.parse_args()
    if unknown := set(words.names) - set(TORTURES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    result = {}
    for name in words.names or TORTURES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="postil-torture-") as folder:
            Path(folder).chmod(0o755)  # PostgreSQL's own user goes through it
            result[name] = TORTURES[name](Path(folder), words)
        sys.stderr.write(f"{name}: held, {time.monotonic() - began:.0f} s\n")
    text = json.dumps(result, indent=2)
    if words.json:
        words.json.write_text(f"{text}\n")
    else:
        sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
