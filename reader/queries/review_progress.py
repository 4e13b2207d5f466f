"""How far a review has come."""

import hashlib
from dataclasses import astuple, dataclass

from django.core.cache import caches
from django.db.models import Count, Exists, OuterRef, Q

from reader.models import Anchor, Annotation, Disposition, Document, Edition
from reader.policy import Viewer
from reader.queries.review_filters import Filters, threads_wanted
from reader.queries.review_places import stands_in_range

KEPT = 24 * 3600  # seconds; only to be rid of old versions, since a new one has another name


@dataclass(frozen=True, slots=True)
class Progress:
    """How many threads the viewer has at the desk: all, decided, passing the filters."""

    total: int
    decided: int
    matching: int
    orphans: int

    @property
    def undecided(self) -> int:
        """How many wait for a decision."""
        return self.total - self.decided


def progress(viewer: Viewer, document: Document, edition: Edition, filters: Filters) -> Progress:
    """Return the counts over the whole document, in one query."""
    standing = Disposition.objects.filter(annotation=OuterRef("pk"), withdrawn_at__isnull=True)
    unplaced = Anchor.objects.filter(edition=edition, first_block__isnull=True)
    matching = threads_wanted(viewer, document, filters) if filters.are_set else Q(pk__isnull=False)
    is_orphan = matching & Q(pk__in=unplaced.values("annotation"))
    if filters.has_range:
        matching, is_orphan = matching & stands_in_range(edition, filters), Q(pk__isnull=True)
    roots = Annotation.objects.filter(document=document, parent__isnull=True).order_by()
    counted = roots.filter(threads_wanted(viewer, document, Filters())).aggregate(
        total=Count("pk"),
        decided=Count("pk", filter=Q(Exists(standing))),
        matching=Count("pk", filter=matching),
        orphans=Count("pk", filter=is_orphan),
    )
    return Progress(**counted)


def progress_kept(
    viewer: Viewer, document: Document, edition: Edition, filters: Filters, groups: int
) -> Progress:
    """Return :func:`progress`, counted once for each version of the document.

    The number of its last event names the version: each change has one. ``groups`` is a number
    that differs when the viewer's groups do, since what they may read changes with those too.
    """
    asked = repr((astuple(filters), edition.pk, groups, viewer.pk))
    digest = hashlib.sha256(asked.encode()).hexdigest()
    name = f"review-progress:{document.pk}:{document.last_event}:{digest}"
    kept: Progress | None = caches["pages"].get(name)
    if kept is None:
        kept = progress(viewer, document, edition, filters)
        caches["pages"].set(name, kept, KEPT)
    return kept
