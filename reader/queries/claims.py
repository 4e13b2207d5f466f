"""Who is at what in the queue, so that two moderators do not begin with the same."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from reader.models import Claim
from reader.policy import Viewer

HOLDS_FOR = timedelta(minutes=10)


def standing_since() -> datetime:
    """Return since when a claim must have been made to stand."""
    return timezone.now() - HOLDS_FOR


def of_others(viewer: Viewer) -> Exists:
    """Return the condition for annotations that another moderator is at."""
    claims = Claim.objects.filter(annotation=OuterRef("pk"), at__gt=standing_since())
    return Exists(claims.exclude(moderator_id=viewer.pk))


def by_others(viewer: Viewer, annotations: Iterable[int]) -> dict[int, Claim]:
    """Return the claims of others on annotations (by id) that stand."""
    claims = Claim.objects.filter(annotation__in=list(annotations), at__gt=standing_since())
    rows = claims.exclude(moderator_id=viewer.pk).select_related("moderator")
    return {row.annotation_id: row for row in rows}
