"""What is in a site, and whether it agrees with itself: ``python -m tests.torture.look``.

It prints one object of JSON: ``words``, the uids of the annotations by what they say, and
``troubles``, a sentence for everything that does not agree.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import django

MOST_NAMED = 5


def look() -> dict[str, Any]:
    """Return it."""
    from reader.models import Annotation  # noqa: PLC0415 -- Django is set up by now

    words = defaultdict(list)
    for uid, body in Annotation.objects.values_list("uid", "body").iterator():
        words[body].append(uid)
    return {"words": words, "troubles": list(troubles())}


def troubles() -> Iterator[str]:
    """Yield what does not agree."""
    yield from _whole()
    yield from _numbers()
    yield from _events()
    yield from _anchors()
    yield from _index()
    yield from _tallies()


def _whole() -> Iterator[str]:
    from django.db import connection  # noqa: PLC0415 -- as above

    connection.check_constraints()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            said = [row[0] for row in cursor.fetchall()]
        if said != ["ok"]:
            yield f"SQLite finds {said[:MOST_NAMED]}"


def _numbers() -> Iterator[str]:
    from reader.models import Document, Event  # noqa: PLC0415 -- as above

    for document in Document.objects.all():
        events = Event.objects.filter(document=document).order_by("number")
        numbers = list(events.values_list("number", flat=True))
        if numbers != list(range(1, document.last_event + 1)):
            yield f"{document.slug}: {len(numbers)} events, the last is {document.last_event}"


def _events() -> Iterator[str]:
    """Each annotation was told of once."""
    from reader.models import Annotation, Event  # noqa: PLC0415 -- as above

    told: dict[str, int] = defaultdict(int)
    made = Event.objects.filter(name__in=("annotation.created", "annotation.replied"))
    for name, subject, about in made.values_list("name", "subject", "about"):
        for uid in about if name == "annotation.replied" else [subject]:
            told[uid] += 1
    uids = set(Annotation.objects.values_list("uid", flat=True))
    if untold := uids - set(told):
        yield f"{len(untold)} annotations without an event: {sorted(untold)[:MOST_NAMED]}"
    if unknown := set(told) - uids:
        yield f"{len(unknown)} events without an annotation: {sorted(unknown)[:MOST_NAMED]}"
    if twice := [uid for uid, times in told.items() if times > 1]:
        yield f"{len(twice)} annotations with several events: {twice[:MOST_NAMED]}"


def _anchors() -> Iterator[str]:
    from reader.models import Annotation  # noqa: PLC0415 -- as above

    bare = Annotation.objects.filter(parent=None, anchors=None, edition__isnull=False).count()
    if bare:
        yield f"{bare} roots have no anchor"


def _index() -> Iterator[str]:
    """The index of words holds what there is, and nothing else."""
    from django.db import connection  # noqa: PLC0415 -- as above

    from reader.models import Annotation  # noqa: PLC0415 -- as above
    from reader.search.index import ANNOTATIONS  # noqa: PLC0415 -- as above

    key = "rowid" if connection.vendor == "sqlite" else "id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {ANNOTATIONS}")  # noqa: S608 -- our own names
        indexed = {row[0] for row in cursor.fetchall()}
    there = set(Annotation.objects.filter(deleted_at=None).values_list("pk", flat=True))
    if indexed != there:
        yield f"the index lacks {len(there - indexed)} and has {len(indexed - there)} too many"


def _tallies() -> Iterator[str]:
    """What is counted and kept is what counting anew finds."""
    from reader.models import Document  # noqa: PLC0415 -- as above
    from reader.queries.tallies import tallies_of  # noqa: PLC0415 -- as above
    from reader.queries.tally_counts import count  # noqa: PLC0415 -- as above

    for document in Document.objects.select_related("current_edition"):
        edition = document.current_edition
        if edition is None:
            continue
        kept, anew = tallies_of(document, edition), count(edition)
        if dict(kept.rows) != dict(anew.rows):
            yield f"{document.slug}: the tallies differ from what there is"


if __name__ == "__main__":
    django.setup()
    json.dump(look(), sys.stdout)
    sys.stdout.write("\n")
