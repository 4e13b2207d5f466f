"""What goes on at a review desk: which threads changed, and who else is at which."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from reader import policy
from reader.models import Annotation, Campaign, Document, Event, Membership, ReviewVisit
from reader.policy import Viewer

MOST_EVENTS = 200
HERE_FOR = timedelta(seconds=20)
PAUSE = timedelta(minutes=30)  # who comes back after that begins another visit


@dataclass(frozen=True, slots=True)
class Change:
    """A thread that changed: its root, the block where it begins, and the number of the event."""

    uid: str
    ref: str
    event: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """What happened since the event that a desk knows of.

    ``too_many`` stands in the place of the changes when there are more than are worth listing.
    ``gone`` are those of the threads shown there that the viewer no longer sees.
    """

    event: int
    changes: Sequence[Change] = field(default_factory=tuple)
    gone: Sequence[str] = field(default_factory=tuple)
    too_many: bool = False
    thread: int | None = None


def find_desk(viewer: Viewer, slug: str) -> Document:
    """Return a document that the viewer may read and reviews, in one query.

    Its ``viewer_groups`` is a number that differs when the viewer's groups do; ``has_campaigns``
    says whether there is anything to fold.

    Raises:
        Document.DoesNotExist: there is none, or the viewer only reads it.
    """
    reviewed = policy.documents_visible_to(viewer) & policy.documents_reviewed_by(viewer)
    groups = Membership.objects.filter(user_id=viewer.pk or 0).order_by().values("user")
    rows = Document.objects.select_related("current_edition").defer("current_edition__text")
    rows = rows.annotate(
        viewer_groups=Subquery(groups.annotate(all=Sum("pk")).values("all")),
        has_campaigns=Exists(Campaign.objects.filter(document=OuterRef("pk"))),
    )
    return rows.get(reviewed, slug=slug)


def pulse(
    viewer: Viewer, document: Document, known: int, at: str = "", shown: Collection[str] = ()
) -> Pulse:
    """Return what changed since the event ``known``, as far as the viewer may see it.

    Args:
        viewer: who asks.
        document: found by :func:`find_desk`; its ``last_event`` is what is told of.
        known: the number of the last event that the desk knows of.
        at: the uid of the thread that the viewer is at, if at any; its id comes back.
        shown: the uids of the threads on the desk, of which those that are gone are told.
    """
    last = document.last_event
    if last - known > MOST_EVENTS:
        return Pulse(last, too_many=True, thread=_thread(viewer, document, at))
    happened: dict[str, int] = {}
    created: set[str] = set()
    if known < last:
        rows = Event.objects.filter(document=document, number__gt=known, number__lte=last)
        for number, name, subject in rows.order_by("number").values_list(
            "number", "name", "subject"
        ):
            happened[subject] = number
            if name == "annotation.created":
                created.add(subject)
    found = _roots(viewer, document, [*happened, at])
    changes = [
        Change(row["root_uid"], row["ref"] or "", happened[row["about"]], row["about"] in created)
        for row in found
        if row["about"] in happened
    ]
    visible = {row["root_uid"] for row in found}
    thread = next((row["thread"] for row in found if row["about"] == at), None)
    gone = [uid for uid in shown if uid in happened and uid not in visible]
    return Pulse(last, _latest(changes), gone, thread=thread)


def _latest(changes: Sequence[Change]) -> list[Change]:
    """Return one change a thread: the last one, new where any of them made it."""
    by_uid: dict[str, Change] = {}
    for change in sorted(changes, key=lambda one: one.event):
        earlier = by_uid.pop(change.uid, None)
        is_new = change.is_new or (earlier is not None and earlier.is_new)
        by_uid[change.uid] = Change(change.uid, change.ref, change.event, is_new)
    return list(by_uid.values())


def _thread(viewer: Viewer, document: Document, uid: str) -> int | None:
    return next((row["thread"] for row in _roots(viewer, document, [uid])), None)


def _roots(viewer: Viewer, document: Document, uids: Collection[str]) -> Any:
    """Return the roots of the annotations that are named, each with the name that led to it."""
    wanted = [uid for uid in uids if uid]
    if not wanted:
        return []
    seen = Annotation.objects.filter(
        policy.threads_under_review(viewer), pk=OuterRef("thread"), document=document
    )
    here = Q(anchors__edition=document.current_edition_id)
    return (
        Annotation.objects.filter(uid__in=wanted, document=document)
        .annotate(thread=Coalesce("root_id", "pk"))
        .filter(Exists(seen))
        .alias(
            own=FilteredRelation("anchors", condition=here),
            above=FilteredRelation(
                "root__anchors", condition=Q(root__anchors__edition=document.current_edition_id)
            ),
        )
        .values(
            "thread",
            about=F("uid"),
            root_uid=Coalesce("root__uid", "uid"),
            ref=Coalesce("above__first_block__ref", "own__first_block__ref"),
        )
    )


def others_at(viewer: Viewer, document: Document) -> list[dict[str, str]]:
    """Return who else is at the desk now, by name, and at which thread of those the viewer sees."""
    seen = Annotation.objects.filter(policy.threads_under_review(viewer), pk=OuterRef("thread_id"))
    rows = ReviewVisit.objects.filter(
        Q(thread__isnull=True) | Exists(seen),
        document=document,
        last_at__gte=timezone.now() - HERE_FOR,
        user__is_active=True,
    ).exclude(user_id=viewer.pk or 0)
    return [
        {"name": visit.user.get_full_name(), "thread": visit.thread.uid if visit.thread else ""}
        for visit in rows.select_related("user", "thread").order_by("user__username")[:20]
    ]


def places(documents: Sequence[int]) -> dict[int, frozenset[tuple[int, int | None]]]:
    """Return who is at which thread of each desk now, by their numbers: to notice that it changed.

    It is not for anybody's eyes; what they may see of it is :func:`others_at`.
    """
    rows = ReviewVisit.objects.filter(
        document__in=documents, last_at__gte=timezone.now() - HERE_FOR, user__is_active=True
    )
    found: dict[int, set[tuple[int, int | None]]] = {document: set() for document in documents}
    for document, person, thread in rows.values_list("document", "user", "thread"):
        found[document].add((person, thread))
    return {document: frozenset(here) for document, here in found.items()}


def last_visit_ended(viewer: Viewer, document: Document) -> datetime | None:
    """Return when the viewer's visit before the present one ended; None for their first.

    Looking notes nothing: that somebody is here is told by the open desk (``actions.presence``).
    """
    visit = ReviewVisit.objects.filter(user_id=viewer.pk or 0, document=document).first()
    if visit is None:
        return None
    return visit.last_at if timezone.now() - visit.last_at > PAUSE else visit.since
