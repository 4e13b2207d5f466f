"""Decisions on threads: the one that stands, and what a reviewer saw when deciding."""

from collections.abc import Collection

from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Annotation, Disposition, Document, Edition, Motivation, Status, Visibility
from reader.policy import Viewer

TWIN_SHOWN = Exists(
    Annotation.objects.filter(
        Q(visibility=Visibility.PUBLIC)
        | Q(visibility=Visibility.GROUP, group=OuterRef("annotation__group")),
        pk=OuterRef("duplicate_of"),
        status=Status.APPROVED,
        deleted_at__isnull=True,
    )
)
"""Whether the thread that a decision says it repeats is there for whoever reads the decision."""


def standing() -> QuerySet[Disposition]:
    """Return the decisions that stand, with what is shown of them."""
    rows = Disposition.objects.filter(withdrawn_at__isnull=True).annotate(shows_twin=TWIN_SHOWN)
    related = rows.select_related("addressed_in", "decided_by", "duplicate_of")
    return related.defer("addressed_in__text")


STANDING = Prefetch("dispositions", queryset=standing(), to_attr="answers")
"""Gives an annotation the decision that stands, in a list of at most one, as ``answers``."""

ADOPTABLE = Q(
    annotation__motivation=Motivation.EDITING,
    annotation__parent__isnull=True,
    annotation__replacement__isnull=False,
    annotation__visibility=Visibility.PUBLIC,
    annotation__status=Status.APPROVED,
    annotation__deleted_at__isnull=True,
)
"""What a text may take up: suggested words that everybody may read, with whose they are."""


def open_acceptances(document: Document) -> QuerySet[Disposition]:
    """Return the acceptances that stand and that no published edition has taken up yet."""
    return Disposition.objects.filter(
        Q(addressed_in__isnull=True) | Q(addressed_in__published_at__isnull=True),
        annotation__document=document,
        outcome=Disposition.Outcome.ACCEPTED,
        withdrawn_at__isnull=True,
    )


def taken_up_by(edition: Edition) -> QuerySet[Disposition]:
    """Return the acceptances of suggested edits whose words the edition has taken up."""
    return Disposition.objects.filter(
        addressed_in=edition,
        outcome=Disposition.Outcome.ACCEPTED,
        annotation__motivation=Motivation.EDITING,
    )


def standing_of(annotation: Annotation) -> Disposition | None:
    """Return the decision on the thread that stands, with the edition that addressed it."""
    rows = Disposition.objects.filter(annotation=annotation, withdrawn_at__isnull=True)
    return rows.select_related("addressed_in").defer("addressed_in__text").first()


def thread_states(viewer: Viewer, roots: Collection[int]) -> dict[int, str]:
    """Return for each root (by id) a token that changes with all that a reviewer decides upon.

    That is the words of the root and of the replies that the viewer may read, and the decision
    that stands. Two queries, whatever the number of threads.
    """
    written = (
        Annotation.objects.filter(policy.annotations_visible_to(viewer))
        .filter(Q(pk__in=roots) | Q(root__in=roots))
        .order_by()
        .values(thread=Coalesce("root_id", "pk"))
        .annotate(count=Count("pk"), latest=Max("pk"), versions=Sum("version"))
    )
    words = {row["thread"]: f"{row['count']}.{row['latest']}.{row['versions']}" for row in written}
    standing = Disposition.objects.filter(annotation__in=roots, withdrawn_at__isnull=True)
    decided = dict(standing.values_list("annotation_id", "pk"))
    return {root: f"{words.get(root, '')}-{decided.get(root, 0)}" for root in roots}
