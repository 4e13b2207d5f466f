"""The ordered log of changes.

Every action that changes what somebody sees records one event per changed thing, inside its own
transaction. The number is taken by raising the document's counter, which also locks that row: two
writers of one document therefore commit in the order of their numbers, and a rolled back write
leaves no gap.
"""

from collections.abc import Sequence

from django.db.models import F

from reader.models import Annotation, Document, Event


def record(document: Document, name: str, subject: str = "") -> Event:
    """Add an event to the document's log and return it. Call it inside a transaction.

    Args:
        document: whose log.
        name: what happened, as ``noun.verb``.
        subject: the name of what changed: an annotation's uid or a block's ref. Never content.
    """
    Document.objects.filter(pk=document.pk).update(last_event=F("last_event") + 1)
    document.refresh_from_db(fields=["last_event"])
    return Event.objects.create(
        document=document, number=document.last_event, name=name, subject=subject
    )


def record_many(document: Document, name: str, subjects: Sequence[str]) -> None:
    """Add one event for each subject, in their order. Call it inside a transaction."""
    Document.objects.filter(pk=document.pk).update(last_event=F("last_event") + len(subjects))
    document.refresh_from_db(fields=["last_event"])
    first = document.last_event - len(subjects) + 1
    Event.objects.bulk_create(
        [
            Event(document=document, number=number, name=name, subject=subject)
            for number, subject in enumerate(subjects, first)
        ],
        batch_size=500,
    )


def record_change(annotation: Annotation, verb: str) -> Event:
    """Add an event that names the annotation, as ``annotation.<verb>``."""
    return record(annotation.document, f"annotation.{verb}", annotation.uid)


def lock(document: Document) -> None:
    """Let nobody else write to the document until the transaction ends; see what is current.

    It takes the row that :func:`record` takes at the end of every write, so that what is decided
    by the state of the document is decided on the state that it is saved to.
    """
    Document.objects.filter(pk=document.pk).update(last_event=F("last_event"))
    current = Document.objects.values_list("current_edition_id", flat=True).get(pk=document.pk)
    if current != document.current_edition_id:
        document.current_edition_id = current
