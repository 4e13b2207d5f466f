"""The clock is an hour ahead while people write, and is then set back under the running server.

Numbers order what happened, and go on without a gap. Nothing is lost, tokens and sessions stay
good, and nobody waits an hour for having written. What is dated is not put in order anew.
"""

import time
from pathlib import Path
from typing import Any

from tests.torture.killing import check
from tests.torture.site import Site
from tests.torture.writing import Writers

LIBRARIES = "*/faketime/libfaketime.so.1"
AHEAD, RIGHT = "+3600s", "+0s"
SEEN_WITHIN = 2.5  # seconds; processes look at the file every second
LIMIT = 3  # posts a minute


def library() -> Path | None:
    """Return the library that changes the time of a process; None where there is none."""
    return next(iter(sorted(Path("/usr/lib").glob(LIBRARIES))), None)


def settings(folder: Path) -> dict[str, str]:
    """Return environment variables with which a site takes its time from a file in the folder."""
    clock(folder, AHEAD)
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # nor does setting a real clock change that
        "POSTIL_POSTS_PER_MINUTE": str(LIMIT),
    }


def clock(folder: Path, moved: str) -> None:
    """Set it."""
    (folder / "clock").write_text(moved)


def set_back(site: Site, folder: Path) -> dict[str, Any]:
    """Run a site an hour ahead, set its clock right, and return what came of it.

    Args:
        site: one with :func:`settings`, which is filled and not running.
        folder: that of the settings.
    """
    site.start()
    try:
        ahead = _write(site, "ahead ")
        clock(folder, RIGHT)
        time.sleep(SEEN_WITHIN)
        right = _write(site, "right ")
    finally:
        site.kill()
    return {
        "ahead": check(site, ahead, all_written=True),
        "right": check(site, right, all_written=True),
    }


def run(folder: Path) -> dict[str, Any]:
    """Do it on a site of its own; return the figures."""
    if library() is None:
        return {"skipped": "there is no libfaketime on this machine (Debian: libfaketime)"}
    place = folder / "site"
    place.mkdir()
    surroundings = settings(folder)
    site = Site(place, "", surroundings)
    site.fill()
    return set_back(site, folder)


def _write(site: Site, mark: str) -> Writers:
    """Each of the eight writes as much as they may in a minute, and is not kept waiting."""
    writers = Writers(site, (LIMIT - 1) * len(site.people), mark=mark)
    writers.start()
    writers.finish()
    assert writers.answers[429] == 0, writers.answers
    return writers
