"""Creating annotations: eight people at once, by the API and by the form, on each database."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import writers
from tests.bench.hosting import (
    Server,
    empty_site,
    fill,
    filled_site,
    run_beside,
    running,
    running_site,
    surroundings_of,
)
from tests.databases import own_database

NAME = "writes"
PEOPLE = 8
START = 1_000  # annotations there are
AIM_PER_SECOND, AIM_P95 = 200, 100.0
COUNT = """
import json, sys
import django
django.setup()
from reader.models import Anchor, Annotation
made = Annotation.objects.filter(document__slug=sys.argv[1])
print(json.dumps([made.count(), Anchor.objects.filter(annotation__in=made).count()]))
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    seconds: float
    start: int
    rounds: int  # of each door; the median of them is what is told
    stores: tuple[str, ...]
    warm_up: int = 3  # writes of each person that come before and are not counted in a second
    settled: bool = True


NORMAL, FULL, POSTGRESQL = "SQLite, NORMAL", "SQLite, FULL", "PostgreSQL"
SIZES = {
    "toy": Size(0.3, 10, 1, (NORMAL,), warm_up=1, settled=False),
    "short": Size(4, START, 2, (NORMAL, FULL, POSTGRESQL)),
    "full": Size(15, START, 3, (NORMAL, FULL, POSTGRESQL)),
}


class Miscounted(Exception):
    """The database does not hold what was acknowledged."""


def run(size: str) -> dict[str, Any]:
    """Measure at one of the :data:`SIZES` and return the figures.

    Raises:
        Miscounted: an acknowledged annotation is not there, or one stands there twice.
    """
    asked = SIZES[size]
    rows = [_floor(asked)]
    for store in asked.stores:
        if store == POSTGRESQL and not os.environ.get("POSTIL_TEST_POSTGRES_URL"):
            continue
        rows += _store(store, asked)
    return {"people": PEOPLE, "seconds": asked.seconds, "rounds": asked.rounds, "rows": rows}


def _floor(size: Size) -> dict[str, Any]:
    """Measure the bare view, with the texts that the site is sent."""
    blocks = [{"ref": "p1", "text": "A paragraph of which somebody chooses a few words. " * 8}]
    with empty_site() as folder:
        surroundings = {**os.environ}
        words = ("-m", "tests.bench.bare_insert", str(folder))
        with running(surroundings, *words, ready="/") as server:
            document = {"path": "/", "blocks": blocks}
            rounds = [
                _round(server, writers.BARE, document, [{}] * PEOPLE, (size, number))
                for number in range(size.rounds)
            ]
    return _row("floor: a bare insert, SQLite, NORMAL", writers.BARE, rounds)


@contextlib.contextmanager
def _surroundings(store: str, folder: Path) -> Iterator[dict[str, str]]:
    if store == POSTGRESQL:
        with own_database(os.environ["POSTIL_TEST_POSTGRES_URL"]) as url:
            yield surroundings_of(folder, DATABASE_URL=url)
    else:
        how = "FULL" if store == FULL else "NORMAL"
        yield surroundings_of(folder, POSTIL_SQLITE_SYNCHRONOUS=how)


def _store(store: str, size: Size) -> list[dict[str, Any]]:
    with (
        filled_site(size.start) as (folder, filled),
        _surroundings(store, folder) as surroundings,
    ):
        made = _fill_postgresql(surroundings, size) if store == POSTGRESQL else filled
        document, people = made["documents"][0], made["people"]
        doors: dict[str, list[dict[str, Any]]] = {writers.API: [], writers.FORM: []}
        with running_site(surroundings, settled=size.settled) as site:
            for number in range(size.rounds):
                for door, rounds in doors.items():
                    rounds.append(_round(site, door, document, people, (size, number)))
        told = sum(one["acknowledged"] for rounds in doors.values() for one in rounds)
        found = json.loads(run_beside(surroundings, "-c", COUNT, document["slug"]))
        check_count(told, found[0] - document["count"], found[1])
    return [_row(store, door, rounds) for door, rounds in doors.items()]


def _fill_postgresql(surroundings: dict[str, str], size: Size) -> Any:
    migrate = "from reader.management import preparation; preparation.migrate()"
    run_beside(surroundings, "-c", f"import django; django.setup(); {migrate}")
    return json.loads(fill(surroundings, (size.start,)))


def _round(
    server: Server, door: str, document: dict[str, Any], people: Any, told: tuple[Size, int]
) -> dict[str, Any]:
    size, number = told
    job = {
        "port": server.port,
        "door": door,
        "document": document,
        "people": people,
        "seconds": size.seconds,
        "warm_up": size.warm_up,
        "seed": number,
    }
    before = server.cpu_ms()
    done: dict[str, Any] = json.loads(
        run_beside(server.surroundings, "-m", "tests.bench.writers", json.dumps(job))
    )
    done["cpu_ms"] = (server.cpu_ms() - before) / max(1, done["acknowledged"])
    return done


def check_count(told: int, added: int, anchors: int) -> None:
    """Make sure that what was added is what was told, and that each of it has a place.

    Raises:
        Miscounted: it is not so.
    """
    if added != told or anchors < told:
        raise Miscounted(f"{told} were acknowledged, {added} were added, {anchors} have a place")


def _row(store: str, door: str, rounds: list[dict[str, Any]]) -> dict[str, Any]:
    middle = sorted(rounds, key=lambda one: one["per_second"])[len(rounds) // 2]
    errors = [error for one in rounds for error in one["errors"]]
    return {
        **middle,
        "store": store,
        "door": door,
        "acknowledged": sum(one["acknowledged"] for one in rounds),
        "errors": len(errors),
        "first_errors": errors[:3],
    }


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    floor = result["rows"][0]["per_second"]
    lines = [
        "| database | by | acknowledged a second | of the floor | p50 | p95 | CPU each | errors |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row['store']} | {row['door']} | {row['per_second']:.0f} "
        f"| {row['per_second'] / floor:.2f} | {row['p50_ms']:.0f} ms | {row['p95_ms']:.0f} ms "
        f"| {row['cpu_ms']:.1f} ms | {row['errors']} |"
        for row in result["rows"]
    ]
    return "\n".join(lines)


def targets(result: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return name, aim, figure and whether it is met, for each thing that is aimed at."""
    rates = {(row["store"], row["door"]): row["per_second"] for row in result["rows"]}
    found = []
    for row in result["rows"][1:]:
        store, rate, p95 = row["store"], row["per_second"], row["p95_ms"]
        if store == FULL:
            aim, met = "told beside it; no error", True
        elif store == POSTGRESQL:
            aim, met = "at least as many as SQLite, no error", rate >= rates[NORMAL, row["door"]]
        else:
            aim = f"at least {AIM_PER_SECOND} a second, p95 at most {AIM_P95:.0f} ms, no error"
            met = rate >= AIM_PER_SECOND and p95 <= AIM_P95
        figure = f"{rate:.0f} a second, p95 {p95:.0f} ms, {row['errors']} errors"
        what = f"Creating annotations, {PEOPLE} clients, {store}, by the {row['door']}"
        found.append((what, aim, figure, met and not row["errors"]))
    return found
