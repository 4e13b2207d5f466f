"""Measure the checks before publication: ``python -m tests.bench.spam``.

Ten days of a site with known truth (:mod:`tests.bench.spam_texts`) are posted through the action
that every door calls. *Caught* is the share of spam that is held, *wrongly held* the share of what
is honest. Without a moderator nobody decides on anything. With one, what waits is decided on
rightly twice a day, and so is every fifth spam text that was shown, which readers have reported.
All that is honest must be there in the end: a text that is missing ends the measurement. A table
goes to standard output.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any

import django

from tests.bench.form_letters import Desk
from tests.bench.hosting import SURROUNDINGS
from tests.bench.revisions.vocabularies import VOCABULARIES
from tests.bench.spam_texts import DAY, DAYS, DOCUMENTS, HONEST, LISTED, SPAM, Post, Site

DEVELOPMENT, HELD_OUT = 1_000, 910_000
"""The first seed of those to work with, and of those that nobody tunes to."""
LANGUAGES = ("English", "Russian", "Kazakh")
WITHOUT_FIRST = "links repeats words speed crowds"
ALL = f"first {WITHOUT_FIRST}"
LOOKS_EVERY = DAY / 2  # minutes
SELECTED = 40  # signs
REPORTED = 5  # one spam text in so many is reported
RUNS = {
    "no moderator": (WITHOUT_FIRST, False),
    "moderator": (WITHOUT_FIRST, True),
    "first posts too": (ALL, True),
}


class Lost(AssertionError):
    """A text that was posted is not there, or waits where nobody finds it."""


@dataclass
class Tally:
    """How many posts there were of each kind, how many were held, and by which checks."""

    posted: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    by_check: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: float = 0.0

    def share(self, kinds: Iterable[str]) -> str:
        """Return which share of these kinds was held, in percent."""
        kinds = list(kinds)
        posted, held = (sum(of[kind] for kind in kinds) for of in (self.posted, self.held))
        return f"{100 * held / posted:.1f}" if posted else "-"

    def share_of(self, check: str, kinds: Iterable[str]) -> str:
        """Return which share of these kinds one check spoke against, in percent."""
        kinds = list(kinds)
        posted = sum(self.posted[kind] for kind in kinds)
        return f"{100 * sum(self.by_check[check][kind] for kind in kinds) / posted:.1f}"


def run(desk: Desk, checks: str, moderated: bool, tally: Tally) -> None:
    """Post what a site's people post, and count. Django is set up and a database there.

    Raises:
        Lost: a text is not there in the end.
    """
    from django.utils import timezone  # noqa: PLC0415 -- needs Django set up

    from reader.models import User, WordList  # noqa: PLC0415 -- likewise
    from reader.models.annotations import new_uid  # noqa: PLC0415 -- likewise
    from tests.factories import make_document, make_user, promote  # noqa: PLC0415 -- likewise

    WordList.objects.get_or_create(name="Sales", defaults={"words": "\n".join(LISTED)})
    documents = [make_document(*desk.document, checks=checks) for _number in range(DOCUMENTS)]
    moderator = promote(make_user(), "moderator")
    begin = timezone.now() - timedelta(days=DAYS + 3)
    people: dict[str, Any] = {}
    made: list[tuple[Post, Any]] = []
    looks_at = LOOKS_EVERY
    for post in Site(desk).posts():
        while moderated and post.at >= looks_at:
            _decide(moderator, made, begin + timedelta(minutes=looks_at))
            looks_at += LOOKS_EVERY
        if post.person not in people:  # nobody signs in, so no password has to be made
            people[post.person] = User.objects.create(username=f"w{new_uid().lower()}")
        person = people[post.person]
        began = time.perf_counter()
        row = _post(post, person, documents[post.document], begin, desk)
        tally.seconds += time.perf_counter() - began
        made.append((post, row))
        _count(post, row, tally)
    _look_for_all(moderator, made)


def _post(post: Post, person: Any, document: Any, begin: Any, desk: Desk) -> Any:
    from reader.actions import annotations  # noqa: PLC0415 -- needs Django set up
    from reader.actions.wording import Wording  # noqa: PLC0415 -- likewise
    from reader.models import Annotation  # noqa: PLC0415 -- likewise
    from reader.models.annotations import new_uid  # noqa: PLC0415 -- likewise
    from tests.factories import passage_of  # noqa: PLC0415 -- likewise

    origin = annotations.Origin(new_uid(), begin + timedelta(minutes=post.at))
    wording = Wording(post.body)
    shown = Annotation.objects.filter(document=document, parent=None, status="approved")
    parent = shown.order_by("?").first() if post.is_reply else None
    if parent is not None:
        parent.document = document
        return annotations.reply(author=person, parent=parent, wording=wording, origin=origin)
    return annotations.create_annotation(
        author=person,
        document=document,
        motivation="commenting" if post.body else "highlighting",
        passage=passage_of(document, some_words(document, desk.rng)),
        wording=wording,
        origin=origin,
    )


def some_words(document: Any, rng: Random) -> str:
    """Return the beginning of a paragraph, as somebody would select it."""
    lines = [line for line in document.current_edition.text.split("\n") if len(line) > SELECTED]
    return str(rng.choice(lines))[:SELECTED].strip()


def _count(post: Post, row: Any, tally: Tally) -> None:
    tally.posted[post.kind] += 1
    if row.status == "pending":
        tally.held[post.kind] += 1
        for check in row.holds.values_list("check_name", flat=True):
            tally.by_check[check][post.kind] += 1


def _decide(moderator: Any, made: list[tuple[Post, Any]], at: Any) -> None:
    from reader.actions.moderation import decide  # noqa: PLC0415 -- needs Django set up

    for number, (post, row) in enumerate(made):
        is_reported = post.is_spam and row.status == "approved" and number % REPORTED == 0
        if row.status == "pending" or is_reported:
            act = "spam" if post.is_spam else "approve"
            decide(moderator=moderator, annotation=row, act=act, at=at)
            row.refresh_from_db()


def _look_for_all(moderator: Any, made: list[tuple[Post, Any]]) -> None:
    """Pass silently when every honest text is there in its own words: shown, or in the queue.

    Raises:
        Lost: one is not.
    """
    from reader.models import Annotation  # noqa: PLC0415 -- needs Django set up
    from reader.queries import moderation  # noqa: PLC0415 -- likewise

    rows = Annotation.objects.in_bulk([row.pk for _post, row in made])
    queue = set(moderation.queue(moderator).values_list("pk", flat=True))
    for post, row in made:
        kept = rows.get(row.pk)
        if kept is None or kept.body != post.body or kept.is_deleted:
            raise Lost(post)
        if (kept.status == "pending") != (kept.pk in queue):
            raise Lost(post)
        if not post.is_spam and kept.status not in {"approved", "pending"}:
            raise Lost(post)


def desk_of(language: str, seed: int) -> Desk:
    """Return somebody who writes in a language."""
    return Desk(next(one for one in VOCABULARIES if one.name == language), seed)


def table(tallies: dict[str, Tally]) -> str:
    """Return the result as tables in Markdown."""
    head = ["", "texts", *tallies]
    lines = [_line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    for title, kinds in (("**spam: caught, %**", SPAM), ("**honest: wrongly held, %**", HONEST)):
        any_tally = next(iter(tallies.values()))
        total = sum(any_tally.posted[kind] for kind in kinds)
        shares = [f"**{tally.share(kinds)}**" for tally in tallies.values()]
        lines.append(_line([title, str(total), *shares]))
        for kind in kinds:
            shares = [tally.share([kind]) for tally in tallies.values()]
            lines.append(_line([kind, str(any_tally.posted[kind]), *shares]))
    whole = tallies["first posts too"]
    lines += [
        "",
        _line(["check", "of spam, %", "of what is honest, %"]),
        _line(["---", "---:", "---:"]),
    ]
    for check in ALL.split():
        lines.append(_line([check, whole.share_of(check, SPAM), whole.share_of(check, HONEST)]))
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.spam", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="of each language")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--development", action="store_true", help="seeds to work with")
    options = parser.parse_args()
    first = DEVELOPMENT if options.development else HELD_OUT
    tallies = {name: Tally() for name in RUNS}
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=folder)
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/postil.sqlite3"
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up

        call_command("migrate", verbosity=0)
        languages, seeds = options.languages.split(","), range(first, first + options.seeds)
        for language, seed in product(languages, seeds):
            for name, (checks, moderated) in RUNS.items():
                run(desk_of(language, seed), checks, moderated, tallies[name])
            print(f"… {language} {seed}", file=sys.stderr)
    print(table(tallies))
    for name, tally in tallies.items():
        each = 1_000 * tally.seconds / sum(tally.posted.values())
        print(f"{name}: {each:.1f} ms a post", file=sys.stderr)


if __name__ == "__main__":
    main()
