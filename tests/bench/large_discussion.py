"""A document of any size with a discussion under review, the same every time.

``python -m tests.bench.large_discussion --into FOLDER`` makes it on a scratch SQLite site: 2,000
paragraphs, 20,000 threads and 100,000 replies unless told otherwise. It goes past the rules of
posting, in bulk, so that it takes a minute or two. ``large-reviewer`` reviews it, and signs in with
the password ``reading-room``.
"""

import argparse
import os
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

SLUG = "large"
REVIEWER = "large-reviewer"
PASSWORD = "reading-room"
GROUP = "large-group"
PEOPLE = 2_000
SAVED_AT_ONCE = 2_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    "the",
    "a",
    "of",
    "to",
    "in",
    "that",
    "is",
    "for",
    "it",
    "with",
    "as",
    "on",
    "this",
    "by",
    "not",
    "we",
    "you",
    "they",
    "have",
    "from",
    "are",
    "or",
    "which",
    "one",
    "but",
    "all",
    "law",
    "promise",
    "people",
    "source",
    "paragraph",
    "number",
    "word",
    "sentence",
    "public",
    "margin",
    "reader",
    "text",
    "city",
    "state",
    "reason",
    "question",
    "answer",
    "history",
    "record",
    "office",
    "river",
    "bridge",
    "harbour",
    "winter",
    "summer",
    "school",
    "teacher",
    "letter",
    "paper",
    "light",
    "voice",
    "council",
    "budget",
    "report",
    "section",
    "clause",
    "draft",
    "edition",
    "member",
    "committee",
    "measure",
    "service",
    "water",
    "road",
    "house",
    "family",
    "worker",
    "union",
    "market",
    "price",
    "tax",
    "plan",
]
TAGS = ("law", "source", "numbers", "wording", "history", "definition", "typo", "promise")
KINDS = ("commenting",) * 6 + ("questioning",) * 2 + ("editing", "highlighting")
OUTCOMES = ("accepted", "partly", "declined", "answered", "answered", "out-of-scope", "duplicate")


def make(paragraphs: int = 2_000, threads: int = 20_000, replies: int = 100_000) -> None:
    """Fill the (migrated or empty) database that Django is set up for."""
    from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    chance = random.Random(2026)
    _say(f"{paragraphs} paragraphs")
    document = _document(chance, paragraphs)
    people = _people(document)
    _say(f"{threads} threads")
    roots = _threads(chance, document, people, threads)
    _say(f"{replies} replies")
    _replies(chance, document, people, roots, replies)
    _say("decisions, and the index of words")
    _decisions(chance, document, people, roots)
    _finish(document)


def _say(what: str) -> None:
    """Say what is being made now."""
    print(f"making {what}", file=sys.stderr, flush=True)


def _sentence(chance: random.Random, least: int, most: int) -> str:
    """Return words as they come in texts: few of them often, most of them rarely."""
    count = chance.randint(least, most)
    picked = (
        WORDS[min(int(chance.paretovariate(0.7)) - 1, 10**6) % len(WORDS)] for _n in range(count)
    )
    return " ".join(picked).capitalize() + "."


def _document(chance: random.Random, paragraphs: int) -> Any:
    from reader.actions.documents import About, import_document  # noqa: PLC0415 -- as above

    texts = [" ".join(_sentence(chance, 8, 18) for _n in range(3)) for _p in range(paragraphs)]
    numbered = [f"{text} Mark {number}." for number, text in enumerate(texts, 1)]
    data = "\n\n".join(["A large document", *numbered]).encode()
    edition, _is_new = import_document(data=data, name="large.txt", about=About(slug=SLUG))
    return edition.document


def _people(document: Any) -> list[Any]:
    from reader.models import DocumentRole, Group, Membership, User  # noqa: PLC0415 -- as above

    rows = [User(username=f"p{number}", name=f"Person {number}") for number in range(PEOPLE)]
    people = User.objects.bulk_create(rows, batch_size=SAVED_AT_ONCE)
    reviewer = User(username=REVIEWER, name="Large Reviewer")
    reviewer.set_password(PASSWORD)
    reviewer.save()
    group = Group.objects.create(name="A large group", slug=GROUP)
    Membership.objects.bulk_create(
        Membership(group=group, user=person) for person in people[: PEOPLE // 10]
    )
    DocumentRole.objects.create(user=reviewer, document=document, role="reviewer")
    return [*people, reviewer]


def _threads(chance: random.Random, document: Any, people: Sequence[Any], count: int) -> list[Any]:
    from reader.actions.passages import attach  # noqa: PLC0415 -- as above
    from reader.models import Anchor, Annotation, Block, Group, Tag  # noqa: PLC0415 -- as above
    from reader.text import markup  # noqa: PLC0415 -- as above

    edition = document.current_edition
    blocks = list(Block.objects.filter(edition=edition, kind="paragraph"))
    tags = Tag.objects.bulk_create([Tag(name=name) for name in TAGS])
    group = Group.objects.get(slug=GROUP)
    made: list[Any] = []
    for number in range(count):
        visibility = {7: "private", 31: "group"}.get(number % 50, "public")
        block = blocks[min(int(chance.paretovariate(1.2) * 40), 10**9) % len(blocks)]
        if number % 3:
            block = chance.choice(blocks)
        kind = chance.choice(KINDS)
        start = chance.randrange(len(block.text) - 30)
        body = "" if kind == "highlighting" else _sentence(chance, 8, 60)
        root: Any = Annotation(
            document=document,
            author=chance.choice(people),
            motivation=kind,
            body=body,
            body_html=markup.render(body) if body else "",
            replacement=_sentence(chance, 2, 6) if kind == "editing" else None,
            visibility=visibility,
            group=group if visibility == "group" else None,
            status="pending" if number % 100 == 13 else "approved",
            language="en",
            created_at=BEGAN + timedelta(minutes=number * 15),
            agree_count=chance.choice((0, 0, 0, 1, 2, 5)),
            disagree_count=chance.choice((0, 0, 0, 0, 1, 3)),
        )
        attach(root, edition, (block.start + start, block.start + start + chance.randint(5, 30)))
        root.place = (block, start)
        made.append(root)
    Annotation.objects.bulk_create(made, batch_size=500)
    anchors = [_anchor(Anchor, edition, root) for root in made]
    Anchor.objects.bulk_create(anchors, batch_size=SAVED_AT_ONCE)
    through = Annotation.tags.through
    tagged = [through(annotation=root, tag=chance.choice(tags)) for root in made[::3]]
    through.objects.bulk_create(tagged, batch_size=SAVED_AT_ONCE)
    return made


def _anchor(model: Any, edition: Any, root: Any) -> Any:
    block, start = root.place
    end = start + len(root.exact)
    return model(
        annotation=root,
        edition=edition,
        first_block=block,
        start=start,
        last_block=block,
        end=end,
        verdict="exact",
        score=1.0,
    )


def _replies(
    chance: random.Random, document: Any, people: Sequence[Any], roots: Sequence[Any], count: int
) -> None:
    from reader.models import Annotation  # noqa: PLC0415 -- needs Django set up
    from reader.text import markup  # noqa: PLC0415 -- likewise

    bodies = [_sentence(chance, 5, 40) for _n in range(3_000)]
    rendered = [markup.render(body) for body in bodies]
    discussed = [root for root in roots if root.body]

    def rows() -> Iterator[Any]:
        for number in range(count):
            root, said = chance.choice(discussed), chance.randrange(len(bodies))
            yield Annotation(
                document=document,
                edition_id=root.edition_id,
                author=chance.choice(people),
                motivation="replying",
                parent=root,
                root=root,
                body=bodies[said],
                body_html=rendered[said],
                visibility=root.visibility,
                group_id=root.group_id,
                status="denied" if number % 200 == 17 else "approved",
                language="en",
                created_at=root.created_at + timedelta(hours=chance.randint(1, 900)),
                disagree_count=3 if number % 500 == 3 else 0,
            )

    for batch in _batches(rows()):
        Annotation.objects.bulk_create(batch, batch_size=500)


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == SAVED_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _decisions(
    chance: random.Random, document: Any, people: Sequence[Any], roots: Sequence[Any]
) -> None:
    """Decide three in five of what can be decided."""
    from reader.models import Disposition  # noqa: PLC0415 -- needs Django set up

    public = [root for root in roots if root.visibility == "public" and root.body]
    twin = public[0]
    rows = [
        Disposition(
            annotation=root,
            outcome=outcome,
            duplicate_of=twin if outcome == "duplicate" else None,
            reason=_sentence(chance, 5, 25),
            decided_by=people[-1],
            decided_at=root.created_at + timedelta(days=30),
        )
        for root in public[1:]
        if (outcome := chance.choice(OUTCOMES)) and chance.random() < 0.6
    ]
    Disposition.objects.bulk_create(rows, batch_size=SAVED_AT_ONCE)


def _finish(document: Any) -> None:
    """Do what the actions do along with every write, and let the database look at its tables."""
    from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up
    from django.db import connection  # noqa: PLC0415 -- likewise

    call_command("rebuild_search", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def counts() -> dict[str, int]:
    """Return how much there is."""
    from reader.models import Annotation, Block, Disposition  # noqa: PLC0415 -- needs Django set up

    return {
        "paragraphs": Block.objects.count(),
        "threads": Annotation.objects.filter(parent=None).count(),
        "replies": Annotation.objects.filter(parent__isnull=False).count(),
        "decisions": Disposition.objects.count(),
    }


def main() -> None:
    """Make the site and say what is in it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.large_discussion", description=__doc__
    )
    parser.add_argument("--into", type=Path, required=True, help="the folder of the site's data")
    parser.add_argument("--paragraphs", type=int, default=2_000)
    parser.add_argument("--threads", type=int, default=20_000)
    parser.add_argument("--replies", type=int, default=100_000)
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
    os.environ["POSTIL_DATA_DIR"] = str(options.into)
    os.environ["DATABASE_URL"] = f"sqlite:///{options.into}/postil.sqlite3"
    django.setup()
    make(options.paragraphs, options.threads, options.replies)
    print(counts(), file=sys.stderr)


if __name__ == "__main__":
    main()
