"""How the discussion is spread over an edition: numbers for each block, the same for all viewers.

They count the public discussion only (:func:`reader.policy.public_threads`). Counting all of a long
discussion takes most of a second, so that the numbers are kept in the cache, under the number of
the document's last event, and brought up to date by counting those blocks anew that later events
name. The number is taken before anything is counted: what is written meanwhile is counted twice,
and never missed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import F
from django.db.models.functions import Coalesce

from reader.models import Anchor, Annotation, Block, Document, Edition, Event
from reader.queries.tally_counts import Counted, count
from reader.text.popular import Passage

SHAPE = 1  # of what is kept; raise it with every change, so that nothing old is read
EVENTS_AT_ONCE = 400  # beyond that many it is quicker to count everything
ABOUT_ANNOTATIONS = "annotation."
ABOUT_EDITIONS = "edition."
COUNT_NOTHING = frozenset({"annotation.flagged", "annotation.assigned", "annotation.labelled"})
LEAVE_A_BLOCK = frozenset({"annotation.moved", "annotation.placed"})  # which one is not told


class Tally(NamedTuple):
    """What stands on one block.

    ``threads`` are those in which something is said; ``highlights`` are mere marks; ``people``
    wrote or marked something. The other numbers but ``replies`` count threads.
    """

    people: int = 0
    threads: int = 0
    replies: int = 0
    questions: int = 0
    unanswered: int = 0
    contested: int = 0
    decided: int = 0
    highlights: int = 0

    @property
    def undecided(self) -> int:
        """How many threads have no decision."""
        return self.threads - self.decided


@dataclass(frozen=True, slots=True)
class Tallies:
    """The numbers of an edition, by the ids of its blocks; key 0 holds what has no place in it."""

    version: int
    rows: Mapping[int, tuple[int, ...]]
    marked: Mapping[int, tuple[tuple[int, int, int], ...]]

    def of(self, block: int) -> Tally:
        """Return the numbers of a block."""
        return Tally(*self.rows.get(block, ()))

    @property
    def total(self) -> Tally:
        """The sums over all blocks and what has no place; people are not counted in it."""
        sums = [sum(column) for column in zip(*self.rows.values(), strict=True)]
        return Tally(*sums)._replace(people=0) if sums else Tally()

    def passages(self) -> Iterator[tuple[int, Passage]]:
        """Yield the most-marked passages of each block, with the block's id, in no order."""
        for block, found in self.marked.items():
            yield from zip(repeat(block), (Passage(*one) for one in found))


def tallies_of(document: Document, edition: Edition) -> Tallies:
    """Return the numbers of a published edition as they are now."""
    kept = _kept(edition)
    version = document.last_event
    if kept is not None and kept.version > version:  # counted since the document was looked up
        version = Document.objects.values_list("last_event", flat=True).get(pk=document.pk)
    if kept is not None and kept.version == version:
        return kept
    found = _brought_up(kept, edition, version) if kept and kept.version < version else None
    if found is None:
        counted = count(edition)
        found = Tallies(version, counted.rows, counted.marked)
    caches["pages"].set(_key(edition), (SHAPE, version, found.rows, found.marked), timeout=None)
    return found


def _key(edition: Edition) -> str:
    return f"tallies:{edition.pk}"


def _kept(edition: Edition) -> Tallies | None:
    kept = caches["pages"].get(_key(edition))
    if not isinstance(kept, tuple) or kept[0] != SHAPE:
        return None
    return Tallies(*kept[1:])


def _brought_up(kept: Tallies, edition: Edition, version: int) -> Tallies | None:
    """Return what was kept with the blocks counted anew that changed; None: count everything."""
    later = Event.objects.filter(
        document=edition.document_id, number__gt=kept.version, number__lte=version
    )
    events = list(later.values_list("name", "subject")[: EVENTS_AT_ONCE + 1])
    if len(events) > EVENTS_AT_ONCE or any(_concerns_all(name) for name, _subject in events):
        return None
    uids = {
        subject
        for name, subject in events
        if name.startswith(ABOUT_ANNOTATIONS) and name not in COUNT_NOTHING
    }
    blocks = _blocks_of(uids, edition)
    counted = count(edition, blocks) if blocks else Counted({}, {})
    rows = {block: row for block, row in kept.rows.items() if block not in blocks}
    marked = {block: found for block, found in kept.marked.items() if block not in blocks}
    return Tallies(version, rows | counted.rows, marked | counted.marked)


def _concerns_all(name: str) -> bool:
    return name.startswith(ABOUT_EDITIONS) or name in LEAVE_A_BLOCK


def _blocks_of(uids: set[str], edition: Edition) -> set[int]:
    """Return the ids of the blocks in which the threads of these annotations begin."""
    if not uids:
        return set()
    threads = Annotation.objects.filter(uid__in=uids).values(thread=Coalesce("root_id", "pk"))
    rows = Anchor.objects.filter(edition=edition, annotation__in=threads)
    return set(rows.values_list(Coalesce(F("first_block_id"), 0), flat=True))


class Line(NamedTuple):
    """A block as the map and the table name it."""

    pk: int
    ref: str
    number: int | None
    kind: str
    level: int


def lines_of(edition: Edition) -> list[Line]:
    """Return the blocks of an edition in reading order, without their text."""
    rows = Block.objects.filter(edition=edition).order_by("position")
    return [Line(*row) for row in rows.values_list("pk", "ref", "number", "kind", "level")]
