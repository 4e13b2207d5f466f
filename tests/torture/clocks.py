"""The clock is an hour ahead while people write, and is then set back.

Numbers order what happened, and go on without a gap. Nothing is lost, tokens and sessions stay
good, and nobody waits an hour for having written. What is dated is not put in order anew.
"""

from pathlib import Path
from typing import Any

from tests.torture.killing import check
from tests.torture.site import Site
from tests.torture.writing import Writers

LIBRARIES = "*/faketime/libfaketime.so.1"
AHEAD = "+3600s"
LIMIT = 3  # posts a minute


def library() -> Path | None:
    """Return the library that changes the time of a process; None where there is none."""
    return next(iter(sorted(Path("/usr/lib").glob(LIBRARIES))), None)


def settings() -> dict[str, str]:
    """Return environment variables with which a site is an hour ahead."""
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME": AHEAD,
        "POSTIL_POSTS_PER_MINUTE": str(LIMIT),
    }


def set_back(site: Site) -> dict[str, Any]:
    """Run a site an hour ahead, then by the right clock, and return what came of it.

    Args:
        site: one with :func:`settings`, which is filled and not running.
    """
    try:
        site.start()
        ahead = _write(site, "ahead ")
        site.stop()
        for surroundings in (site.settings, site.server.surroundings):
            del surroundings["LD_PRELOAD"], surroundings["FAKETIME"]
        site.start()
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
    site = Site(folder, "", settings())
    site.fill()
    return set_back(site)


def _write(site: Site, mark: str) -> Writers:
    """Each of the eight writes as much as they may in a minute, and is not kept waiting."""
    writers = Writers(site, (LIMIT - 1) * len(site.people), mark=mark)
    writers.start()
    writers.finish()
    assert writers.answers[429] == 0, writers.answers
    return writers
