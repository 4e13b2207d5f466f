"""The demo discussion's second half: who agrees with what, and what the reviewer has decided."""

from datetime import timedelta

from django.db import transaction

from reader.actions.demo import Table, date_events, demo_uid
from reader.actions.dispositions import Ruling, decide_thread
from reader.actions.reactions import react
from reader.models import Annotation, Document, Reaction, ReviewVisit, User

STANCES = ("agree", "disagree")


@transaction.atomic
def review_discussion(document: Document, source: Table) -> None:
    """Save the reactions and the reviewer's decisions that the source has for the discussion.

    Raises:
        Invalid, KeyError: the source does not fit the discussion.
    """
    people = {person.username: person for person in User.objects.filter(is_demo=True)}
    for entry in source["reactions"]:
        annotation = Annotation.objects.get(uid=demo_uid(entry["to"]))
        for stance in STANCES:
            for username in entry[stance]:
                _react(people[username], annotation, stance)
    for entry in source["rulings"]:
        ruling = Ruling(entry["outcome"], entry["reason"], entry.get("addressed_in"))
        decide_thread(
            reviewer=people[entry["by"]],
            root=Annotation.objects.get(uid=demo_uid(entry["thread"])),
            ruling=ruling,
            at=entry["at"],
        )
        date_events(document, entry["at"])
    ReviewVisit.objects.create(
        user=people["reviewer"],
        document=document,
        since=None,
        last_at=max(entry["at"] for entry in source["rulings"]),
    )


def _react(person: User, annotation: Annotation, stance: str) -> None:
    """Agree or disagree on the day after it was written."""
    react(person=person, annotation=annotation, stance=stance)
    at = annotation.created_at + timedelta(days=1)
    Reaction.objects.filter(annotation=annotation, person=person).update(at=at)
    date_events(annotation.document, at)
