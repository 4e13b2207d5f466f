"""Appealing against a decision, and judging the appeal: once, and by another moderator."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reader import policy
from reader.actions import decision_log, letters, moderation, notifying, sanctions
from reader.actions.errors import Conflict, Invalid
from reader.actions.wording import clean_text
from reader.models import Annotation, Appeal, Decision, Notification, Standing, Status, User
from reader.policy.transitions import Who

MAX_WORDS = 2_000
Act = Decision.Act
STATE = {
    Act.UPHOLD: Appeal.State.UPHELD,
    Act.CHANGE: Appeal.State.CHANGED,
    Act.SEND_BACK: Appeal.State.SENT_BACK,
}


@transaction.atomic
def appeal(*, appellant: User, decision: Decision, words: str) -> Appeal:
    """Ask another moderator to look at a decision again.

    Raises:
        policy.Refused: it does not concern the appellant, or they have appealed before.
        Invalid: no words, or too many.
    """
    policy.check_may_appeal(appellant, decision)
    words = clean_text("words", words).strip()
    if not words:
        raise Invalid("words", _("Say why the decision should be looked at again."))
    if len(words) > MAX_WORDS:
        message = _("This is too long: at most %(limit)d characters.")
        raise Invalid("words", message % {"limit": MAX_WORDS})
    try:
        with transaction.atomic():
            return Appeal.objects.create(decision=decision, appellant=appellant, words=words)
    except IntegrityError:
        message = _("You have appealed against this decision: one can do so once.")
        raise policy.Refused(message) from None


@transaction.atomic
def judge(*, moderator: User, appeal: Appeal, act: str, note: str = "") -> Decision:
    """Uphold the decision, change it, or send it back with words; the appellant is told.

    Args:
        moderator: another one than who decided.
        appeal: what is judged.
        act: one of ``uphold``, ``change``, ``send_back``.
        note: words to the appellant, required for sending back.

    Raises:
        policy.Refused: the moderator may not judge this one, or somebody else has meanwhile.
        Invalid: an unknown act, or no words.
        Conflict: what it is about has changed.
    """
    appeal = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("decision__annotation__document", "decision__person", "appellant")
        .get(pk=appeal.pk)
    )
    policy.check_may_judge(moderator, appeal)
    if act not in STATE:
        raise Invalid("act", _("Choose what to do: uphold, change or send back."))
    note = moderation.clean_note(note)
    if act == Act.SEND_BACK and not note:
        raise Invalid("note", _("Say what should be different: these words are all they get."))
    if appeal.state != Appeal.State.OPEN:
        raise policy.Refused(_("Another moderator has judged this appeal meanwhile."))
    about_person = appeal.decision.act in policy.RESTRICTING
    decide = _about_person if about_person else _about_annotation
    judgement = decide(moderator, appeal, act, note)
    changed = Appeal.objects.filter(pk=appeal.pk, state=Appeal.State.OPEN)
    changed.update(state=STATE[Act(act)], judgement=judgement)
    if appeal.decision.annotation is not None:
        kind = Notification.Kind.APPEAL_JUDGED
        notifying.tell([appeal.appellant_id], kind, appeal.decision.annotation, moderator)
    else:
        letters.point_to_standing(appeal.appellant)
    return judgement


def _about_annotation(moderator: User, appeal: Appeal, act: str, note: str) -> Decision:
    former = appeal.decision
    annotation = former.annotation
    if annotation is None or annotation.is_deleted:
        raise policy.Refused(_("The annotation does not exist any more."))
    if act == Act.CHANGE and annotation.status != former.after:
        raise Conflict(annotation, _("Something else was decided meanwhile. Look at it again."))
    after = _asked_for(former) if act == Act.CHANGE else annotation.status
    if act == Act.CHANGE:
        # A decision raises the version by one. Whatever else did brought words, or readers, that
        # neither the decision nor the appeal is about.
        if annotation.version != former.version + 1:
            message = _("Its author changed it since it was decided on. Decide on it in the queue.")
            raise Conflict(annotation, message)
        policy.check_move(Who.JUDGE, act, annotation.status, after)
    judgement = _log(moderator, appeal, act, note, before=annotation.status, after=after)
    if act == Act.CHANGE:
        moderation.apply(annotation, judgement)
    return judgement


def _asked_for(decision: Decision) -> Status:
    """Return the status that an appeal against the decision asks for."""
    return Status.DENIED if decision.act == Act.APPROVE else Status.APPROVED


def _about_person(moderator: User, appeal: Appeal, act: str, note: str) -> Decision:
    former = appeal.decision
    person = User.objects.select_for_update().get(pk=former.person_id or 0)
    before = policy.standing_of(person)
    holds = before == former.after and sanctions.is_the_latest(former)
    after = Standing.GOOD if act == Act.CHANGE and holds else before
    if act == Act.CHANGE and former.act != Act.WARN and holds:
        policy.check_move(Who.JUDGE, act, before, after)
    judgement = _log(moderator, appeal, act, note, before=before, after=after)
    if act == Act.CHANGE and former.act != Act.WARN and holds:
        sanctions.release(person, judgement.at)
    return judgement


def _log(moderator: User, appeal: Appeal, act: str, note: str, **states: Any) -> Decision:
    former = appeal.decision
    annotation: Annotation | None = former.annotation
    return decision_log.append(
        actor=moderator,
        act=act,
        annotation=annotation,
        person=former.person,
        judges=former,
        reason=former.reason,
        rule=former.rule,
        note=note,
        **states,
    )
