"""Sites of many documents for ``tests.bench.scale``: the same kind of site at any size.

For each hundred annotations there is one document of twenty paragraphs and one person. Documents
are discussed unevenly, by a pattern that repeats every hundred documents, so that the documents of
a small site have their like on a large one. The annotations of all documents come mixed, as they
are written on a real site. All of it goes past the rules of posting, in bulk.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import F

from reader.models import (
    Anchor,
    Annotation,
    Block,
    Decision,
    Disposition,
    Document,
    Edition,
    Event,
    Flag,
    Tag,
    User,
)
from reader.models.annotations import new_uid
from reader.search.engines import ANNOTATIONS, BLOCKS, Entry, engine
from reader.search.scope import marks_of, of_document
from reader.text.blocks import SEPARATOR
from tests.bench.wordy_site import Said, Words, said, settle, write

EACH = 100  # annotations for each document, and for each person
PARAGRAPHS = 20
PATTERN = 100  # documents
TAGS = 60
TEXTS, BODIES = 2_000, 10_000  # different paragraphs, different things to say
RARE, RARE_HITS = 40, 5  # words that stand in so many annotations, on a site of any size
PASSAGE = 24  # characters
AT_ONCE = 5_000
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def rare_word(number: int) -> str:
    """Return a word that stands in :data:`RARE_HITS` annotations and in no text."""
    return f"quux{chr(97 + number // 26)}{chr(97 + number % 26)}xyl"


def weights() -> list[int]:
    """Return how many annotations the documents of one pattern have, 100 on average."""
    chance = random.Random(7)
    drawn = [chance.expovariate(1.0) + 0.1 for _document in range(PATTERN)]
    counts = [max(3, round(one * EACH * PATTERN / sum(drawn))) for one in drawn]
    counts[0] += EACH * PATTERN - sum(counts)
    return counts


class Maker:
    """Fills an empty, migrated database."""

    def __init__(self, annotations: int) -> None:
        self.count = annotations
        self.documents = max(annotations // EACH, 1)
        self.words = Words(2026)
        self.chance = self.words.chance
        self.texts = [said(self._words(60)) for _text in range(TEXTS)]
        self.bodies = [said(self._words(8 + self.chance.randrange(35))) for _b in range(BODIES)]
        self.starts: list[list[tuple[int, int, Said]]] = []  # of each document: its paragraphs
        self.roots: list[list[int]] = []
        self.events: list[int] = []

    def _words(self, count: int) -> str:
        return " ".join(self.words.take(count))

    def make(self) -> None:
        """Write everything, and let the database look at its tables."""
        self._people()
        self._documents()
        for rows in _batches(self._annotations()):
            self._save(rows)
        write(Decision, self._decisions())
        self._number_events()
        engine().index()
        settle()

    def _people(self) -> None:
        number = max(self.count // EACH, 20)
        write(
            User, ({"username": f"person-{n}", "email": f"{n}@example.org"} for n in range(number))
        )
        self.people = list(User.objects.order_by("pk").values_list("pk", flat=True))
        Tag.objects.bulk_create([Tag(name=f"topic-{n}") for n in range(TAGS)])

    def _documents(self) -> None:
        numbers = range(self.documents)
        write(Document, (self._document(n) for n in numbers))
        write(Edition, (self._edition(n) for n in numbers))
        write(Block, (row for n in numbers for row in self._blocks(n)))
        Document.objects.update(current_edition_id=F("pk"))
        pk = 0
        for begun in range(0, self.documents, 100):
            entries = []
            for number in range(begun, min(begun + 100, self.documents)):
                for _start, _at, text in self.starts[number]:
                    pk += 1
                    entries.append(Entry(pk, text.exact, text.stems, [of_document(number + 1)]))
            engine().put(BLOCKS, entries)

    def _document(self, number: int) -> dict[str, Any]:
        return {
            "slug": f"text-{number}",
            "title": f"Text {number} {self._words(3)}",
            "author": f"Author {number % 500}",
            "created_at": BEGAN + timedelta(minutes=number),
        }

    def _edition(self, number: int) -> dict[str, Any]:
        places, start = [], 0
        for position in range(PARAGRAPHS):
            text = self.chance.choice(self.texts)
            places.append((start, number * PARAGRAPHS + position + 1, text))
            start += len(text.text) + len(SEPARATOR)
        self.starts.append(places)
        self.roots.append([])
        return {
            "document_id": number + 1,
            "number": 1,
            "source_name": "text.txt",
            "text": SEPARATOR.join(text.text for _start, _pk, text in places),
            "published_at": BEGAN,
        }

    def _blocks(self, number: int) -> Iterator[dict[str, Any]]:
        for position, (start, _pk, text) in enumerate(self.starts[number]):
            yield {
                "edition_id": number + 1,
                "position": position,
                "ref": f"p{position + 1}",
                "number": position + 1,
                "text": text.text,
                "start": start,
            }

    def _order(self) -> list[int]:
        """Return the documents that are written about, one after the other."""
        counts = weights()
        order = [n for n in range(self.documents) for _one in range(counts[n % PATTERN])]
        self.chance.shuffle(order)
        return order[: self.count]

    def _annotations(self) -> Iterator[dict[str, Any]]:
        spread = max(self.count // (RARE * RARE_HITS), 1)
        for number, document in enumerate(self._order()):
            text = self.chance.choice(self.bodies)
            if number % spread == 0:
                rare = said(rare_word(number // spread % RARE))
                text = Said(
                    f"{text.text} {rare.text}", text.exact + rare.exact, text.stems + rare.stems
                )
            roots, pk = self.roots[document], number + 1
            if roots and self.chance.random() < 1 / 3:
                root = self.chance.choice(roots)
                kind = {"motivation": "replying", "parent_id": root, "root_id": root}
                place = None
            else:
                roots.append(pk)
                kind, place = self._place(document)
            yield {**kind, **self._common(number, document, text), "said": text, "place": place}

    def _place(self, document: int) -> tuple[dict[str, Any], tuple[int, int]]:
        begin, block, text = self.chance.choice(self.starts[document])
        start = self.chance.randrange(len(text.text) - PASSAGE)
        kinds = ["commenting"] * 7 + ["questioning"] * 2 + ["editing"]
        kind = {
            "motivation": self.chance.choice(kinds),
            "start": begin + start,
            "end": begin + start + PASSAGE,
            "exact": text.text[start : start + PASSAGE],
        }
        return kind, (block, start)

    def _common(self, number: int, document: int, text: Said) -> dict[str, Any]:
        fate = self.chance.random()
        at = BEGAN + timedelta(seconds=30 * number)
        is_pending, is_disputed = fate > 0.97, self.chance.random() < 0.05
        return {
            "uid": new_uid(),
            "document_id": document + 1,
            "edition_id": document + 1,
            "author_id": self.chance.choice(self.people),
            "body": text.text,
            "body_html": f"<p>{text.text}</p>\n",
            "language": "en",
            "visibility": "private" if fate < 0.03 else "public",
            "status": "pending" if is_pending else "approved",
            "attention_since": at if is_pending else None,
            "disagree_count": 3 if is_disputed else 0,
            "created_at": at,
        }

    def _save(self, rows: list[tuple[int, dict[str, Any]]]) -> None:
        """Write annotations with all that hangs on them."""
        chance = self.chance
        plain = [{k: v for k, v in row.items() if k not in {"said", "place"}} for _pk, row in rows]
        write(Annotation, plain)
        roots = [(pk, row) for pk, row in rows if row["place"]]
        write(Anchor, (_anchor(pk, row) for pk, row in roots))
        public = [pk for pk, row in roots if row["visibility"] == "public"]
        write(
            Disposition,
            (
                {"annotation_id": pk, "outcome": "answered", "reason": "Yes."}
                for pk in public
                if chance.random() < 0.4
            ),
        )
        tagged = {pk: chance.randrange(TAGS) for pk, _row in roots if chance.random() < 0.1}
        write(
            Annotation.tags.through,
            ({"annotation_id": pk, "tag_id": tag + 1} for pk, tag in tagged.items()),
        )
        flagged = [pk for pk in public if chance.random() < 0.01]
        people = self.people
        write(
            Flag,
            (
                {"annotation_id": pk, "reporter_id": chance.choice(people), "reason": "spam"}
                for pk in flagged
            ),
        )
        write(Event, (self._event(pk, row) for pk, row in rows))
        entries = []
        for pk, row in rows:
            names = [f"topic-{tagged[pk]}"] if pk in tagged else []
            marks = marks_of({"group_id": None, **row}, names)
            entries.append(Entry(pk, row["said"].exact, row["said"].stems, marks))
        engine().put(ANNOTATIONS, entries)
        Annotation.objects.filter(pk__in=flagged).update(attention_since=F("created_at"))

    def _event(self, _pk: int, row: dict[str, Any]) -> dict[str, Any]:
        if not self.events:
            self.events = [0] * self.documents
        document = row["document_id"]
        self.events[document - 1] += 1
        return {
            "document_id": document,
            "number": self.events[document - 1],
            "name": "annotation.created",
            "subject": row["uid"],
            "at": row["created_at"],
        }

    def _decisions(self) -> Iterator[dict[str, Any]]:
        """Yield moderators' acts, one for each twenty annotations, without true seals."""
        for number in range(sum(self.events) // 20):
            yield {
                "annotation_id": number * 20 + 1,
                "annotation_uid": "x" * 22,
                "actor_name": "A moderator",
                "act": "approve",
                "before": "pending",
                "after": "approved",
                "version": 1,
                "previous_hash": f"{number:064x}",
                "hash": f"{number + 1:064x}",
            }

    def _number_events(self) -> None:
        numbers = [(last, pk) for pk, last in enumerate(self.events, 1)]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE reader_document SET last_event = %s WHERE id = %s", numbers)


def _anchor(pk: int, row: dict[str, Any]) -> dict[str, Any]:
    block, start = row["place"]
    return {
        "annotation_id": pk,
        "edition_id": row["edition_id"],
        "first_block_id": block,
        "last_block_id": block,
        "start": start,
        "end": start + PASSAGE,
        "verdict": "exact",
        "score": 1.0,
    }


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    numbered = enumerate(rows, 1)
    while batch := list(islice(numbered, AT_ONCE)):
        yield batch
