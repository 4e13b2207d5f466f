"""The index of words: keeping it true, and asking it.

Whoever changes what is said or who may read it puts the annotation anew, in the same transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.apps import apps as present_apps
from django.apps.registry import Apps
from django.db import transaction

from reader.search.engines import ANNOTATIONS, BLOCKS, Candidate, Entry, engine
from reader.search.scope import Scope, marks_of, of_document
from reader.text.said import plain_text
from reader.text.search_query import Wanted
from reader.text.words import words_of

__all__ = ["ANNOTATIONS", "BLOCKS", "candidates", "put", "put_text", "rebuild", "remove"]

AT_ONCE = 2_000
MOST_WORDS = 10_000  # of one entry: PostgreSQL keeps no more than 16 383 places
COLUMNS = (
    "pk",
    "document_id",
    "author_id",
    "group_id",
    "motivation",
    "visibility",
    "status",
    "body",
    "body_html",
    "replacement",
    "language",
)
Row = TypeVar("Row")


def candidates(
    table: str,
    wanted: Sequence[Wanted],
    scope: Scope,
    limit: int,
    among: Collection[int] | None = None,
) -> list[Candidate]:
    """Return the newest entries that hold what is wanted, whatever the database.

    What they say about who may read them is no more than a hint: fetch them through the policy.

    Args:
        table: :data:`ANNOTATIONS` or :data:`BLOCKS`.
        wanted: the words; at least one of them, or of the scope's marks, must not be excluded.
        scope: which entries to look at.
        limit: at most so many.
        among: only entries of these rows.
    """
    return engine().candidates(table, wanted, scope, limit, among)


def put(annotations: Iterable[int]) -> None:
    """Index the annotations of these ids as they are now; those that are deleted go."""
    _put(annotations, present_apps)


def _put(annotations: Iterable[int], apps: Apps) -> None:
    model: Any = apps.get_model("reader", "Annotation")
    for batch in _batched(annotations):
        living = model.objects.filter(pk__in=batch, deleted_at__isnull=True).order_by()
        rows = list(living.values(*COLUMNS))
        tags: dict[int, list[str]] = defaultdict(list)
        links = model.tags.through.objects.filter(annotation_id__in=batch)
        for pk, name in links.values_list("annotation_id", "tag__name"):
            tags[pk].append(name)
        engine().put(ANNOTATIONS, [_entry(row, tags[row["pk"]]) for row in rows])
        engine().remove(ANNOTATIONS, set(batch) - {row["pk"] for row in rows})


def put_new(annotation: Any, tags: Sequence[str]) -> None:
    """Index an annotation that was saved just now, with the names of its tags."""
    row = {name: getattr(annotation, name) for name in COLUMNS}
    engine().put(ANNOTATIONS, [_entry(row, list(tags))])


def remove(annotations: Iterable[int]) -> None:
    """Take annotations out of the index."""
    engine().remove(ANNOTATIONS, annotations)


def text_of(body: str, body_html: str, replacement: str | None) -> str:
    """Return what an annotation says, without markup, as it is indexed and shown."""
    said = plain_text(body_html) if body_html else body
    return f"{said} {replacement}".strip() if replacement else said


def _entry(row: dict[str, Any], tags: list[str]) -> Entry:
    said = text_of(row["body"], row["body_html"], row["replacement"])
    return _worded(row["pk"], said, row["language"], marks_of(row, tags))


def _worded(pk: int, text: str, language: str, marks: list[str]) -> Entry:
    words = list(islice(words_of(text, language), MOST_WORDS))
    return Entry(pk, [word.exact for word in words], [word.stem for word in words], marks)


def put_text(document: int) -> None:
    """Index the current edition of the document of this id, and no other edition of it."""
    _put_text(document, present_apps)


def _put_text(document: int, apps: Apps) -> None:
    block: Any = apps.get_model("reader", "Block")
    rows = block.objects.filter(edition__document_id=document).order_by()
    current = apps.get_model("reader", "Document").objects.filter(pk=document)
    found = current.values_list("current_edition_id", "language").first()
    if found is None:
        return
    edition, language = found
    engine().remove(BLOCKS, rows.exclude(edition_id=edition).values_list("pk", flat=True))
    texts = rows.filter(edition_id=edition).values_list("pk", "text")
    marks = [of_document(document)]
    engine().put(BLOCKS, [_worded(pk, text, language, marks) for pk, text in texts])


@transaction.atomic
def rebuild(apps: Apps = present_apps) -> None:
    """Make the index anew from everything there is."""
    engine().drop()
    engine().create()
    annotations = apps.get_model("reader", "Annotation").objects.filter(deleted_at__isnull=True)
    _put(annotations.order_by("pk").values_list("pk", flat=True).iterator(AT_ONCE), apps)
    for document in list(apps.get_model("reader", "Document").objects.values_list("pk", flat=True)):
        _put_text(document, apps)
    engine().index()


def _batched(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, AT_ONCE)):
        yield batch
