"""The ordered log of changes.

Every action that changes what somebody sees records one event per changed thing, inside its own
transaction. The number is taken by raising the document's counter, which also locks that row: two
writers of one document therefore commit in the order of their numbers, and a rolled back write
leaves no gap.

Webhooks that want to know get a delivery for it in the same transaction, to be sent later: what
was rolled back is told to nobody, and what was saved is never forgotten.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from reader.models import (
    Annotation,
    AnnotationRevision,
    Document,
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
_origin: ContextVar[str] = ContextVar("origin", default="")


@contextmanager
def sent_by(program: str) -> Iterator[None]:
    """Mark what is recorded until the block ends as sent by a program that calls itself so."""
    before = _origin.set(program)
    try:
        yield
    finally:
        _origin.reset(before)


def record(document: Document, name: str, subject: str = "", *, about: Sequence[str] = ()) -> Event:
    """Add an event to the document's log and return it. Call it inside a transaction.

    Args:
        document: whose log.
        name: what happened, as ``noun.verb``.
        subject: the name of what changed: an annotation's uid or a block's ref. Never content.
        about: the uids of the annotations that webhooks are told of, where it is not the subject.
    """
    Document.objects.filter(pk=document.pk).update(last_event=F("last_event") + 1)
    document.refresh_from_db(fields=["last_event"])
    event = Event.objects.create(
        document=document,
        number=document.last_event,
        name=name,
        subject=subject,
        about=list(about) if list(about) != [subject] else [],
        origin=_origin.get(),
    )
    _tell_webhooks(document, name, [(event, uid) for uid in about or [subject]])
    return event


def record_many(document: Document, name: str, subjects: Sequence[str]) -> None:
    """Add one event for each subject, in their order. Call it inside a transaction."""
    Document.objects.filter(pk=document.pk).update(last_event=F("last_event") + len(subjects))
    document.refresh_from_db(fields=["last_event"])
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


def record_change(annotation: Annotation, verb: str, about: Sequence[str] = ()) -> Event:
    """Add an event that names the annotation, as ``annotation.<verb>``; ``about`` as above."""
    return record(annotation.document, f"annotation.{verb}", annotation.uid, about=about)


def _tell_webhooks(document: Document, name: str, told: Sequence[tuple[Event, str]]) -> None:
    """Make a delivery of each event for each webhook that wants to know of it.

    A site without webhooks pays one look into an empty table.
    """
    if name not in TOLD:
        return
    wanted = Webhook.objects.filter(Q(document=document) | Q(document=None), is_active=True)
    webhooks = list(wanted.values_list("pk", flat=True))
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
    Document.objects.filter(pk=document.pk).update(last_event=F("last_event"))
    current = Document.objects.values_list("current_edition_id", flat=True).get(pk=document.pk)
    if current != document.current_edition_id:
        document.current_edition_id = current
