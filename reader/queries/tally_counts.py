"""Counting the public discussion, block by block, in two queries."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Annotation, Disposition, Edition, Motivation, Status, Visibility
from reader.queries.contested import CONTESTED
from reader.queries.threads import BARE
from reader.text.popular import Marking, popular

READ_AT_ONCE = 2_000
PASSAGES_KEPT = 5  # of one block
NO_PLACE = 0
PUBLIC_REPLIES = Q(
    parent__isnull=False,
    visibility=Visibility.PUBLIC,
    status=Status.APPROVED,
    deleted_at__isnull=True,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted, by the ids of blocks: the columns of a tally, the most-marked passages."""

    rows: dict[int, tuple[int, ...]]
    marked: dict[int, tuple[tuple[int, int, int], ...]]


@dataclass(slots=True)
class _Thread:
    """A public root, and what its replies make of it."""

    pk: int
    block: int
    start: int | None
    end: int | None
    first: int | None
    last: int | None
    author: int | None
    motivation: str
    is_bare: bool
    is_contested: bool
    is_decided: bool
    is_answered_by_others: bool = False
    replies: int = 0

    @property
    def person(self) -> int:
        """Who wrote it; nobody knows who wrote what has no author, so each is somebody."""
        return -self.pk if self.author is None else self.author

    @property
    def span(self) -> tuple[int, int] | None:
        """Its passage in the edition's text; None where it has no place."""
        if self.start is None or self.end is None or self.first is None or self.last is None:
            return None
        return self.first + self.start, self.last + self.end


def count(edition: Edition, blocks: Collection[int] | None = None) -> Counted:
    """Count the threads that begin in some of the blocks, or all.

    Blocks on which nothing stands are left out. Key 0, asked for or found, is for threads without
    a place in the edition.
    """
    threads = {one.pk: one for one in _threads(edition, blocks)}
    people: dict[int, set[int]] = defaultdict(set)
    for root, author, is_contested in _replies(edition, blocks):
        if (thread := threads.get(root)) is None:
            continue  # it hangs on what is not public, or was begun after the threads were read
        thread.replies += 1
        thread.is_contested |= bool(is_contested)
        thread.is_answered_by_others |= author is None or author != thread.author
        people[thread.block].add(author or 0)
    by_block: dict[int, list[_Thread]] = defaultdict(list)
    for thread in threads.values():
        by_block[thread.block].append(thread)
        people[thread.block].add(thread.person)
    rows = {block: (len(people[block]), *_numbers(ones)) for block, ones in by_block.items()}
    marked = {block: _passages(ones) for block, ones in by_block.items() if block != NO_PLACE}
    return Counted(rows, {block: found for block, found in marked.items() if found})


def _numbers(threads: Sequence[_Thread]) -> tuple[int, ...]:
    """Return the columns of a tally but the people."""
    said = [one for one in threads if one.replies or not one.is_bare]
    questions = [one for one in said if one.motivation == Motivation.QUESTIONING]
    return (
        len(said),
        sum(one.replies for one in said),
        len(questions),
        sum(not (one.is_decided or one.is_answered_by_others) for one in questions),
        sum(one.is_contested for one in said),
        sum(one.is_decided for one in said),
        len(threads) - len(said),
    )


def _passages(threads: Sequence[_Thread]) -> tuple[tuple[int, int, int], ...]:
    """Return the most-marked passages as plain tuples: people, start, end in the edition's text."""
    markings = [
        Marking(one.span[0], one.span[1], one.person) for one in threads if one.span is not None
    ]
    return tuple((one.people, one.start, one.end) for one in popular(markings)[:PASSAGES_KEPT])


def _threads(edition: Edition, blocks: Collection[int] | None) -> Iterator[_Thread]:
    standing = Disposition.objects.filter(annotation=OuterRef("pk"), withdrawn_at__isnull=True)
    rows = (
        _standing_in(edition, blocks, "")
        .filter(policy.public_threads())
        .order_by()
        .values_list(
            "pk",
            Coalesce(F("anchors__first_block_id"), NO_PLACE),
            "anchors__start",
            "anchors__end",
            "anchors__first_block__start",
            "anchors__last_block__start",
            "author_id",
            "motivation",
            _whether(BARE),
            _whether(CONTESTED),
            Exists(standing),
        )
    )
    return (_Thread(*row) for row in rows.iterator(READ_AT_ONCE))


def _whether(condition: Q) -> Any:
    return Case(When(condition, Value(True)), default=Value(False))


def _replies(
    edition: Edition, blocks: Collection[int] | None
) -> Iterator[tuple[int, int | None, bool]]:
    """Yield root, author, and whether it is contested, for every public reply in the document."""
    rows = Annotation.objects.filter(document_id=edition.document_id)
    if blocks is not None:
        rows = _standing_in(edition, blocks, "root__")
    found = rows.filter(PUBLIC_REPLIES).order_by()
    return found.values_list("root_id", "author_id", _whether(CONTESTED)).iterator(READ_AT_ONCE)


def _standing_in(
    edition: Edition, blocks: Collection[int] | None, path: str
) -> QuerySet[Annotation]:
    """Return the annotations that begin, or whose roots begin, in these blocks of the edition."""
    here = {f"{path}anchors__edition": edition, "document_id": edition.document_id}
    if blocks is None:
        return Annotation.objects.filter(**here)
    placed = Q(**{f"{path}anchors__first_block__in": [pk for pk in blocks if pk != NO_PLACE]})
    if NO_PLACE in blocks:
        placed |= Q(**{f"{path}anchors__first_block__isnull": True})
    return Annotation.objects.filter(placed, **here)
