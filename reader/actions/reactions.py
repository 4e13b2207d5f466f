"""Agreeing and disagreeing."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import recording
from reader.actions.changes import batched
from reader.actions.errors import Invalid
from reader.models import Annotation, Document, Reaction, User

RECOUNTED_AT_ONCE = 500


@transaction.atomic
def react(*, person: User, annotation: Annotation, stance: str) -> Annotation:
    """Say that somebody agrees or disagrees with an annotation; an empty stance takes it back.

    Saying the same twice changes nothing.

    Returns:
        The annotation with the counts as they are now.

    Raises:
        policy.Refused: the person may not react to it.
        Invalid: there is no such stance.
    """
    if stance and stance not in Reaction.Stance.values:
        raise Invalid("stance", _("Agree or disagree."))
    events.lock(annotation.document)  # who counts while others react counts all of them
    found = Annotation.objects.select_related("document").get(pk=annotation.pk)
    policy.check_may_react(person, found)
    mine = Reaction.objects.filter(annotation=found, person=person)
    if mine.values_list("stance", flat=True).first() == (stance or None):
        return found
    if stance:
        said = {"stance": stance, "at": timezone.now()}
        Reaction.objects.update_or_create(annotation=found, person=person, defaults=said)
    else:
        mine.delete()
    _recount([found.pk])
    recording.changed(found, "reacted")
    found.refresh_from_db(fields=["agree_count", "disagree_count"])
    return found


def forget_reactions(person: User) -> None:
    """Take back all that somebody has agreed and disagreed with. Call it inside a transaction."""
    reactions = Reaction.objects.filter(person=person)
    touched = Document.objects.filter(annotations__reactions__in=reactions)
    for document in touched.order_by("pk").distinct():
        events.lock(document)
        here = reactions.filter(annotation__document=document).order_by("annotation_id")
        rows = list(Annotation.objects.filter(reactions__in=here).order_by("pk"))
        here.delete()
        for batch in batched([row.pk for row in rows], RECOUNTED_AT_ONCE):
            _recount(batch)
        recording.changed_many(document, "reacted", rows)


def _recount(annotations: Sequence[int]) -> None:
    """Set the counts from what is there; the caller holds the document's lock."""
    Annotation.objects.filter(pk__in=annotations).update(
        agree_count=_number(Reaction.Stance.AGREE),
        disagree_count=_number(Reaction.Stance.DISAGREE),
    )


def _number(stance: str) -> Any:
    rows = Reaction.objects.filter(annotation=OuterRef("pk")).order_by().values("annotation")
    return Coalesce(Subquery(rows.values(n=Count("pk", filter=Q(stance=stance)))), 0)
