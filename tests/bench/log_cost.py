"""Measure what the sealed log costs a decision: ``python -m tests.bench.log_cost``.

The log is filled with rows as they would have been sealed, and verified. Then annotations are
decided on twice each: once as the site does, and once with a log that only inserts its row, the
two taking turns in who is first. *share* is the part of a decision's time that the difference is
of it: waiting for others who append, reading the end of the log, hashing, and moving the end.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any
from uuid import uuid4

import django

from tests.bench.hosting import SURROUNDINGS

AT_ONCE = 5_000
ACTS = ("approve", "deny", "spam")
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Costs:
    """Medians in milliseconds of a decision, with the seal and with a bare row, and their share."""

    rows: int
    sealed_cpu: float
    bare_cpu: float
    sealed_wall: float
    bare_wall: float
    verifying: float
    faults: int

    @property
    def cpu_share(self) -> float:
        """What part of a decision's processor time the seal is."""
        return (self.sealed_cpu - self.bare_cpu) / self.sealed_cpu

    @property
    def wall_share(self) -> float:
        """What part of a decision's time by the clock the seal is."""
        return (self.sealed_wall - self.bare_wall) / self.sealed_wall


def fill(rows: int, document: Any, moderator: Any) -> None:
    """Append so many rows to an empty log, sealed as :func:`decision_log.append` would."""
    from reader.models import Decision, LogHead  # noqa: PLC0415 -- needs Django set up
    from reader.queries.decision_log import HEAD  # noqa: PLC0415 -- likewise

    before = ""
    for first in range(1, rows + 1, AT_ONCE):
        made = []
        for number in range(first, min(first + AT_ONCE, rows + 1)):
            row = _row(number, document, moderator, before)
            before = row.hash
            made.append(row)
        Decision.objects.bulk_create(made)
    LogHead.objects.update_or_create(pk=HEAD, defaults={"row": rows, "count": rows, "hash": before})
    _count_on_from(rows)


def _row(number: int, document: Any, moderator: Any, before: str) -> Any:
    from reader.models import Decision  # noqa: PLC0415 -- needs Django set up
    from reader.sealing import FORMAT, chained_hash  # noqa: PLC0415 -- likewise

    act = ACTS[number % len(ACTS)]
    row = Decision(
        pk=number,
        annotation_uid=uuid4().hex[:22],
        document=document,
        document_number=document.pk,
        actor=moderator,
        actor_number=moderator.pk,
        actor_name=moderator.get_full_name(),
        act=act,
        reason="" if act == "approve" else "rules",
        before="pending",
        after={"approve": "approved", "deny": "denied", "spam": "spam"}[act],
        version=1,
        waited=number % 90_000,
        at=BEGAN + timedelta(minutes=number),
        chain_format=FORMAT,
        previous_hash=before,
    )
    row.hash = chained_hash(row)
    return row


def _count_on_from(rows: int) -> None:
    """Let PostgreSQL's sequence know of the ids that were given by hand."""
    from django.db import connection  # noqa: PLC0415 -- needs Django set up

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('reader_decision', 'id'), %s)", [rows]
            )
            cursor.execute("ANALYZE reader_decision")


@contextmanager
def bare() -> Iterator[None]:
    """Let the log insert its rows without any seal, as it might if nobody had to trust it."""
    from reader.actions import decision_log  # noqa: PLC0415 -- needs Django set up

    kept: Any = decision_log.seal_and_insert
    decision_log.seal_and_insert = _insert
    try:
        yield
    finally:
        decision_log.seal_and_insert = kept


def _insert(row: Any) -> None:
    row.previous_hash, row.hash = uuid4().hex, "-"
    row.save(force_insert=True)


def measure(rows: int, decisions: int) -> Costs:
    """Fill the log, verify it, and decide so many times in each way."""
    from reader.queries import decision_log  # noqa: PLC0415 -- needs Django set up
    from tests.factories import make_document, make_user, promote  # noqa: PLC0415 -- likewise

    document, author = make_document(), make_user()
    moderator = promote(make_user(), "moderator")
    fill(rows, document, moderator)
    began = time.perf_counter()
    faults = sum(1 for _fault in decision_log.faults())
    verifying = time.perf_counter() - began
    sealed, unsealed = _decide(document, author, moderator, decisions)
    return Costs(
        rows=rows,
        sealed_cpu=sealed[0],
        bare_cpu=unsealed[0],
        sealed_wall=sealed[1],
        bare_wall=unsealed[1],
        verifying=verifying,
        faults=faults,
    )


def _decide(
    document: Any, author: Any, moderator: Any, decisions: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the medians of CPU and wall time with the seal, and without."""
    from reader.actions import moderation  # noqa: PLC0415 -- needs Django set up
    from tests.factories import make_annotation  # noqa: PLC0415 -- likewise

    taken: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(decisions):
        note = make_annotation(author, document)
        for turn, act in enumerate(("spam", "approve")):
            is_sealed = (number + turn) % 2 == 0
            decide = partial(moderation.decide, moderator=moderator, annotation=note, act=act)
            taken[is_sealed].append(_timed(decide, is_sealed=is_sealed))
    return _medians(taken[True]), _medians(taken[False])


def _medians(times: list[tuple[float, float]]) -> tuple[float, float]:
    return 1_000 * median(cpu for cpu, _wall in times), 1_000 * median(wall for _cpu, wall in times)


def _timed(decide: Callable[[], Any], *, is_sealed: bool) -> tuple[float, float]:
    if not is_sealed:
        with bare():
            return _timed(decide, is_sealed=True)
    cpu, wall = time.process_time(), time.perf_counter()
    decide()
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.log_cost", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--decisions", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=folder)
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/postil.sqlite3")
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up

        call_command("migrate", verbosity=0)
        found = measure(options.rows, options.decisions)
    print(f"{found.rows:,} rows, {found.faults} faults, verified in {found.verifying:.1f} s")
    for what, sealed, unsealed, share in (
        ("CPU", found.sealed_cpu, found.bare_cpu, found.cpu_share),
        ("wall", found.sealed_wall, found.bare_wall, found.wall_share),
    ):
        print(f"{what}: {sealed:.2f} ms sealed, {unsealed:.2f} ms bare: {share:.1%}")


if __name__ == "__main__":
    main()
