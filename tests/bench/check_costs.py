"""Measure what checks cost a write: ``python -m tests.bench.check_costs``.

Comments are posted into a document with many others, by somebody known: in turn without checks,
with all of them and a list of five hundred words, and so that the list holds them. *ms* are medians
of the action, from its beginning to the commit.
"""

import argparse
import os
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import django

from tests.bench.form_letters import Desk
from tests.bench.hosting import SURROUNDINGS
from tests.bench.revisions.vocabularies import VOCABULARIES
from tests.bench.spam import some_words

EVERYTHING = "first links repeats words speed crowds"
LISTED = 500
KINDS = (
    ("no checks", "", ""),
    ("all checks, shown", EVERYTHING, ""),
    ("all checks, held", EVERYTHING, " Abracadabra!"),
)


def measure(writes: int, others: int) -> dict[str, tuple[float, int]]:
    """Return milliseconds and statements of a write by the checks that are on."""
    from django.db import connection  # noqa: PLC0415 -- needs Django set up
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- likewise

    from reader.models import Annotation, WordList  # noqa: PLC0415 -- likewise
    from tests.factories import make_document  # noqa: PLC0415 -- likewise
    from tests.holding import make_known, turn_on  # noqa: PLC0415 -- likewise

    desk = Desk(VOCABULARIES[0], 7)
    words = [f"{desk.writer.words(desk.rng, 1)[0]}{number}*" for number in range(LISTED)]
    WordList.objects.create(name="Many", words="\n".join([*words, "abracadabra"]))
    document = make_document(*desk.document)
    person = make_known(document)
    _fill(document, desk, others)
    taken: dict[str, list[float]] = defaultdict(list)
    statements: dict[str, int] = {}
    for number in range(3 * writes):
        kind, checks, more = KINDS[number % len(KINDS)]
        turn_on(document, checks)
        Annotation.objects.filter(author=person).update(created_at=_long_ago())
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            _write(person, document, desk, more)
            taken[kind].append(1_000 * (time.perf_counter() - began))
        statements[kind] = len(asked)
    return {kind: (median(times), statements[kind]) for kind, times in taken.items()}


def _long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=30)


def _fill(document: Any, desk: Desk, others: int) -> None:
    from tests.factories import make_user  # noqa: PLC0415 -- needs Django set up

    for _number in range(others // 10):
        person = make_user()
        for _text in range(10):
            _write(person, document, desk)


def _write(person: Any, document: Any, desk: Desk, more: str = "") -> None:
    from reader.actions import annotations  # noqa: PLC0415 -- needs Django set up
    from reader.actions.wording import Wording  # noqa: PLC0415 -- likewise
    from tests.factories import passage_of  # noqa: PLC0415 -- likewise

    annotations.create_annotation(
        author=person,
        document=document,
        motivation="commenting",
        passage=passage_of(document, some_words(document, desk.rng)),
        wording=Wording(desk._text([desk._sentence() for _number in range(3)]) + more),
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.check_costs", description=__doc__)
    parser.add_argument("--writes", type=int, default=100)
    parser.add_argument("--others", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=folder)
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/postil.sqlite3")
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up

        call_command("migrate", verbosity=0)
        figures = measure(options.writes, options.others)
    for kind, (milliseconds, statements) in figures.items():
        print(f"{kind}: {milliseconds:.1f} ms, {statements} statements")


if __name__ == "__main__":
    main()
