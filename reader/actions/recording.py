"""What follows from every change of an annotation: the event that tells of it, and the indexes."""

from collections.abc import Sequence

from reader import events
from reader.actions import campaign_places
from reader.actions.wording import set_tags
from reader.models import Annotation, Document, Edition
from reader.search import index

AS_BEFORE = frozenset({"placed"})  # what it says and who may read it did not change
LOOKED_UP_AT_ONCE = 500


def created(annotation: Annotation, tags: Sequence[str], edition: Edition) -> None:
    """Record a new thread and give it these tags. Call it inside the transaction that saved it.

    The document is locked from taking the event's number on.

    Raises:
        events.Outdated: the edition that it was placed in is not the current one any more.
    """
    index.put_new(annotation, tags)
    events.record_change(annotation, "created", [annotation.uid], edition)
    if tags:
        set_tags(annotation, list(tags))
    campaign_places.place([annotation], are_new=True)


def replied(root: Annotation, answer: Annotation, tags: Sequence[str]) -> None:
    """Record a new answer with these tags. Call it inside the transaction that saved it."""
    events.record_change(root, "replied", [answer.uid])
    index.put_new(answer, tags)


def changed(
    annotation: Annotation, verb: str, *rewritten: Annotation, left: Sequence[str] = ()
) -> None:
    """Record that the annotation changed. Call it inside the transaction of the change.

    Args:
        annotation: what the event names.
        verb: what happened, as in ``annotation.<verb>``.
        rewritten: further annotations whose words, visibility or status changed with it.
        left: the refs of the blocks that it stood at before, where it was moved.
    """
    about = [one.uid for one in (annotation, *rewritten)]
    events.record_change(annotation, verb, about, left=left)
    pks = [one.pk for one in rewritten]
    index.put(pks if verb in AS_BEFORE else [annotation.pk, *pks])
    if verb in campaign_places.RESAID:
        campaign_places.place([annotation])


def changed_many(document: Document, verb: str, annotations: Sequence[Annotation]) -> None:
    """Record that annotations of one document changed, one event for each, in their order."""
    events.record_many(document, f"annotation.{verb}", [one.uid for one in annotations])
    index.put([one.pk for one in annotations])
    if verb in campaign_places.RESAID:
        campaign_places.place(annotations, are_new=True)


def deleted(document: Document, uids: Sequence[str]) -> None:
    """Record that annotations of one document were taken back by their author."""
    events.record_many(document, "annotation.deleted", uids)
    for start in range(0, len(uids), LOOKED_UP_AT_ONCE):
        gone = Annotation.objects.filter(uid__in=uids[start : start + LOOKED_UP_AT_ONCE])
        pks = list(gone.values_list("pk", flat=True))
        index.remove(pks)
        campaign_places.leave(document, pks)
