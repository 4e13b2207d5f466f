"""Telling people what happened where they took part."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reader.models import Annotation, Notification, Status, User
from reader.queries.notifications import notifications_of


def tell(recipients: Iterable[int], kind: str, annotation: Annotation, actor: User | None) -> None:
    """Note for people (by id) that something happened; whoever did it is not told.

    Call it inside the transaction of what happened.
    """
    tell_many({annotation.pk: recipients}, kind, actor)


def tell_many(
    recipients: dict[int, Iterable[int]],
    kind: str,
    actor: User | None,
    at: datetime | None = None,
) -> None:
    """Note for people that the same happened to several annotations, named by their ids."""
    at = at or timezone.now()
    told = [
        Notification(recipient_id=person, kind=kind, annotation_id=annotation, actor=actor, at=at)
        for annotation, people in recipients.items()
        for person in sorted(set(people))
        if actor is None or person != actor.pk
    ]
    Notification.objects.bulk_create(told, batch_size=500)


@transaction.atomic
def mark_read(*, recipient: User, until: datetime, thread: str = "") -> int:
    """Remember that somebody has seen what they were told, and return how many notices that was.

    Args:
        recipient: whose notices.
        until: what came later was not seen and stays unread.
        thread: the uid of the one thread that was looked at; empty for all.
    """
    unread = Notification.objects.filter(recipient=recipient, read_at=None, at__lte=until)
    if thread:
        unread = unread.filter(Q(annotation__uid=thread) | Q(annotation__root__uid=thread))
    return unread.update(read_at=timezone.now())


@transaction.atomic
def take_for_letter(*, recipient: User) -> list[Notification]:
    """Return what the person has neither read nor been written of, and note that they are now.

    Send the letter inside the same transaction: where it fails, nothing is noted. Two that run at
    the same time do not take the same ones.
    """
    waiting = Notification.objects.filter(recipient=recipient, read_at=None, mailed_at=None)
    taken = list(waiting.select_for_update().values_list("pk", flat=True))
    readable = list(notifications_of(recipient).filter(pk__in=taken, mailed_at=None))
    # What may not be read now is left: it may be told once it is.
    told = Notification.objects.filter(pk__in=[one.pk for one in readable], mailed_at=None)
    told.update(mailed_at=timezone.now())
    return readable


def participants(roots: Sequence[Annotation]) -> dict[int, Iterable[int]]:
    """Return who wrote in each thread what others can read: people with an account, by root id."""
    pks = [root.pk for root in roots]
    written = Annotation.objects.filter(
        deleted_at__isnull=True,
        status=Status.APPROVED,
        author__kind=User.Kind.PERSON,
        author__is_active=True,
    )
    found: dict[int, Iterable[int]] = {}
    sets: dict[int, set[int]] = defaultdict(set)
    for pk, author in written.filter(pk__in=pks).values_list("pk", "author_id"):
        sets[pk].add(author or 0)
    replies = written.filter(root__in=pks).values_list("root_id", "author_id").distinct()
    for root, author in replies.order_by():
        sets[root or 0].add(author or 0)
    found.update(sets)
    return found
