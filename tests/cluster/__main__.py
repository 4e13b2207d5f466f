"""``python -m tests.cluster``: a site on several servers on this machine, and what it promises."""

import argparse
import sys
import time
from collections.abc import Callable

from tests.cluster import checks
from tests.cluster.machines import missing_programs
from tests.cluster.site import Site, running


def main() -> int:
    """Run every check and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=250, help="writes of each of the 8 clients")
    each = parser.parse_args().each
    if missing := missing_programs():
        print(f"This machine lacks {', '.join(missing)}.", file=sys.stderr)
        return 2
    began = time.monotonic()
    with running(checks.CLIENTS + 1) as site:
        print(f"two app servers, PostgreSQL, replica, Redis, HAProxy: {_since(began)}")
        for name, check in _checks(each).items():
            began = time.monotonic()
            found = check(site)
            print(f"{name}: {found}  ({_since(began)})", flush=True)
    return 0


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def _checks(each: int) -> dict[str, Callable[[Site], str]]:
    return {
        "a write on one server, on open streams of the other": lambda site: (
            f"{checks.stream_hears(site) * 1000:.0f} ms at most, 10 writes, 2 streams"
        ),
        "connections to databases": checks.connections_are_nobody_elses,
        "signing in and out": checks.signed_in_everywhere,
        "limits": checks.limits_are_shared,
        "a replica that stands still": checks.late_replica,
        "a replica that dies": lambda site: f"{checks.dead_replica(site)} pages, no error",
        "app servers killed under load": lambda site: _load(checks.killed_servers(site, each)),
    }


def _load(load: checks.Load) -> str:
    return f"{len(load.taken)} writes taken, {load.tries} tries, none missing, none twice"


if __name__ == "__main__":
    sys.exit(main())
