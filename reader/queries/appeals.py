"""Appeals as those see them who judge."""

from dataclasses import dataclass

from django.db.models import Case, QuerySet, Value, When

from reader import policy
from reader.models import Annotation, AnnotationRevision, Appeal
from reader.policy import Viewer
from reader.queries.moderation import Dossier, dossiers, moderated
from reader.queries.standing import as_decided

MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Hearing:
    """An appeal with all it takes to judge it.

    ``card`` and ``wording`` are empty where it is about a person, and where the annotation is not
    for moderators to read any more. ``why_not`` says why the viewer cannot judge, if they cannot.
    ``previous`` and ``next`` are the ids of those that wait before and after it.
    """

    appeal: Appeal
    card: Dossier | None
    wording: Annotation | AnnotationRevision | None
    why_not: str = ""
    previous: int | None = None
    next: int | None = None


def appeals_for(viewer: Viewer) -> QuerySet[Appeal]:
    """Return the appeals that the viewer may read: those that wait first, the oldest of them."""
    judged = Case(When(state=Appeal.State.OPEN, then=Value(0)), default=Value(1))
    rows = Appeal.objects.filter(policy.appeals_visible_to(viewer)).alias(judged=judged)
    linked = ("decision__annotation", "decision__person", "appellant", "judgement")
    return rows.select_related(*linked).order_by("judged", "pk")


def count_waiting(viewer: Viewer) -> int:
    """Return how many appeals wait; no more than :data:`MOST_COUNTED` are counted."""
    rows = Appeal.objects.filter(policy.appeals_visible_to(viewer), state=Appeal.State.OPEN)
    return rows.order_by()[:MOST_COUNTED].count()


def next_waiting(viewer: Viewer, appeal: Appeal) -> int | None:
    """Return the id of the next appeal that waits for another judge than who decided, if any."""
    return _waiting_besides(viewer).filter(pk__gt=appeal.pk).order_by("pk").first()


def _waiting_besides(viewer: Viewer) -> "QuerySet[Appeal, int]":
    rows = Appeal.objects.filter(policy.appeals_visible_to(viewer), state=Appeal.State.OPEN)
    rows = rows.exclude(decision__actor_number=viewer.pk).exclude(appellant=viewer.pk)
    return rows.values_list("pk", flat=True)


def hearing_of(viewer: Viewer, appeal: Appeal) -> Hearing:
    """Return what the viewer needs to judge, and may read."""
    decision = appeal.decision
    items = list(moderated(viewer).filter(pk=decision.annotation_id or 0))
    card = dossiers(viewer, items)[0] if items else None
    wording = as_decided([decision]).get(decision.pk) if items else None
    why_not = ""
    try:
        policy.check_may_judge(viewer, appeal)
    except policy.Refused as refusal:
        why_not = str(refusal)
    return Hearing(
        appeal,
        card,
        wording,
        why_not,
        previous=_waiting_besides(viewer).filter(pk__lt=appeal.pk).order_by("-pk").first(),
        next=next_waiting(viewer, appeal),
    )
