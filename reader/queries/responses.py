"""The response matrix: every public thread of a document with what was decided on it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Prefetch, Q, QuerySet

from reader import policy
from reader.models import Annotation, Disposition, Document, Edition
from reader.queries.tally_counts import PUBLIC_REPLIES
from reader.queries.threads import BARE

READ_AT_ONCE = 500
NO_DECISION, DECIDED = "undecided", "decided"
STANDING = Prefetch(
    "dispositions",
    queryset=Disposition.objects.filter(withdrawn_at__isnull=True)
    .select_related("addressed_in", "decided_by")
    .defer("addressed_in__text"),
    to_attr="answers",
)


@dataclass(frozen=True, slots=True)
class Response:
    """A thread, the block it begins in (empty: it has no place), and the decision on it, if any.

    ``repeats`` is the thread that it is a duplicate of, where everybody may read that one.
    """

    root: Annotation
    ref: str
    number: int | None
    decision: Disposition | None
    repeats: Annotation | None = None

    @property
    def edition(self) -> Edition | None:
        """The published edition that addressed it."""
        edition = self.decision.addressed_in if self.decision else None
        return edition if edition and not edition.is_draft else None

    @property
    def awaits_edition(self) -> bool:
        """Whether it is a suggested edit that was accepted and is in no published edition yet."""
        decision = self.decision
        is_accepted = decision is not None and decision.outcome == Disposition.Outcome.ACCEPTED
        return is_accepted and self.root.replacement is not None and self.edition is None

    @property
    def is_duplicate(self) -> bool:
        """Whether it was closed as saying what another thread says."""
        decision = self.decision
        return decision is not None and decision.outcome == Disposition.Outcome.DUPLICATE


def threads_in_matrix(document: Document, outcome: str = "") -> QuerySet[Annotation]:
    """Return the public threads in which something is said, in no order.

    Args:
        document: of which.
        outcome: an outcome, ``decided`` or ``undecided``, for those that have it; empty for all.
    """
    answers = Annotation.objects.filter(PUBLIC_REPLIES, root=OuterRef("pk"))
    rows = Annotation.objects.filter(
        policy.public_threads(), ~BARE | Q(Exists(answers)), document=document
    )
    standing = Disposition.objects.filter(annotation=OuterRef("pk"), withdrawn_at__isnull=True)
    if outcome == NO_DECISION:
        return rows.filter(~Exists(standing))
    if outcome == DECIDED:
        return rows.filter(Exists(standing))
    return rows.filter(Exists(standing.filter(outcome=outcome))) if outcome else rows


def open_threads(document: Document) -> int:
    """Return how many public threads have no decision."""
    return threads_in_matrix(document, NO_DECISION).count()


def in_reading_order(rows: QuerySet[Annotation], edition: Edition) -> QuerySet[Annotation, int]:
    """Return the ids of the threads as the edition's text goes, those without a place last."""
    return _placed(rows, edition).values_list("pk", flat=True)


def _placed(rows: QuerySet[Annotation], edition: Edition) -> QuerySet[Any]:
    return rows.alias(
        here=FilteredRelation("anchors", condition=Q(anchors__edition=edition)),
    ).order_by(
        F("here__first_block__position").asc(nulls_last=True),
        F("here__start").asc(nulls_last=True),
        "created_at",
        "pk",
    )


def responses_to(edition: Edition, roots: Iterable[int]) -> list[Response]:
    """Return the rows of the matrix for some threads, in reading order. Four queries."""
    public = Annotation.objects.filter(policy.public_threads(), pk__in=list(roots))
    rows = (
        _placed(public, edition)
        .annotate(
            place_ref=F("here__first_block__ref"), place_number=F("here__first_block__number")
        )
        .select_related("author")
        .prefetch_related(STANDING)
    )
    found = list(rows)
    twins = [one.duplicate_of_id for row in found for one in row.answers if one.duplicate_of_id]
    readable = Annotation.objects.filter(policy.public_threads(), pk__in=twins).in_bulk()
    return [_response(row, readable) for row in found]


def _response(row: Any, readable: dict[int, Annotation]) -> Response:
    decision = row.answers[0] if row.answers else None
    twin = readable.get(decision.duplicate_of_id) if decision else None
    return Response(row, row.place_ref or "", row.place_number, decision, twin)


def all_responses(document: Document, edition: Edition, outcome: str = "") -> Iterator[Response]:
    """Yield the whole matrix, some rows at a time, so that memory holds no more than these."""
    roots = list(in_reading_order(threads_in_matrix(document, outcome), edition))
    for start in range(0, len(roots), READ_AT_ONCE):
        yield from responses_to(edition, roots[start : start + READ_AT_ONCE])
