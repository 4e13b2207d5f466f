"""Threads in the order of their places in the text, from any place on."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from reader import policy
from reader.models import Anchor, Annotation, Block, Edition
from reader.policy import Viewer
from reader.queries.review_filters import Filters

ORDER = ("first_block__position", "start", "annotation_id")
BACKWARDS = tuple(f"-{name}" for name in ORDER)
FIELDS = (
    "annotation_id",
    "edition_id",
    "start",
    "end",
    "verdict",
    "first_block",
    "last_block__ref",
    "last_block__position",
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place to go on from: after a root, or before it.

    ``position`` is that of its block, None where it has no place in the text; such roots come
    after all others, in the order of their ids. ``ref`` names the block to begin with instead,
    of which the position is not known yet.
    """

    position: int | None = None
    start: int = 0
    pk: int = 0
    backwards: bool = False
    ref: str = ""

    @property
    def is_beginning(self) -> bool:
        """Whether it is the place before everything."""
        return (self.position, self.start, self.pk) == (-1, 0, 0)

    def __str__(self) -> str:
        place = "x" if self.position is None else str(self.position)
        return f"{'-' if self.backwards else ''}{place}.{self.start}.{self.pk}"


BEGINNING = Cursor(position=-1)
END_OF_TEXT = Cursor(position=2**31 - 1, backwards=True)


def in_range(edition: Edition, filters: Filters, name: str) -> Q:
    """Return the condition that a block (whose position is found by ``name``) is asked for."""
    condition = Q()
    for ref, comparison in ((filters.first, "gte"), (filters.last, "lte")):
        if ref:
            at = Block.objects.filter(edition=edition, ref=ref).values("position")
            condition &= Q(**{f"{name}__{comparison}": Subquery(at)})
    return condition


def stands_in_range(edition: Edition, filters: Filters) -> Q:
    """Return the condition for roots that stand in the paragraphs asked for."""
    if not filters.has_range:
        return Q()
    stretch = in_range(edition, filters, "first_block__position")
    return Q(Exists(Anchor.objects.filter(stretch, annotation=OuterRef("pk"), edition=edition)))


def cursor_at(viewer: Viewer, edition: Edition, uid: str) -> Cursor:
    """Return the place just before the root, so that a window begins with it.

    One that the viewer does not see at the desk tells nothing about its place.
    """
    roots = Annotation.objects.filter(policy.threads_under_review(viewer), uid=uid)
    rows = Anchor.objects.filter(edition=edition, annotation__in=roots)
    found = rows.values_list("first_block__position", "start", "annotation_id").first()
    if found is None:
        return BEGINNING
    position, start, pk = found
    return Cursor(position, start or 0, pk - 1)


def anchors_from(
    edition: Edition, wanted: Q, filters: Filters, cursor: Cursor, limit: int
) -> list[Anchor]:
    """Return the anchors of wanted roots from the cursor on, with the blocks they begin in.

    Those in the text come from an index by block and place, each tried for the filters until
    there are enough; those without a place are reached by a cursor of their own.
    """
    passing = Annotation.objects.filter(wanted, pk=OuterRef("annotation_id"))
    rows = Anchor.objects.filter(Exists(passing), edition=edition).only(*FIELDS)
    if cursor.position is None and filters.has_range:
        return []
    if cursor.position is None:
        found = _without_place(rows.filter(first_block__isnull=True), cursor)
    else:
        placed = rows.filter(in_range(edition, filters, "first_block__position"))
        # The block's own edition is said again: its positions are found by that index.
        found = _in_text(placed.filter(first_block__edition=edition), cursor)
    return list(found.select_related("first_block", "last_block")[:limit])


def _without_place(rows: QuerySet[Anchor], cursor: Cursor) -> QuerySet[Anchor]:
    if cursor.backwards:
        return rows.filter(annotation_id__lt=cursor.pk).order_by("-annotation_id")
    return rows.filter(annotation_id__gt=cursor.pk).order_by("annotation_id")


def _in_text(rows: QuerySet[Anchor], cursor: Cursor) -> QuerySet[Anchor]:
    """Return what comes after the cursor, or what comes before it, nearest first.

    The position is compared twice: the second time alone, which an index can serve.
    """
    if cursor.ref:
        at = Block.objects.filter(edition=OuterRef("edition"), ref=cursor.ref).values("position")
        return rows.filter(first_block__position__gte=Subquery(at)).order_by(*ORDER)
    than = "lt" if cursor.backwards else "gt"
    same = {"first_block__position": cursor.position}
    beyond: dict[str, Any] = {f"first_block__position__{than}": cursor.position}
    later = Q(**beyond) | (
        Q(**same)
        & (
            Q(**{f"start__{than}": cursor.start})
            | Q(**{"start": cursor.start, f"annotation_id__{than}": cursor.pk})
        )
    )
    about = Q(**{f"first_block__position__{than}e": cursor.position})
    return rows.filter(about, later).order_by(*(BACKWARDS if cursor.backwards else ORDER))
