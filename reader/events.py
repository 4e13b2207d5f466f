"""The ordered log of changes.

Every action that changes what somebody sees records one event per changed thing, inside its own
transaction. The number is taken by raising the document's counter, which also locks that row: two
writers of one document therefore commit in the order of their numbers, and a rolled back write
leaves no gap.

Webhooks that want to know get a delivery for it in the same transaction, to be sent later: what
was rolled back is told to nobody, and what was saved is never forgotten.

Processes with open streams are woken after the transaction is committed, where PostgreSQL or Redis
can do that; otherwise they look by themselves.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from reader import ready_made
from reader.models import (
    Annotation,
    AnnotationRevision,
    Document,
    Edition,
    Event,
    Visibility,
    Webhook,
    WebhookDelivery,
)

# What webhooks are told of; reports, labels and who looks after what stay in the house.
TOLD = frozenset(
    f"annotation.{verb}"
    for verb in (
        "answered",
        "created",
        "decided",
        "deleted",
        "edited",
        "imported",
        "moved",
        "placed",
        "reacted",
        "reopened",
        "replied",
        "restored",
    )
)
BATCH = 500
CHANNEL = "postil_events"
PUBLISHES_WITHIN = 0.5  # seconds that a write may wait for a silent Redis
SPARED_FOR = 5.0  # seconds in which a Redis that failed is left alone

log = logging.getLogger(__name__)
_origin: ContextVar[str] = ContextVar("origin", default="")


@contextmanager
def sent_by(program: str) -> Iterator[None]:
    """Mark what is recorded until the block ends as sent by a program that calls itself so."""
    before = _origin.set(program)
    try:
        yield
    finally:
        _origin.reset(before)


class Outdated(Exception):
    """Another edition was published meanwhile. The document says which; roll back."""


def record(
    document: Document,
    name: str,
    subject: str = "",
    *,
    about: Sequence[str] = (),
    edition: Edition | None = None,
    left: Sequence[str] = (),
) -> Event:
    """Add an event to the document's log and return it. Call it inside a transaction.

    Args:
        document: whose log.
        name: what happened, as ``noun.verb``.
        subject: the name of what changed: an annotation's uid or a block's ref. Never content.
        about: the uids of the annotations that webhooks are told of, where it is not the subject.
        edition: the one that has to be current.
        left: the refs of the blocks that the annotation stood at before and may not any more.

    Raises:
        Outdated: the edition is not current.
    """
    current = _take_numbers(document, 1)
    if edition is not None and current != edition.pk:
        document.current_edition_id = current
        raise Outdated
    event = Event.objects.create(
        document=document,
        number=document.last_event,
        name=name,
        subject=subject,
        about=list(about) if list(about) != [subject] else [],
        origin=_origin.get(),
        left=" ".join(left),
    )
    _tell_webhooks(document, name, [(event, uid) for uid in about or [subject]])
    _wake_listeners(document)
    return event


def record_many(document: Document, name: str, subjects: Sequence[str]) -> None:
    """Add one event for each subject, in their order. Call it inside a transaction."""
    _take_numbers(document, len(subjects))
    first = document.last_event - len(subjects) + 1
    made = Event.objects.bulk_create(
        [
            Event(
                document=document,
                number=number,
                name=name,
                subject=subject,
                origin=_origin.get(),
            )
            for number, subject in enumerate(subjects, first)
        ],
        batch_size=BATCH,
    )
    _tell_webhooks(document, name, [(event, event.subject) for event in made])
    _wake_listeners(document)


def record_change(
    annotation: Annotation,
    verb: str,
    about: Sequence[str] = (),
    edition: Edition | None = None,
    left: Sequence[str] = (),
) -> Event:
    """Add an event that names the annotation, as ``annotation.<verb>``; the rest as above."""
    name, uid = f"annotation.{verb}", annotation.uid
    return record(annotation.document, name, uid, about=about, edition=edition, left=left)


def _wake_listeners(document: Document) -> None:
    """Have the processes with open streams look at the document once this is committed."""
    if settings.FANOUT == "postgresql":
        # Not in the transaction: PostgreSQL lets those that notify commit one after the other.
        transaction.on_commit(partial(_notify, CHANNEL, str(document.pk)), robust=True)
    elif settings.FANOUT == "redis":
        said = partial(_Publisher.shared().publish, CHANNEL, str(document.pk))
        transaction.on_commit(said, robust=True)


def publish(channel: str, message: str) -> None:
    """Tell all processes something at once, where PostgreSQL or Redis carries it."""
    if settings.FANOUT == "postgresql":
        _notify(channel, message)
    elif settings.FANOUT == "redis":
        _Publisher.shared().publish(channel, message)


def _notify(channel: str, message: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, message])


class _Publisher:
    """Tells Redis. Nothing depends on it: who is not told looks by themselves, a little later."""

    def __init__(self) -> None:
        from redis import Redis  # noqa: PLC0415 -- there only where Redis is used

        wait = PUBLISHES_WITHIN
        self._redis: Any = Redis.from_url(
            settings.REDIS_URL, socket_timeout=wait, socket_connect_timeout=wait
        )
        self._spared_until = 0.0

    @staticmethod
    @cache
    def shared() -> "_Publisher":
        """Return the one of this process."""
        return _Publisher()

    def publish(self, channel: str, message: str) -> None:
        """Tell those who listen on the channel, if Redis can be reached."""
        from redis import RedisError  # noqa: PLC0415 -- as above

        if time.monotonic() < self._spared_until:
            return
        try:
            self._redis.publish(channel, message)
        except RedisError as error:
            self._spared_until = time.monotonic() + SPARED_FOR
            log.warning("live news come late while Redis fails: %s", error)


def _tell_webhooks(document: Document, name: str, told: Sequence[tuple[Event, str]]) -> None:
    """Make a delivery of each event for each webhook that wants to know of it.

    A site without webhooks pays one look into an empty table.
    """
    if name not in TOLD:
        return
    webhooks = ready_made.rows("webhooks", _listening, document.pk)
    if not webhooks:
        return
    now = timezone.now()
    for start in range(0, len(told), BATCH):
        part = told[start : start + BATCH]
        public = _ever_public([uid for _event, uid in part], name)
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(
                webhook_id=webhook, event=event, subject=uid, created_at=now, next_attempt_at=now
            )
            for event, uid in part
            if uid in public
            for webhook in webhooks
        )


def _listening(document: int) -> "QuerySet[Webhook, int]":
    wanted = Webhook.objects.filter(Q(document=document) | Q(document=None), is_active=True)
    return wanted.values_list("pk", flat=True)


def _ever_public(uids: Sequence[str], name: str) -> set[str]:
    """Return those that are public or were: nobody is told that a private note exists.

    Answers have no revision of their own when they become private with their thread.
    """
    earlier = AnnotationRevision.objects.filter(was_public=True, for_group__isnull=True)
    public = Q(visibility=Visibility.PUBLIC)
    public |= Q(Exists(earlier.filter(annotation=OuterRef("pk"))))
    if name == "annotation.edited":
        public |= Q(Exists(earlier.filter(annotation=OuterRef("root"))))
    return set(Annotation.objects.filter(public, uid__in=uids).values_list("uid", flat=True))


def lock(document: Document) -> None:
    """Let nobody else write to the document until the transaction ends; see what is current.

    It takes the row that :func:`record` takes at the end of every write, so that what is decided
    by the state of the document is decided on the state that it is saved to.
    """
    current = _take_numbers(document, 0)
    if current != document.current_edition_id:
        document.current_edition_id = current


def _take_numbers(document: Document, count: int) -> int | None:
    """Raise the number of the document's last event, and return the id of its current edition.

    Raises:
        Document.DoesNotExist: it was deleted.
    """
    here = Document.objects.filter(pk=document.pk)
    if connection.features.can_return_columns_from_insert:  # which goes for updates as well
        table = connection.ops.quote_name(Document._meta.db_table)  # noqa: SLF001 -- public in Django, for all its underscore
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET last_event = last_event + %s"  # noqa: S608 -- our own name
                " WHERE id = %s RETURNING last_event, current_edition_id",
                [count, document.pk],
            )
            row = cursor.fetchone()
    else:
        here.update(last_event=F("last_event") + count)
        row = here.values_list("last_event", "current_edition_id").first()
    if row is None:
        raise Document.DoesNotExist
    document.last_event = row[0]
    current: int | None = row[1]
    return current
