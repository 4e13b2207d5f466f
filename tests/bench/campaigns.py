"""Measure the folding of form letters: ``python -m tests.bench.campaigns``.

Comments with known truth are placed one after the other as the site places them. Of all pairs of
comments in one campaign, *precision* is the share that are copies of one letter; of all pairs of
copies of one letter, *recall* is the share that are in one campaign. *Shown* is the share of those
that add something of their own which are shown beside the card, *by error* the share of the others
that are. A table goes to standard error, the figures as JSON where ``--json`` says.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import django

from tests.bench.hosting import SURROUNDINGS

DEVELOPMENT, HELD_OUT = 1_000, 900_000
"""The first seed of those to work with, and of those that nobody tunes to."""
HEAD = (
    f"{'':<24}{'texts':>8}{'pairs':>9}{'precision %':>13}{'recall %':>10}{'shown %':>9}"
    f"{'by error':>9}"
)


@dataclass
class Tally:
    """What became of pairs: ``together`` in one campaign, ``copies`` of one letter, both."""

    texts: int = 0
    together: int = 0
    copies: int = 0
    both: int = 0
    adding: int = 0
    adding_shown: int = 0
    plain: int = 0
    plain_shown: int = 0

    def row(self, name: str) -> str:
        """Return a line of the table."""
        return (
            f"{name:<24}{self.texts:>8}{self.copies:>9}{_percent(self.both, self.together):>13}"
            f"{_percent(self.both, self.copies):>10}{_percent(self.adding_shown, self.adding):>9}"
            f"{_percent(self.plain_shown, self.plain):>9}"
        )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}" if whole else "-"


@dataclass
class Result:
    """Tallies by language and by kind of comment, and what placing took."""

    languages: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    kinds: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    seconds: float = 0.0
    wrong: list[tuple[str, str]] = field(default_factory=list)


def run(language: str, desk: Any, result: Result) -> None:
    """Place the comments of a desk, and count. Django is set up and a database there."""
    from reader.actions.campaign_places import (  # noqa: PLC0415 -- needs Django set up
        rebuild_campaigns,
    )
    from reader.models import Annotation, CampaignMembership  # noqa: PLC0415 -- likewise
    from tests.factories import make_document  # noqa: PLC0415 -- likewise

    document = make_document(*desk.document)
    comments = desk.comments()
    rows = [
        Annotation(
            document=document,
            edition=document.current_edition,
            motivation="commenting",
            body=comment.text,
            exact="x",
            start=0,
            end=1,
        )
        for comment in comments
    ]
    Annotation.objects.bulk_create(rows)
    began = time.perf_counter()
    rebuild_campaigns(document)
    result.seconds += time.perf_counter() - began
    places = {
        place.annotation_id: place
        for place in CampaignMembership.objects.filter(campaign__document=document)
    }
    campaign_of = {pk: place.campaign_id for pk, place in places.items()}
    count(language, comments, [campaign_of.get(row.pk, 0) for row in rows], result)
    for comment, row in zip(comments, rows, strict=True):
        place = places.get(row.pk)
        for tally in (result.languages[language], result.kinds[comment.kind]):
            tally.texts += 1
            if comment.letter:
                is_shown = place is None or place.is_outlier
                tally.adding += comment.adds
                tally.adding_shown += comment.adds and is_shown
                tally.plain += not comment.adds
                tally.plain_shown += not comment.adds and is_shown


def count(language: str, comments: list[Any], campaigns: list[int], result: Result) -> None:
    """Count the pairs that are copies of one letter, and those that stand in one campaign."""
    for (one, here), (other, there) in combinations(zip(comments, campaigns, strict=True), 2):
        together = here == there != 0
        copies = one.letter == other.letter != 0
        if together and not copies:
            result.wrong.append((one.text, other.text))
        if not (together or copies):
            continue
        for tally in {
            id(tally): tally
            for tally in (
                result.languages[language],
                result.kinds[one.kind],
                result.kinds[other.kind],
            )
        }.values():
            tally.together += together
            tally.copies += copies
            tally.both += together and copies


def total_of(tallies: Any) -> Tally:
    """Return the sum."""
    total = Counter[str]()
    for tally in tallies:
        total.update(vars(tally))
    return Tally(**total)


def table(result: Result) -> str:
    """Return the result as a table of plain text."""
    total = total_of(result.languages.values())
    lines = [HEAD]
    lines += [tally.row(name) for name, tally in result.languages.items()]
    lines += [total.row("all"), "", HEAD]
    lines += [tally.row(name) for name, tally in sorted(result.kinds.items())]
    lines.append(f"\n{1000 * result.seconds / total.texts:.1f} ms to place a comment")
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.campaigns", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="of each language")
    parser.add_argument("--development", action="store_true", help="seeds to work with")
    parser.add_argument("--wrong", type=int, default=0, help="show so many pairs that are wrong")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    result = Result()
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=folder)
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/postil.sqlite3"
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up

        from tests.bench.form_letters import desks  # noqa: PLC0415 -- likewise

        call_command("migrate", verbosity=0)
        first = DEVELOPMENT if options.development else HELD_OUT
        for language, desk in desks(range(first, first + options.seeds)):
            run(language, desk, result)
    print(table(result), file=sys.stderr)
    for one, other in result.wrong[: options.wrong]:
        print(f"\n{one}\n--\n{other}", file=sys.stderr)
    groups = {"languages": result.languages, "kinds": result.kinds}
    figures = {
        name: {key: vars(tally) for key, tally in tallies.items()}
        for name, tallies in groups.items()
    }
    text = json.dumps(figures, indent=2)
    if options.json:
        options.json.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
