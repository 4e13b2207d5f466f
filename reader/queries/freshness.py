"""What has changed since something was drawn, told by the numbers of events.

Events name what changed; the blocks they touch are looked up. Where that cannot be told,
everything is taken to have changed.
"""

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from reader.models import Anchor, Annotation, Disposition, Edition, Event

EVENTS_AT_ONCE = 400  # beyond that many it is quicker to draw everything
ABOUT_ANNOTATIONS = "annotation."
SHOWN_NOWHERE = frozenset({"annotation.flagged", "annotation.assigned", "annotation.labelled"})
LEAVE_A_BLOCK = frozenset({"annotation.moved", "annotation.placed"})  # which one is not told
ABOUT_OTHER_PAGES = ("role.", "responses.")


def positions_changed(edition: Edition, after: int, until: int) -> set[int] | None:
    """Return the positions of the blocks that events touched; None: all of them, perhaps.

    Args:
        edition: whose blocks; the events are its document's.
        after: the number of the last event that was known.
        until: the number of the last event to look at.
    """
    if not 0 <= until - after <= EVENTS_AT_ONCE:
        return None
    rows = Event.objects.filter(
        document=edition.document_id, number__gt=after, number__lte=until
    ).values_list("name", "subject")
    events = list(rows)
    if len(events) != until - after or any(_may_be_anywhere(name) for name, _uid in events):
        return None
    uids = {
        uid
        for name, uid in events
        if name.startswith(ABOUT_ANNOTATIONS) and name not in SHOWN_NOWHERE
    }
    return _positions_of(edition, uids) if uids else set()


def _may_be_anywhere(name: str) -> bool:
    known = name.startswith((ABOUT_ANNOTATIONS, *ABOUT_OTHER_PAGES))
    return not known or name in LEAVE_A_BLOCK


def _positions_of(edition: Edition, uids: set[str]) -> set[int]:
    threads = Annotation.objects.filter(uid__in=uids).values(thread=Coalesce("root_id", "pk"))
    # A card leads to the thread that it repeats, as long as that can be read.
    twins = Disposition.objects.filter(duplicate_of__uid__in=uids).values("annotation")
    anchors = Anchor.objects.filter(
        Q(annotation__in=threads) | Q(annotation__in=twins),
        edition=edition,
        first_block__isnull=False,
    )
    spans = anchors.annotate(first=F("first_block__position"), last=F("last_block__position"))
    return {
        position
        for first, last in spans.values_list("first", "last")
        for position in range(first, last + 1)
    }
