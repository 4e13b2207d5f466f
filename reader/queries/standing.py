"""How somebody stands with the moderators: what was said to them, and their appeals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from reader import policy
from reader.models import Annotation, AnnotationRevision, Appeal, Decision, Flag, Sanction, User

Act = Decision.Act
MOST_SANCTIONS = 50  # shown; the latest
MOST_REPORTS = 20
WITH = ("annotation__document", "undone_by")


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision that said no to somebody, with what they may do about it.

    ``wording`` is the text as it was decided on; None where the decision is about a person, or the
    text is not for them to read any more. ``appeal`` is theirs, if they have appealed.
    """

    decision: Decision
    sanction: Sanction | None = None
    wording: Annotation | AnnotationRevision | None = None
    appeal: Appeal | None = None
    may_appeal: bool = False

    @property
    def is_judged_anew(self) -> bool:
        """Whether an appeal about the account was judged, and the person has not read how."""
        appeal = self.appeal
        about_them = self.decision.act in policy.RESTRICTING
        return (
            appeal is not None
            and about_them
            and appeal.judgement_id is not None
            and appeal.seen_at is None
        )


@dataclass(frozen=True, slots=True)
class Said:
    """That a moderator said something about an account: a notice of it, which holds no words.

    ``decision`` is where it stands on the person's page; ``is_judgement``: an appeal against it
    was judged.
    """

    decision: Decision
    at: datetime
    is_unread: bool
    is_judgement: bool = False


def sanctions_of(person: User) -> list[Answer]:
    """Return the latest warnings to the person and restrictions of theirs, newest first."""
    rows = Sanction.objects.filter(person=person).select_related("decision__undone_by")
    found = list(rows.order_by("-pk")[:MOST_SANCTIONS])
    by_decision = {row.decision_id: row for row in found}
    answers = _answers(person, [row.decision for row in found])
    return [
        Answer(one.decision, by_decision[one.decision.pk], None, one.appeal, one.may_appeal)
        for one in answers
    ]


def denials_of(person: User) -> QuerySet[Decision]:
    """Return the decisions that took down what the person wrote and has not deleted."""
    rows = Decision.objects.filter(
        annotation__author=person,
        annotation__deleted_at=None,
        act__in=[Act.DENY, Act.SPAM],
        undone_by=None,
    )
    return rows.select_related(*WITH).order_by("-pk")


def kept_reports_of(person: User) -> list[Answer]:
    """Return the latest decisions that kept what the person had reported."""
    reports = Flag.objects.filter(reporter=person, resolution=Flag.Resolution.KEPT)
    rows = Decision.objects.filter(
        pk__in=reports.values("resolved_by"),
        act=Act.APPROVE,
        annotation__deleted_at=None,
        undone_by=None,
    )
    readable = policy.annotations_visible_to(person)
    seen = Annotation.objects.filter(readable, pk__in=rows.values("annotation"))
    found = rows.filter(annotation__in=seen).select_related(*WITH).order_by("-pk")
    return _answers(person, list(found[:MOST_REPORTS]))


def as_answers(person: User, decisions: Sequence[Decision]) -> list[Answer]:
    """Return decisions of :func:`denials_of` with the text as it was; some queries for all."""
    wordings = as_decided(decisions)
    return [
        Answer(one.decision, None, wordings.get(one.decision.pk), one.appeal, one.may_appeal)
        for one in _answers(person, decisions)
    ]


def answer_to(person: User, pk: int) -> Answer:
    """Return one decision that said no to the person.

    Raises:
        Decision.DoesNotExist: there is none of that number.
    """
    decision = Decision.objects.select_related(*WITH, "sanction").get(pk=pk)
    if not policy.told_no(person, decision):
        raise Decision.DoesNotExist
    (answer,) = as_answers(person, [decision])
    theirs = decision.act in {Act.DENY, Act.SPAM}
    wording = answer.wording if theirs else None
    sanction = getattr(decision, "sanction", None)
    return Answer(decision, sanction, wording, answer.appeal, answer.may_appeal)


def as_decided(
    decisions: Iterable[Decision],
) -> dict[int, Annotation | AnnotationRevision]:
    """Return the wording that each decision was about, by the decision's id.

    Each change of an annotation raises its version, and what was written until then is kept under
    the version it had last: the wording of a version is the first kept under that one or a later.
    """
    about = [one for one in decisions if one.annotation_id is not None]
    kept = AnnotationRevision.objects.filter(annotation__in={one.annotation_id for one in about})
    revisions = list(kept.order_by("version"))
    found: dict[int, Annotation | AnnotationRevision] = {}
    for one in about:
        later = (
            row
            for row in revisions
            if row.annotation_id == one.annotation_id and row.version >= one.version
        )
        wording = next(later, one.annotation)
        if wording is not None:
            found[one.pk] = wording
    return found


def unseen_by(person: User) -> QuerySet[Sanction]:
    """Return the warnings and restrictions, and ends of them, that the person has not read."""
    return Sanction.objects.filter(person=person, seen_at=None)


def judged_about(person: User) -> QuerySet[Appeal]:
    """Return the person's appeals against warnings and restrictions that were judged."""
    return Appeal.objects.filter(
        appellant=person, judgement__isnull=False, decision__act__in=policy.RESTRICTING
    )


def has_unseen(person: User) -> bool:
    """Whether something was said about the person's account that they have not read."""
    return unseen_by(person).exists() or judged_about(person).filter(seen_at=None).exists()


def said_to(person: User, at_most: int) -> list[Said]:
    """Return what was said about the person's account, the latest first; two queries."""
    made = Sanction.objects.filter(person=person).select_related("decision").order_by("-pk")
    judged = judged_about(person).select_related("decision", "judgement").order_by("-judgement")
    both = [Said(one.decision, one.started_at, one.seen_at is None) for one in made[:at_most]]
    both += [
        Said(one.decision, one.judgement.at, one.seen_at is None, is_judgement=True)
        for one in judged[:at_most]
        if one.judgement is not None
    ]
    return sorted(both, key=lambda one: one.at, reverse=True)[:at_most]


def _answers(person: User, decisions: Sequence[Decision]) -> list[Answer]:
    mine = Appeal.objects.filter(appellant=person, decision__in=decisions)
    appeals = {one.decision_id: one for one in mine.select_related("judgement")}
    return [
        Answer(
            decision=one,
            appeal=appeals.get(one.pk),
            may_appeal=one.pk not in appeals and policy.is_open_to_appeal(one),
        )
        for one in decisions
    ]


def history_of(person: User) -> list[Decision]:
    """Return the latest decisions about the person's account, newest first, for moderators."""
    return list(Decision.objects.filter(person=person).order_by("-pk")[:MOST_SANCTIONS])
