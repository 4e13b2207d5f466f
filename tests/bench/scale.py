"""Measure whether pages stay as fast when the site grows: 10,000 and 1,000,000 annotations.

``python -m tests.bench.scale --database sqlite --annotations 1000000 --keep FOLDER`` makes one
site, in FOLDER to be measured again, and prints its figures as JSON; ``--database postgres://…``
makes it in that (empty) database. The figures are of whole answers, asked one after the other of
documents drawn at random, without a network between.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from tests.bench.hosting import ROOT, SURROUNDINGS

NAME = "scale"
AIM = 1.5
SMALL = 10_000
SQLITE = "sqlite"
TIMES, ROUNDS = 40, 3
BOOK = 20_000  # paragraphs
Figures = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: annotations of the small site and the large one, and rounds."""

    small: int
    large: int
    book: int
    rounds: int
    postgresql: bool


SIZES = {
    "toy": Size(1_000, 2_000, 100, 1, postgresql=False),
    "short": Size(2_000, 20_000, 2_000, 1, postgresql=False),
    "full": Size(SMALL, 1_000_000, BOOK, ROUNDS, postgresql=True),
}


def run(size: str) -> dict[str, Any]:
    """Measure at one of the :data:`SIZES`: pages by database, on the small site and the large."""
    asked = SIZES[size]
    found: dict[str, Any] = {"small": asked.small, "large": asked.large, "databases": {}}
    url = os.environ.get("POSTIL_TEST_POSTGRES_URL", "")
    for database in [SQLITE, *([url] if url and asked.postgresql else [])]:
        name = SQLITE if database == SQLITE else "postgresql"
        found["databases"][name] = _compare(database, asked)
    return found


def _compare(database: str, size: Size) -> dict[str, Any]:
    """Measure both sites in turn, so that what else the machine does meets both."""
    counts = (size.small, size.large)
    with _scratch(database, 0) as small, _scratch(database, 1) as large:
        rounds: list[list[dict[str, Any]]] = [[], []]
        for _round in range(size.rounds):
            for number, place in enumerate((small, large)):
                rounds[number].append(_alone(*place, counts[number], size.book * (1 - number)))
    sites = [{**one[0], "pages": _middle([each["pages"] for each in one])} for one in rounds]
    return {"small": sites[0], "large": sites[1]}


@contextmanager
def _scratch(database: str, number: int) -> Iterator[tuple[str, str]]:
    """Make room for a site and take it away again; the database's URL and a folder."""
    with tempfile.TemporaryDirectory(prefix="postil-scale-") as folder:
        if database == SQLITE:
            yield SQLITE, folder
            return
        import psycopg  # noqa: PLC0415 -- only where there is such a database

        name = f"postil_scale_bench_{number}"
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
            yield f"{database.rpartition('/')[0]}/{name}", folder
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _alone(database: str, folder: str, annotations: int, book: int) -> dict[str, Any]:
    """Measure in a process of its own: it keeps pages in its memory."""
    words = ["--database", database, "--annotations", str(annotations), "--keep", folder]
    command = [sys.executable, "-m", "tests.bench.scale", *words, "--book", str(book)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _middle(rounds: list[Figures]) -> Figures:
    """Return the median of each figure over the rounds."""
    return {
        page: {
            figure: round(statistics.median(one[page][figure] for one in rounds), 1)
            for figure in figures
        }
        for page, figures in rounds[0].items()
    }


def measure(
    database: str, annotations: int, folder: Path, book: int = 0, only: str = ""
) -> dict[str, Any]:
    """Make the site unless the folder or the database holds it; return what was measured.

    ``only``: of pages with these letters in their names.
    """
    url = f"sqlite:///{folder}/postil.sqlite3" if database == SQLITE else database
    os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=str(folder), DATABASE_URL=url)
    django.setup()
    from tests.bench import scale_pages  # noqa: PLC0415 -- needs Django set up

    began = time.perf_counter()
    is_new = scale_pages.prepare(annotations)
    took = round(time.perf_counter() - began, 1)
    asked = scale_pages.pages()
    if book:
        asked |= scale_pages.long_and_short(book)
    pages = timed({name: ask for name, ask in asked.items() if only in name})
    made = {"making the site, seconds": took} if is_new else {}
    return {"annotations": annotations, **made, "pages": pages}


def timed(pages: dict[str, Any]) -> Figures:
    """Return how long the answers take, in milliseconds; each page is asked once before."""
    found: Figures = {}
    for name, ask in pages.items():
        askings = ask()
        next(askings)()
        took, used = [], []
        for fetch in askings:
            wall, cpu = time.perf_counter(), time.process_time()
            fetch()
            took.append((time.perf_counter() - wall) * 1000)
            used.append((time.process_time() - cpu) * 1000)
        found[name] = {
            "p50": round(statistics.median(took), 1),
            "p95": round(sorted(took)[int(len(took) * 0.95) - 1], 1),
            "cpu": round(statistics.median(used), 1),
        }
    return found


def _ratios(pair: dict[str, Any]) -> dict[str, float]:
    small, large = pair["small"]["pages"], pair["large"]["pages"]
    return {page: large[page]["p95"] / max(small[page]["p95"], 0.1) for page in large}


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    head = f"p95 at {result['small']:,} | at {result['large']:,} | ratio | p50 | p50 | CPU | CPU"
    lines = [f"| database | page | {head} |", "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    for database, pair in result["databases"].items():
        small, large = pair["small"]["pages"], pair["large"]["pages"]
        for page, ratio in _ratios(pair).items():
            a, b = small[page], large[page]
            lines.append(
                f"| {database} | {page} | {a['p95']:.1f} ms | {b['p95']:.1f} ms | {ratio:.2f} "
                f"| {a['p50']:.1f} | {b['p50']:.1f} | {a['cpu']:.1f} | {b['cpu']:.1f} |"
            )
        lines += [
            f"| {database} | {page} | {figures['p95']:.1f} ms | | | {figures['p50']:.1f} | "
            f"| {figures['cpu']:.1f} | |"
            for page, figures in small.items()
            if page not in large
        ]
    return "\n".join(lines)


def targets(result: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return name, aim, figure and whether it is met, for each thing that is aimed at."""
    found = []
    for database, pair in result["databases"].items():
        ratios = _ratios(pair)
        worst = max(ratios, key=lambda page: ratios[page])
        name = f"{result['large']:,} annotations beside {result['small']:,}, {database}"
        figure = f"{ratios[worst]:.2f} ({worst})"
        found.append((name, f"each page's p95 at most {AIM} times", figure, ratios[worst] <= AIM))
        pages = pair["small"]["pages"]
        if BOOK_PAGE in pages:
            ratio = pages[BOOK_PAGE]["p95"] / pages[SPEECH_PAGE]["p95"]
            aim = f"p95 at most {AIM} times the speech's"
            found.append((f"A long book opens, {database}", aim, f"{ratio:.2f}", ratio <= AIM))
    return found


BOOK_PAGE, SPEECH_PAGE = "a book, anonymous", "the speech, anonymous"


def main() -> None:
    """Measure one site and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--database", default=SQLITE, help="sqlite, or a URL")
    parser.add_argument("--annotations", type=int, default=SMALL)
    parser.add_argument("--keep", type=Path, help="the folder of the site; else a temporary one")
    parser.add_argument("--book", type=int, default=0, help="paragraphs of a book, beside a speech")
    parser.add_argument("--only", default="", help="pages with these letters in their names")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postil-scale-") as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        found = measure(options.database, options.annotations, place, options.book, options.only)
    json.dump(found, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
