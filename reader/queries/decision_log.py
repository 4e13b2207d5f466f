"""Reading the decision log as a whole: whether it is still what was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from reader.models import Annotation, Decision, Document, LogHead, User
from reader.sealing import FORMAT, chained_hash, vouches_for

AT_ONCE = 2_000  # rows fetched at a time
HEAD = 1  # the id of the one row that says where the log ends
SEALED = (
    "id",
    "chain_format",
    "previous_hash",
    "hash",
    "annotation_uid",
    "document_number",
    "person_number",
    "actor_number",
    "actor_name",
    "act",
    "reason",
    "rule",
    "note",
    "before",
    "after",
    "until",
    "version",
    "for_group",
    "undoes_id",
    "judges_id",
    "waited",
    "at",
)
# What the first format did not seal, and rows of that time do not have.
LATER = ("document_number", "person_number", "actor_number", "until", "judges_id", "waited")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the log that is not as it was written; ``row`` is 0 for its end."""

    row: int
    what: str

    def __str__(self) -> str:
        return f"Row {self.row} of the moderators' log {self.what}" if self.row else self.what


def head() -> LogHead:
    """Return where the log ends: of an empty one, a head that counts nothing."""
    return LogHead.objects.filter(pk=HEAD).first() or LogHead(pk=HEAD)


def faults(expected: str = "") -> Iterator[Fault]:
    """Yield what was altered, is missing, was put in or stands in another order.

    Of rows sealed in the first format, the group and the document they are about are not sealed.

    Args:
        expected: a hash, or a seal from the public record, that somebody noted earlier; it must
            be one of the rows'.
    """
    before, row_before, count, is_there = "", 0, 0, not expected
    rows: Any = Decision.objects.order_by("pk").values_list(*SEALED, named=True)
    for row in rows.iterator(AT_ONCE):
        if row.previous_hash != before:
            yield Fault(row.id, "does not follow on the row before it")
        if not _is_sealed(row):
            yield Fault(row.id, "is not what was written")
        before, row_before, count = row.hash, row.id, count + 1
        is_there = is_there or vouches_for(expected, row.hash)
    end = head()
    if (end.count, end.hash, end.row) != (count, before, row_before):
        yield Fault(0, f"The moderators' log holds {count} rows and was written {end.count}")
    if not is_there:
        yield Fault(0, "The moderators' log does not hold the hash that was noted")
    yield from _misplaced()


def first_fault() -> Fault | None:
    """Return the first of :func:`faults`, or None for a log that is as it was written."""
    return next(faults(), None)


def _is_sealed(row: Any) -> bool:
    if not 1 <= row.chain_format <= FORMAT:
        return False
    if row.chain_format == 1 and (row.rule or any(getattr(row, name) for name in LATER)):
        return False
    return bool(row.hash == chained_hash(row))


def _misplaced() -> Iterator[Fault]:
    """Yield rows whose links point at something else than what they say, or were emptied.

    A link is emptied when what it points at is deleted, and only then.
    """
    named = Q(Exists(Annotation.objects.filter(uid=OuterRef("annotation_uid"))))
    wrong = Q(annotation__isnull=False) & ~Q(annotation__uid=F("annotation_uid"))
    wrong |= Q(annotation__isnull=True) & named
    for name, there in _numbered().items():
        is_linked = Q(**{f"{name}__isnull": False})
        is_right = Q(**{name: F(f"{name}_number"), f"{name}_number__isnull": False})
        is_amiss = (is_linked & ~is_right) | (~is_linked & there)
        wrong |= Q(chain_format=FORMAT) & is_amiss
    first = Q(chain_format=1)
    wrong |= first & Q(person__isnull=False)
    moved = Q(annotation__isnull=False) & ~Q(document=F("annotation__document"))
    wrong |= first & Q(document__isnull=False) & moved
    pks = Decision.objects.filter(wrong).order_by("pk").values_list("pk", flat=True)
    for pk in pks.iterator(AT_ONCE):
        yield Fault(pk, "points at something else than what it says")


def _numbered() -> dict[str, Q]:
    """Return the condition, for each link with a number, that what it points at is still there."""
    people = User.objects.all()
    return {
        "document": Q(Exists(Document.objects.filter(pk=OuterRef("document_number")))),
        "person": Q(Exists(people.filter(pk=OuterRef("person_number")))),
        "actor": Q(Exists(people.filter(pk=OuterRef("actor_number")))),
    }
