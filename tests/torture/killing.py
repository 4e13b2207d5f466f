"""The server is killed (SIGKILL) while eight people write, and started again.

What was acknowledged is there, once; what was not is sent again with the same key and is then
there once. The site starts by itself.
"""

import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.torture.site import Site
from tests.torture.writing import Writers

JUST_AFTER = 0.05  # seconds; so much later than a round number of writes it may happen


def check(site: Site, writers: Writers, *, all_written: bool) -> dict[str, Any]:
    """Compare what people were told with what is there; return the figures.

    Raises:
        AssertionError: something acknowledged is not there, or there twice, or in disorder.
    """
    told, found, begin = dict(writers.told), site.look(), f"Write {writers.mark}"
    ours = {words: uids for words, uids in found["words"].items() if words.startswith(begin)}
    lost = [words for words, uid in told.items() if uid not in ours.get(words, [])]
    doubled = [words for words, uids in ours.items() if len(uids) > 1]
    figures = {
        "acknowledged": len(told),
        "there": len(ours),
        "lost": len(lost),
        "doubled": len(doubled),
        "troubles": found["troubles"],
    }
    assert not lost, (figures, lost[:3])
    assert not doubled, (figures, doubled[:3])
    assert not found["troubles"], figures
    if all_written:
        assert len(ours) == len(told) == writers.writes, figures
    return figures


def interrupted(
    site: Site, writes: int, interrupt: Callable[[Site], None], *, times: int = 1, seed: int = 0
) -> dict[str, Any]:
    """Have people write, and do something to the site at random moments meanwhile.

    Args:
        site: one that has been started.
        writes: how many annotations.
        interrupt: what is done; when it returns the site works again.
        times: how often.
        seed: of the moments.
    """
    dice = random.Random(seed)
    moments = sorted(dice.randrange(writes // 20, writes * 9 // 10) for _time in range(times))
    writers, began, rounds = Writers(site, writes), time.monotonic(), []
    writers.start()
    try:
        for moment in moments:
            writers.wait_for(moment)
            time.sleep(dice.uniform(0, JUST_AFTER))
            writers.may_retry.clear()
            struck = time.monotonic()
            interrupt(site)
            rounds.append({"down_s": round(time.monotonic() - struck, 2)})
            rounds[-1] |= check(site, writers, all_written=False)
            writers.may_retry.set()
        writers.finish()
    finally:
        writers.give_up()
    seconds = time.monotonic() - began
    return {
        "writes": writes,
        "rounds": rounds,
        "end": check(site, writers, all_written=True),
        "answers": {str(status): n for status, n in sorted(writers.answers.items())},
        "slowest_s": round(writers.slowest, 2),
        "seconds": round(seconds, 1),
    }


def kill_and_start(site: Site) -> None:
    """Kill all of the site's processes and start it again, with no step between."""
    site.kill()
    site.start()


def run(folder: Path, *, runs: int, writes: int, url: str = "", **settings: str) -> dict[str, Any]:
    """Do it several times, each on a site of its own; return the figures.

    Args:
        folder: where they are made, one after the other.
        runs: how many.
        writes: annotations in each.
        url: an empty PostgreSQL database for each run, with ``{}`` for its number; else SQLite.
        settings: further environment variables of the sites.
    """
    done = []
    for number in range(runs):
        place = folder / f"run{number}"
        place.mkdir()
        site = Site(place, url.format(number), settings)
        site.fill()
        site.start()
        try:
            done.append(interrupted(site, writes, kill_and_start, seed=number))
        finally:
            site.kill()
        shutil.rmtree(place)
        # A long run that is cut off has shown this much.
        sys.stderr.write(f"run {number}: {done[-1]['end']}, {done[-1]['seconds']} s\n")
    ends = [one["end"] for one in done]
    return {
        "runs": runs,
        "acknowledged": sum(one["acknowledged"] for one in ends),
        "lost": 0,
        "doubled": 0,
        "seconds_each": [one["seconds"] for one in done],
        "each": done,
    }
