"""Warning somebody, limiting what they write, suspending them, closing their account for writing.

Each is a row in the decision log with a reason, and the person reads it on their account page,
where they can appeal. The restriction itself stands in ``User.standing``, so that asking for it
costs nothing.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import policy
from reader.actions import decision_log, letters
from reader.actions.errors import Invalid
from reader.actions.moderation import clean_note
from reader.models import Decision, LiftReason, Reason, Rule, Sanction, Standing, User
from reader.policy.transitions import Who
from reader.queries.standing import judged_about, unseen_by

Act = Decision.Act
STANDING = {
    Act.WARN: Standing.WARNED,
    Act.LIMIT: Standing.LIMITED,
    Act.SUSPEND: Standing.SUSPENDED,
    Act.CLOSE: Standing.CLOSED,
}


@transaction.atomic
def sanction(
    *,
    moderator: User,
    person: User,
    act: str,
    reason: str,
    note: str = "",
    rule: Rule | None = None,
    until: datetime | None = None,
) -> Sanction:
    """Warn a person or restrict what they may write.

    Args:
        moderator: who decides.
        person: about whom.
        act: one of ``warn``, ``limit``, ``suspend``, ``close``.
        reason: a :class:`Reason`.
        note: words to the person.
        rule: a rule of the site that it rests on.
        until: when it is over by itself; a suspension needs one, a warning and closing have none.

    Raises:
        policy.Refused: the moderator may not, or it cannot be done from how the person stands.
        Invalid: an unknown act or reason, or a time that does not fit.
    """
    policy.check_may_sanction(moderator, person)
    if act not in STANDING:
        raise Invalid("act", _("Choose what to do: warn, limit, suspend or close."))
    if reason not in Reason.values:
        raise Invalid("reason", _("Choose a reason: the person will see it."))
    _check_until(act, until)
    person = User.objects.select_for_update().get(pk=person.pk)
    before = policy.standing_of(person)
    after = before if act == Act.WARN else STANDING[Act(act)]
    policy.check_move(Who.MODERATOR, act, before, after)
    decision = decision_log.append(
        actor=moderator,
        act=act,
        annotation=None,
        person=person,
        reason=reason,
        rule=rule.title if rule else "",
        note=clean_note(note),
        before=before,
        after=after,
        until=until,
    )
    if act != Act.WARN:
        set_standing(person, after, until)
    return _told(decision, person, STANDING[Act(act)])


def _check_until(act: str, until: datetime | None) -> None:
    if until is not None and until <= timezone.now():
        raise Invalid("until", _("Choose a time that is to come."))
    if act == Act.SUSPEND and until is None:
        raise Invalid("until", _("Say until when: a suspension ends by itself."))
    if act in {Act.WARN, Act.CLOSE} and until is not None:
        raise Invalid("until", _("Only limits and suspensions have an end."))


@transaction.atomic
def lift(
    *, moderator: User, person: User, reason: str, note: str = "", rule: Rule | None = None
) -> Sanction:
    """End the restriction that holds, and tell the person why.

    Args:
        moderator: who decides.
        person: about whom.
        reason: a :class:`LiftReason`, or ``Reason.OTHER``.
        note: words to the person.
        rule: a rule of the site that it rests on.

    Raises:
        policy.Refused: the moderator may not, or none holds.
        Invalid: an unknown reason, or the note is too long.
    """
    policy.check_may_sanction(moderator, person)
    person = User.objects.select_for_update().get(pk=person.pk)
    before = policy.standing_of(person)
    policy.check_move(Who.MODERATOR, Act.LIFT, before, Standing.GOOD)
    if reason not in {*LiftReason.values, Reason.OTHER}:
        raise Invalid("reason", _("Choose a reason to lift it: the person will see it."))
    decision = decision_log.append(
        actor=moderator,
        act=Act.LIFT,
        annotation=None,
        person=person,
        reason=reason,
        rule=rule.title if rule else "",
        note=clean_note(note),
        before=before,
        after=Standing.GOOD,
    )
    release(person, decision.at)
    return _told(decision, person, Standing.GOOD)


def _told(decision: Decision, person: User, standing: str) -> Sanction:
    """Put a decision on the person's page, and write to them that it stands there."""
    letters.point_to_standing(person)
    return Sanction.objects.create(
        person=person,
        decision=decision,
        standing=standing,
        reason=decision.reason,
        note=decision.note,
        started_at=decision.at,
        until=decision.until,
    )


def release(person: User, at: datetime) -> None:
    """Let a person write again; what restricted them is marked as lifted then."""
    set_standing(person, Standing.GOOD, None)
    open_ones = Sanction.objects.filter(person=person, lifted_at=None)
    restricting = open_ones.exclude(standing__in=[Standing.WARNED, Standing.GOOD])
    restricting.update(lifted_at=at)


def is_the_latest(decision: Decision) -> bool:
    """Whether the restriction by this decision holds: none came after it, and it was not lifted."""
    holding = Sanction.objects.filter(person=decision.person, lifted_at=None)
    latest = holding.exclude(standing=Standing.WARNED).order_by("-pk").first()
    return latest is not None and latest.decision_id == decision.pk


def set_standing(person: User, standing: str, until: datetime | None) -> None:
    """Write down how a person stands."""
    User.objects.filter(pk=person.pk).update(standing=standing, standing_until=until)
    person.standing, person.standing_until = standing, until


@transaction.atomic
def mark_seen(*, person: User, until: datetime) -> int:
    """Remember that a person has read what was said about their account; return how much it was.

    What came after ``until`` they have not seen.
    """
    now = timezone.now()
    judged = judged_about(person).filter(seen_at=None, judgement__at__lte=until)
    return unseen_by(person).filter(started_at__lte=until).update(seen_at=now) + judged.update(
        seen_at=now
    )
