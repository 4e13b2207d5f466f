"""The site of ``tests.bench.search``: many documents, and words in their margins by Zipf's law."""

import random
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.test import Client

from reader.actions.documents import About, import_document
from reader.models import Anchor, Annotation, Block, Disposition, Document, Tag, User
from reader.models.annotations import new_uid
from reader.text.words import words_of

DOCUMENTS = 20
PARAGRAPHS = 200
PEOPLE = 2_000
TAGS = 60
VOCABULARY = 60_000
AT_ONCE = 10_000
ENDINGS = ("", "", "", "s", "ed", "ing")
TIMES = 40
SLUG = "text-0"


class Words:
    """Words that look like words, the first of them far more frequent than the last."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
        known: dict[str, None] = {}
        while len(known) < VOCABULARY:
            size = 1 + min(len(known) // 60, 1) + min(len(known) // 4_000, 1)
            stem = "".join(self.chance.choices(syllables, k=size)) + self.chance.choice("bdgkmnrt")
            known[stem + self.chance.choice(ENDINGS)] = None
        self.known = list(known)
        self.weights = list(accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY)))

    def take(self, count: int) -> list[str]:
        return self.chance.choices(self.known, cum_weights=self.weights, k=count)


@dataclass(frozen=True, slots=True)
class Said:
    """Something to say or to read, with its words as the index keeps them."""

    text: str
    exact: list[str]
    stems: list[str]


def said(text: str) -> Said:
    """Return the text with its words."""
    words = list(words_of(text, "en"))
    return Said(text, [word.exact for word in words], [word.stem for word in words])


def make(words: Words, annotations: int) -> None:
    """Fill the site, past the rules of posting: a third roots, the rest replies."""
    people = [User(username=f"person-{n}", email=f"{n}@example.org") for n in range(PEOPLE)]
    User.objects.bulk_create(people)
    Tag.objects.bulk_create([Tag(name=f"topic-{n}") for n in range(TAGS)])
    for number in range(DOCUMENTS):
        texts = [" ".join(words.take(80)) for _paragraph in range(PARAGRAPHS)]
        data = f"Text {number}\n\n" + "\n\n".join(texts)
        about = About(slug=f"text-{number}")
        import_document(data=data.encode(), name="text.txt", about=about)
    roots = annotations // 3
    write(Annotation, _annotations(words, annotations, roots))
    write(Anchor, _anchors(words, roots))
    write(Disposition, _dispositions(words, roots))
    write(Annotation.tags.through, _tags(words, roots))


def write(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows given by the columns that are not blank, past all rules, as fast as can be."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    blank = model()
    default = {field.attname: getattr(blank, field.attname) for field in fields}
    names = ", ".join(f'"{field.column}"' for field in fields)
    holes = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({holes})"  # noqa: S608 -- our own names
    prepared = {
        field.attname: field.get_db_prep_save(default[field.attname], connection)
        for field in fields
    }
    batch: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for row in rows:
            whole = {**prepared, **{name: _as_kept(value) for name, value in row.items()}}
            batch.append(tuple(whole[field.attname] for field in fields))
            if len(batch) == AT_ONCE:
                cursor.executemany(sql, batch)
                batch.clear()
        if batch:
            cursor.executemany(sql, batch)


def _as_kept(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _annotations(words: Words, count: int, roots: int) -> Iterator[dict[str, Any]]:
    chance = words.chance
    documents = dict(Document.objects.values_list("pk", "current_edition_id"))
    pks, people = list(documents), list(User.objects.values_list("pk", flat=True))
    placed: list[int] = []
    kinds = ["commenting"] * 7 + ["questioning"] * 2 + ["editing"]
    for number in range(count):
        body = " ".join(words.take(8 + chance.randrange(35)))
        if number < roots:
            document = pks[min(int(chance.expovariate(0.25)), DOCUMENTS - 1)]
            placed.append(document)
            kind = {"motivation": chance.choice(kinds), "start": number, "end": number + 5}
        else:
            root = chance.randrange(roots)
            document = placed[root]
            kind = {"motivation": "replying", "parent_id": root + 1, "root_id": root + 1}
        fate = chance.random()
        yield {
            **kind,
            "uid": new_uid(),
            "document_id": document,
            "edition_id": documents[document],
            "author_id": people[min(int(chance.expovariate(0.002)), PEOPLE - 1)],
            "body": body,
            "body_html": f"<p>{body}</p>\n",
            "language": "en",
            "visibility": "private" if fate < 0.03 else "public",
            "status": "pending" if fate > 0.98 else "approved",
        }


def _anchors(words: Words, roots: int) -> Iterator[dict[str, Any]]:
    blocks: dict[int, list[int]] = {}
    for pk, edition in Block.objects.values_list("pk", "edition_id"):
        blocks.setdefault(edition, []).append(pk)
    rows = Annotation.objects.filter(parent=None).order_by("pk").values_list("pk", "edition_id")
    for pk, edition in list(rows[:roots]):
        block = words.chance.choice(blocks[edition])
        yield {
            "annotation_id": pk,
            "edition_id": edition,
            "first_block_id": block,
            "last_block_id": block,
            "start": 0,
            "end": 5,
            "verdict": "exact",
            "score": 1.0,
        }


def _dispositions(words: Words, roots: int) -> Iterator[dict[str, Any]]:
    for pk in range(1, roots + 1):
        if words.chance.random() < 0.4:
            yield {"annotation_id": pk, "outcome": "answered", "reason": "Yes."}


def _tags(words: Words, roots: int) -> Iterator[dict[str, Any]]:
    tags = list(Tag.objects.values_list("pk", flat=True))
    for pk in range(1, roots + 1):
        if words.chance.random() < 0.1:
            yield {"annotation_id": pk, "tag_id": words.chance.choice(tags)}


def settle() -> None:
    """Let the database count what it has, as it does by itself on a site that has run a while."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def ask(words: Words) -> dict[str, dict[str, float]]:
    """Return how long answers take, in milliseconds, by the kind of question and who asks."""
    guest, reader = Client(SERVER_NAME="127.0.0.1"), Client(SERVER_NAME="127.0.0.1")
    backend = settings.AUTHENTICATION_BACKENDS[0]
    reader.force_login(User.objects.get(username="person-7"), backend=backend)
    return {
        f"{kind}, {name}": _timed(client, address, questions)
        for kind, (address, questions) in _questions(words).items()
        for name, client in (("anonymous", guest), ("signed in", reader))
    }


def _questions(words: Words) -> dict[str, tuple[str, Sequence[str]]]:
    chance, known = words.chance, words.known
    rare, some, common = known[20_000:60_000], known[300:3_000], known[:25]

    def several(make_one: Any) -> list[str]:
        return [make_one() for _time in range(TIMES)]

    everywhere, here = "/search/", f"/d/{SLUG}/search/"
    return {
        "rare word": (everywhere, several(lambda: chance.choice(rare))),
        "word": (everywhere, several(lambda: chance.choice(some))),
        "common word": (everywhere, several(lambda: chance.choice(common))),
        "common word, one document": (here, several(lambda: chance.choice(common))),
        "two common words": (everywhere, several(lambda: " ".join(chance.sample(common, 2)))),
        "three words": (everywhere, several(lambda: " ".join(chance.sample(known[:300], 3)))),
        "phrase": (everywhere, several(lambda: f'"{" ".join(chance.sample(known[:200], 2))}"')),
        "phrase of common words": (
            everywhere,
            several(lambda: f'"{" ".join(chance.sample(common, 2))}"'),
        ),
        "prefix": (everywhere, several(lambda: f"{chance.choice(some)[:4]}*")),
        "word without another": (
            everywhere,
            several(lambda: f"{chance.choice(common)} -{chance.choice(common)}"),
        ),
        "author:": (everywhere, several(lambda: f"author:person-{chance.randrange(2000)}")),
        "word author:": (
            everywhere,
            several(lambda: f"{chance.choice(common)} author:person-{chance.randrange(900)}"),
        ),
        "word tag:": (
            everywhere,
            several(lambda: f"{chance.choice(common)} tag:topic-{chance.randrange(TAGS)}"),
        ),
        "word in:p12..p20": (here, several(lambda: f"{chance.choice(common)} in:p12..p20")),
        "word is:undecided": (everywhere, several(lambda: f"{chance.choice(common)} is:undecided")),
        "is:undecided": (here, ["is:undecided"] * 5),
        "word is:decided": (everywhere, several(lambda: f"{chance.choice(common)} is:decided")),
        "word is:unanswered": (
            everywhere,
            several(lambda: f"{chance.choice(common)} is:unanswered"),
        ),
        "word is:contested": (everywhere, several(lambda: f"{chance.choice(common)} is:contested")),
    }


def _timed(client: Client, address: str, questions: Sequence[str]) -> dict[str, float]:
    took = []
    client.get(address, {"q": questions[0]})
    for question in questions:
        began = time.perf_counter()
        response = client.get(address, {"q": question})
        took.append((time.perf_counter() - began) * 1000)
        assert response.status_code == 200, question
    took.sort()
    return {
        "p50": round(statistics.median(took), 1),
        "p95": round(took[int(len(took) * 0.95) - 1], 1),
        "most": round(took[-1], 1),
    }
