"""What somebody is told: of what they may still read, and fetched when it is shown."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from reader import policy, ready_made
from reader.models import Annotation, Notification, User
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.dispositions import STANDING
from reader.queries.hiding import is_hidden_from
from reader.queries.standing import judged_about, unseen_by
from reader.queries.threads import Note

SHOWN_A_THREAD = 5
MOST_COUNTED = 100
ANSWERS = (Notification.Kind.REPORT_ANSWERED, Notification.Kind.APPEAL_JUDGED)


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell of one thread: the latest notices, and how many there are in all."""

    root: Note
    notices: Sequence[Notification]
    count: int
    unread: int
    latest: datetime

    @property
    def earlier(self) -> int:
        """How many notices are not listed."""
        return self.count - len(self.notices)


def notifications_of(recipient: Viewer) -> QuerySet[Notification]:
    """Return what somebody is told, newest first: only of what they may still read.

    Of a thread whose root is an empty place, that is what happened to the thread.
    """
    shown = Annotation.objects.filter(
        policy.annotations_visible_to(recipient) | policy.threads_visible_to(recipient)
    )
    readable = Exists(shown.filter(pk=OuterRef("annotation_id")))
    # Whoever reported something hears what became of that, also where it was taken down.
    answered = Annotation.objects.filter(policy.of_documents_visible_to(recipient))
    mine = Q(kind__in=ANSWERS) & Exists(answered.filter(pk=OuterRef("annotation_id")))
    rows = Notification.objects.filter(readable | mine)
    # What was decided is told whoever decided it; what somebody hidden says is not.
    said = Q(kind=Notification.Kind.REPLIED) & is_hidden_from(recipient, "actor_id")
    rows = rows.exclude(said)
    return (
        rows.filter(recipient_id=recipient.pk or 0)
        .select_related("actor", "annotation__document", "annotation__root")
        .order_by("-at", "-pk")
    )


def count_unread(recipient: Viewer) -> int:
    """Return how many notices somebody has not read; more than are worth counting are not.

    What moderators said to them, and they have not read on their own page, is among them.
    """
    if not isinstance(recipient, User) or not recipient.is_authenticated:
        return 0

    def make(who: int) -> "QuerySet[Any, int]":
        person = ready_made.like(recipient, who)
        rows = (
            notifications_of(person).filter(read_at=None),
            unseen_by(person),
            judged_about(person).filter(seen_at=None),
        )
        told, said, judged = (some.order_by().values_list("pk", flat=True) for some in rows)
        return told.union(said, judged, all=True)[: MOST_COUNTED + 1]

    # Each page of somebody who is signed in asks this.
    kind = ready_made.kind_of(recipient)
    return len(ready_made.rows("unread", make, recipient.pk, kind=kind))


def threads_told_of(recipient: Viewer) -> "QuerySet[Any]":
    """Return one row a thread: its root's id, how many notices there are, unread, the latest."""
    return (
        notifications_of(recipient)
        .order_by()
        .values(thread=Coalesce("annotation__root_id", "annotation_id"))
        .annotate(count=Count("pk"), unread=Count("pk", filter=Q(read_at=None)), latest=Max("at"))
        .order_by("-latest", "-thread")
    )


def as_told(recipient: User, rows: Sequence[dict[str, Any]]) -> list[Told]:
    """Return rows of :func:`threads_told_of` with their roots and their latest notices."""
    threads = [row["thread"] for row in rows]
    readable = Case(When(policy.annotations_visible_to(recipient), Value(True)), default=False)
    roots = (
        Annotation.objects.annotate(readable=readable)
        .select_related("author", "document")
        .prefetch_related(STANDING)
        .in_bulk(threads)
    )
    number = Window(
        RowNumber(), partition_by=F("thread"), order_by=[F("at").desc(), F("pk").desc()]
    )
    notices = (
        notifications_of(recipient)
        .annotate(thread=Coalesce("annotation__root_id", "annotation_id"))
        .filter(thread__in=threads)
        .annotate(number=number)
        .filter(number__lte=SHOWN_A_THREAD)
    )
    by_thread: dict[int, list[Notification]] = defaultdict(list)
    for notice in notices.order_by("-at", "-pk"):
        by_thread[notice.thread].append(notice)
    return [
        Told(
            thread_queries.as_note(recipient, roots[row["thread"]]),
            by_thread[row["thread"]],
            row["count"],
            row["unread"],
            row["latest"],
        )
        for row in rows
        if row["thread"] in roots
    ]


def to_write_to() -> QuerySet[User]:
    """Return active people with notices that they have neither read nor been written of."""
    waiting = Notification.objects.filter(recipient=OuterRef("pk"), read_at=None, mailed_at=None)
    people = User.objects.filter(Exists(waiting), is_active=True, kind=User.Kind.PERSON)
    return people.order_by("pk")
