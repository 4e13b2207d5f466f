"""What open sockets are told: what happened in documents, as each viewer may read it now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from reader import policy
from reader.models import Annotation, ApiToken, Document, Event, OAuthGrant, User
from reader.policy import Viewer
from reader.queries.hypothesis import Json, present_all

CREATE, UPDATE, DELETE = "create", "update", "delete"
ACTIONS = {
    "annotation.created": CREATE,
    "annotation.replied": CREATE,
    "annotation.imported": CREATE,
    "annotation.restored": CREATE,
    "annotation.edited": UPDATE,
    "annotation.decided": UPDATE,
    "annotation.moved": UPDATE,
    "annotation.placed": UPDATE,
    "annotation.deleted": DELETE,
}
"""What clients are told of an event. Reports, labels and reactions are not for them."""
AT_ONCE = 200  # events of one document that are looked at in one go

Source = ApiToken | OAuthGrant


@dataclass(frozen=True, slots=True)
class Change:
    """That something happened to an annotation; ``origin`` is the program that did it."""

    number: int
    action: str
    uid: str
    origin: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a viewer is told of a change."""

    action: str
    origin: str
    payload: Json


def last_events(documents: Iterable[int]) -> dict[int, int]:
    """Return the number of the last event of each document, in one query."""
    rows = Document.objects.filter(pk__in=documents)
    return dict(rows.values_list("pk", "last_event"))


def changes_after(document: int, number: int) -> tuple[list[Change], int]:
    """Return what happened after an event, in order, and up to which event that is."""
    rows = Event.objects.filter(document=document, number__gt=number).order_by("number")
    found, until = [], number
    for row in rows[:AT_ONCE]:
        until = row.number
        action = ACTIONS.get(row.name)
        if action is None:
            continue
        uids = row.about or [row.subject]
        found += [Change(row.number, action, uid, row.origin) for uid in uids]
    return found, until


def notices_for(viewer: Viewer, changes: Sequence[Change]) -> list[Notice]:
    """Return what the viewer is told of the changes, each annotation as they may read it now.

    Of what they may not read any more they are told that it is gone, if they may have read it; of
    what was never for them, nothing.
    """
    sought = {change.uid for change in changes}
    rows = Annotation.objects.filter(uid__in=sought)
    pks = dict(rows.filter(policy.annotations_visible_to(viewer)).values_list("uid", "pk"))
    shown = {one["id"]: one for one in present_all(viewer, list(pks.values()))}
    hidden = sought - shown.keys()
    gone: set[str] = set()
    if hidden:
        once = rows.filter(policy.annotations_once_visible_to(viewer), uid__in=hidden)
        gone = set(once.values_list("uid", flat=True))
    told: dict[tuple[str, str], Notice] = {}
    for change in changes:
        key = (change.uid, change.origin)  # what is as it is now need not be said twice
        if change.uid in shown:
            action = UPDATE if change.action == DELETE else change.action
            told.setdefault(key, Notice(action, change.origin, shown[change.uid]))
        elif change.uid in gone:
            told[key] = Notice(DELETE, change.origin, {"id": change.uid})
    return list(told.values())


def people(pks: Iterable[int]) -> dict[int, Viewer]:
    """Return viewers as they are now, by their number; 0 is anybody."""
    found: dict[int, Viewer] = {0: AnonymousUser()}
    found.update(User.objects.filter(is_active=True).in_bulk(list(pks)))
    return found


def still_open(sources: Iterable[Source]) -> set[tuple[type[Source], int]]:
    """Return which tokens and grants still let their bearer in, as their class and number."""
    by_class: dict[type[Source], set[int]] = {ApiToken: set(), OAuthGrant: set()}
    for source in sources:
        by_class[type(source)].add(source.pk)
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    active = Q(revoked_at__isnull=True, user__is_active=True)
    rows = {
        ApiToken: ApiToken.objects.filter(lasting & active),
        OAuthGrant: OAuthGrant.objects.filter(active, client__is_active=True),
    }
    return {
        (kind, pk)
        for kind, pks in by_class.items()
        if pks
        for pk in rows[kind].filter(pk__in=pks).values_list("pk", flat=True)
    }
