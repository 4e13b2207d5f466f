"""Measure the review desk, the map and the search: ``make bench-review``.

A document of 2,000 paragraphs, 20,000 threads and 100,000 replies on a scratch SQLite site, served
as ``make serve`` serves it; several people ask at once, each on a connection of their own, one
request after the other. The floor is the same server answering the same bytes from memory, asked
by as many. A table goes to standard error, the figures as JSON to standard output.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django

from tests.bench.hosting import SURROUNDINGS

USERS = 4
SECONDS = 8.0
FLOOR_SECONDS = 2.0
HEAD = "page                        median ms   p95 ms   CPU ms  requests/s  kB sent  floor median"


def main() -> None:
    """Make the site unless it is there, measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reviewing", description=__doc__)
    parser.add_argument("--paragraphs", type=int, default=2_000)
    parser.add_argument("--threads", type=int, default=20_000)
    parser.add_argument("--replies", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--keep", type=Path, help="keep the site in this folder, and use it again")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        result = measure(folder, options)
    print(table(result), file=sys.stderr)
    text = json.dumps(result, indent=2)
    if options.json:
        options.json.write_text(f"{text}\n", encoding="utf-8")
    else:
        print(text)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return what each kind of page costs, and what it was measured on."""
    os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=str(folder))
    os.environ["DATABASE_URL"] = f"sqlite:///{folder}/postil.sqlite3"
    django.setup()
    from reader.models import Document, User  # noqa: PLC0415 -- needs Django set up
    from tests.bench import large_discussion  # noqa: PLC0415 -- likewise
    from tests.bench.measuring import session_cookie  # noqa: PLC0415 -- likewise
    from tests.bench.site import running_site  # noqa: PLC0415 -- likewise

    if not (folder / "postil.sqlite3").exists():
        large_discussion.make(options.paragraphs, options.threads, options.replies)
    document = Document.objects.get(slug=large_discussion.SLUG)
    reviewer = User.objects.get(username=large_discussion.REVIEWER)
    cookie = session_cookie(reviewer)
    rows = []
    with running_site() as site:
        for name, paths in addresses(document).items():
            rows.append(_row(site, folder, name, paths, cookie, options.users))
    return {"users": options.users, "counts": large_discussion.counts(), "pages": rows}


def addresses(document: Any) -> dict[str, Sequence[str]]:
    """Return the addresses of each kind that the users go through, over and over."""
    base = f"/d/{document.slug}"
    places = [f"p{number}" for number in range(1, 2_000, 97)]
    return {
        "desk": [f"{base}/review/?at={ref}" for ref in places],
        "desk, undecided": [f"{base}/review/?state=undecided&at={ref}" for ref in places],
        "desk, contested": [f"{base}/review/?contested=on&at={ref}" for ref in places],
        "desk, a tag": [f"{base}/review/?tag=law&at={ref}" for ref in places],
        "map": [f"{base}/map/"],
        "map, later pages": [f"{base}/map/?page={number}" for number in range(1, 20)],
        "responses": [f"{base}/responses/?page={number}" for number in range(1, 200, 13)],
        "search, a word": [f"{base}/search/?q={word}" for word in ("law", "promise", "source")],
        "search, filtered": [f"{base}/search/?q=is:undecided+promise", f"{base}/search/?q=tag:law"],
        "paragraph": [f"{base}/{ref}/" for ref in places],
    }


def _row(
    site: Any, folder: Path, name: str, paths: Sequence[str], cookie: str, users: int
) -> dict[str, Any]:
    """Measure one kind of page, and the floor: the last body, from memory."""
    from tests.bench.urls import FLOOR_FOLDER  # noqa: PLC0415 -- needs Django set up

    ask_together(site, paths, cookie, users, 1.0)  # warm
    page = ask_together(site, paths, cookie, users, SECONDS)
    floor_folder = folder / FLOOR_FOLDER
    floor_folder.mkdir(exist_ok=True)
    floor_name = "".join(char if char.isalpha() else "-" for char in name)
    (floor_folder / floor_name).write_bytes(page.pop("body"))
    floor = ask_together(site, [f"/floor/{floor_name}/"], cookie, users, FLOOR_SECONDS)
    floor.pop("body")
    return {"name": name, "page": page, "floor": floor}


def ask_together(
    site: Any, paths: Sequence[str], cookie: str, users: int, seconds: float
) -> dict[str, Any]:
    """Let several users ask at once for some seconds, and return what it cost."""
    waited: list[float] = []
    bodies: list[bytes] = []
    failures: list[Exception] = []

    def user(number: int) -> None:
        try:
            times, body = site.ask_for(paths[number % len(paths) :] or paths, seconds, cookie)
        except Exception as error:
            failures.append(error)
            return
        waited.extend(times)
        bodies.append(body)

    cpu, began = site.cpu_seconds(), time.perf_counter()
    threads = [threading.Thread(target=user, args=[number]) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    took = time.perf_counter() - began
    return {
        "median_ms": statistics.median(waited),
        "p95_ms": statistics.quantiles(waited, n=20)[-1],
        "cpu_ms": (site.cpu_seconds() - cpu) * 1000 / len(waited),
        "per_second": len(waited) / took,
        "sent": len(bodies[0]),
        "body": bodies[0],
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as a table of plain text."""
    lines = [f"{result['users']} users at once; {result['counts']}", HEAD]
    for row in result["pages"]:
        page, floor = row["page"], row["floor"]
        lines.append(
            f"{row['name']:<27} {page['median_ms']:>9.1f} {page['p95_ms']:>8.1f} "
            f"{page['cpu_ms']:>8.1f} {page['per_second']:>11.1f} {page['sent'] / 1000:>8.1f} "
            f"{floor['median_ms']:>13.2f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
