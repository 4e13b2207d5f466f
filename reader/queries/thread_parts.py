"""What hangs on the roots of threads: tags, the decision that stands, why one was taken down.

The same as Django would fetch for ``threads.roots``, by queries that are made once.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import F, prefetch_related_objects

from reader import ready_made
from reader.models import Disposition, Status, Tag
from reader.queries.dispositions import standing
from reader.queries.threads import DENIALS, PlacedRoots

if TYPE_CHECKING:
    from django.db.models import QuerySet


def without(rows: PlacedRoots) -> PlacedRoots:
    """Return the roots with nothing that hangs on them."""
    return rows.prefetch_related(None)


def fill_in(rows: Sequence[Any]) -> None:
    """Give the roots their ``tags`` and ``answers``, and ``denials`` to those taken down."""
    if not rows:
        return
    pks = ready_made.padded([row.pk for row in rows])
    tags: dict[int, list[Tag]] = defaultdict(list)
    for tag in ready_made.rows("tags of", _tags, *pks):
        tags[tag.annotated].append(tag)
    answers: dict[int, list[Disposition]] = defaultdict(list)
    for answer in ready_made.rows("answers to", _answers, *pks):
        answers[answer.annotation_id].append(answer)
    for row in rows:
        row.answers = answers[row.pk]
        own = Tag.objects.none()
        own._result_cache = tags[row.pk]  # noqa: SLF001 -- as Django itself keeps what it fetched
        row._prefetched_objects_cache = {"tags": own}  # noqa: SLF001 -- likewise
    prefetch_related_objects([row for row in rows if _is_down(row)], DENIALS)


def _is_down(row: Any) -> bool:
    return row.status in (Status.DENIED, Status.SPAM)


def _tags(*pks: int) -> "QuerySet[Tag]":
    return Tag.objects.filter(annotations__in=pks).annotate(annotated=F("annotations__pk"))


def _answers(*pks: int) -> "QuerySet[Disposition]":
    return standing().filter(annotation__in=pks)
