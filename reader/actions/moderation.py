"""Reporting, deciding, and taking a decision back."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import claims, decision_log, limits, notifying, recording
from reader.actions.errors import Conflict, Invalid
from reader.actions.wording import clean_text
from reader.models import Annotation, Decision, Flag, Notification, Reason, Rule, Status, User
from reader.policy.transitions import Who
from reader.queries.reporters import UNKNOWN, weight_together

MAX_NOTE = 500
UNDONE_WITHIN = timedelta(days=1)
AFTER = {
    Decision.Act.APPROVE: Status.APPROVED,
    Decision.Act.DENY: Status.DENIED,
    Decision.Act.SPAM: Status.SPAM,
}


@transaction.atomic
def flag(*, reporter: User, annotation: Annotation, reason: str, note: str = "") -> Flag:
    """Report an annotation to the moderators. A second open report by the same reader adds nothing.

    Raises:
        policy.Refused: the reader may not report it.
        Invalid: the reason is unknown, or the note too long.
        TooMany: the reader reports too fast.
    """
    policy.check_may_flag(reporter, annotation)
    if reason not in Reason.values:
        raise Invalid("reason", _("Choose a reason."))
    note = clean_note(note)
    limits.check_flagging(reporter)
    report, is_new = Flag.objects.get_or_create(
        annotation=annotation,
        reporter=reporter,
        resolution="",
        defaults={"reason": reason, "note": note, "for_group": annotation.group_id},
    )
    if is_new:
        _weigh(annotation)
        waiting = Annotation.objects.filter(pk=annotation.pk, attention_since=None)
        waiting.update(attention_since=report.created_at)
        events.record(annotation.document, "annotation.flagged", annotation.uid)
    return report


def _weigh(annotation: Annotation) -> None:
    """Let the annotation weigh in the queue what its open reports weigh, and its waiting."""
    reports = annotation.flags.filter(resolution="", reporter__isnull=False)
    together = weight_together(pk or 0 for pk in reports.values_list("reporter", flat=True))
    if annotation.status == Status.PENDING:
        together = max(together, UNKNOWN)
    Annotation.objects.filter(pk=annotation.pk).update(attention_weight=together)


def clean_note(note: str) -> str:
    """Return a moderator's or reporter's words, ready to be kept.

    Raises:
        Invalid: they are too long, or hold what cannot be kept.
    """
    note = clean_text("note", note).strip()
    if len(note) > MAX_NOTE:
        message = _("This note is too long: at most %(limit)d characters.")
        raise Invalid("note", message % {"limit": MAX_NOTE})
    return note


@transaction.atomic
def decide(
    *,
    moderator: User,
    annotation: Annotation,
    act: str,
    version: int | None = None,
    reason: str = "",
    note: str = "",
    rule: Rule | None = None,
    at: datetime | None = None,
) -> Decision:
    """Approve, deny or mark as spam, and close the reports about it; author and reporters are told.

    Args:
        moderator: who decides.
        annotation: what about.
        act: one of ``approve``, ``deny``, ``spam``.
        version: the version the moderator saw; None binds the decision to the present one.
        reason: a :class:`Reason`, required for denying.
        note: words to the author.
        rule: the rule it rests on, one of the document's or the site's.
        at: when, for a decision that was taken elsewhere.

    Raises:
        policy.Refused: the moderator may not decide on this.
        Invalid: an unknown act, no reason for denying, or another document's rule.
        Conflict: the author changed the annotation since the moderator saw it, or another moderator
            is deciding on it.
    """
    annotation = Annotation.objects.select_related("document", "group").get(pk=annotation.pk)
    policy.check_may_decide(moderator, annotation)
    if act not in AFTER:
        raise Invalid("act", _("Choose what to do: approve, deny or mark as spam."))
    if reason not in Reason.values and (reason or act == Decision.Act.DENY):
        raise Invalid("reason", _("Choose a reason: its author will see it."))
    if version is not None and version != annotation.version:
        raise Conflict(annotation, _what_happened_since(version, annotation))
    claims.check_free(moderator, annotation)
    if rule is not None and rule.document_id not in (None, annotation.document_id):
        raise Invalid("rule", _("Choose one of the rules that hold for this document."))
    return carry_out(
        who=Who.MODERATOR,
        actor=moderator,
        annotation=annotation,
        act=act,
        reason=reason,
        rule=rule.title if rule else "",
        note=clean_note(note),
        at=at,
    )


def carry_out(
    *,
    who: Who,
    actor: User,
    annotation: Annotation,
    act: str,
    at: datetime | None = None,
    **values: str,
) -> Decision:
    """Log a decision that may be taken, and do what follows from it. Call it in a transaction.

    Args:
        who: in which part the actor acts.
        actor: by whose name it stands in the log.
        annotation: what about, as it is now.
        act: one of ``approve``, ``deny``, ``spam``.
        at: when, if not now.
        values: reason, rule and note, ready to be kept.

    Raises:
        policy.Refused: it cannot be done from where the annotation stands.
        Conflict: it was changed meanwhile.
    """
    after = AFTER[Decision.Act(act)]
    policy.check_move(who, act, annotation.status, after)
    at = at or timezone.now()
    decision = decision_log.append(
        actor=actor,
        act=act,
        annotation=annotation,
        person=None,
        **values,
        before=annotation.status,
        after=after,
        waited=_waited(annotation, at),
        at=at,
    )
    reporters = _close_flags(annotation, decision)
    apply(annotation, decision)
    claims.end(annotation)
    _tell(annotation, decision, reporters)
    return decision


def _what_happened_since(version: int, annotation: Annotation) -> str:
    """Say why the version that a moderator saw is not the present one."""
    later = annotation.decisions.filter(version__gte=version).order_by("-pk").first()
    if later is None:
        return _("Its author changed it since you saw it. Read it again before you decide.")
    words = {"name": later.actor_name, "act": later.get_act_display()}
    return _("%(name)s has decided on this meanwhile: %(act)s.") % words


def _waited(annotation: Annotation, at: datetime) -> int | None:
    """Return for how many seconds the annotation has waited; None where it did not."""
    if annotation.attention_since is None:
        return None
    return max(0, int((at - annotation.attention_since).total_seconds()))


def _tell(annotation: Annotation, decision: Decision, reporters: list[int]) -> None:
    """Tell the author of what changed for them, and those who reported it what became of that."""
    kind, by, at = Notification.Kind, decision.actor, decision.at
    author = annotation.author
    has_account = author is not None and author.kind == User.Kind.PERSON
    if author is not None and has_account and decision.before != decision.after:
        notifying.tell_many({annotation.pk: [author.pk]}, kind.MODERATED, by, at)
    notifying.tell_many({annotation.pk: reporters}, kind.REPORT_ANSWERED, by, at)


@transaction.atomic
def undo(*, moderator: User, decision: Decision) -> Decision:
    """Take a decision back: status and reports are as they were before it.

    Raises:
        policy.Refused: the moderator may not decide on this.
        Invalid: the annotation is gone.
        Conflict: it was more than :data:`UNDONE_WITHIN` ago, or something was decided, appealed or
            rewritten since, so that there is no way back.
    """
    annotation = (
        Annotation.objects.select_related("document", "group").filter(decisions=decision).first()
    )
    if annotation is None or annotation.is_deleted:
        raise Invalid("act", _("The annotation does not exist any more."))
    policy.check_may_decide(moderator, annotation)
    _check_nothing_followed(annotation, decision)
    policy.check_move(Who.MODERATOR, Decision.Act.UNDO, annotation.status, decision.before)
    undoing = decision_log.append(
        actor=moderator,
        act=Decision.Act.UNDO,
        annotation=annotation,
        person=None,
        before=annotation.status,
        after=decision.before,
        undoes=decision,
    )
    apply(annotation, undoing)
    _reopen_flags(annotation, decision)
    return undoing


def _check_nothing_followed(annotation: Annotation, decision: Decision) -> None:
    """Pass silently when the annotation is just as the decision left it, one version further.

    Whatever changes its status also raises its version, so the version vouches for the status.
    """
    if timezone.now() - decision.at > UNDONE_WITHIN:
        message = _("This was decided more than a day ago. Decide anew, and it is in the log.")
        raise Conflict(annotation, message)
    latest = annotation.decisions.order_by("-pk").first()
    if latest != decision or str(decision.act) not in AFTER:
        message = _("Something else was decided since, so this cannot be undone any more.")
        raise Conflict(annotation, message)
    if annotation.version != decision.version + 1:
        message = _("Its author changed it since, so this cannot be undone any more. Decide anew.")
        raise Conflict(annotation, message)


def apply(annotation: Annotation, decision: Decision) -> None:
    """Give the annotation the status decided, provided nobody changed it in between.

    Raises:
        Conflict: somebody did; whatever this transaction did is undone by the exception.
    """
    rows = Annotation.objects.filter(pk=annotation.pk, version=annotation.version)
    changed = rows.update(
        status=decision.after,
        attention_since=None,
        attention_weight=UNKNOWN,
        version=F("version") + 1,
    )
    if changed != 1:
        message = _("Its author changed it since you saw it. Read it again before you decide.")
        raise Conflict(annotation, message)
    annotation.refresh_from_db()
    recording.changed(annotation, "decided")


def _close_flags(annotation: Annotation, decision: Decision) -> list[int]:
    """Close the open reports, and return who made them."""
    kept = decision.after == Status.APPROVED
    reports = annotation.flags.filter(resolution="")
    reporters = [pk for pk in reports.values_list("reporter", flat=True) if pk]
    reports.update(
        resolution=Flag.Resolution.KEPT if kept else Flag.Resolution.UPHELD,
        resolved_at=decision.at,
        resolved_by=decision,
    )
    return reporters


def _reopen_flags(annotation: Annotation, decision: Decision) -> None:
    reopened = list(decision.flags.order_by("created_at"))
    decision.flags.update(resolution="", resolved_at=None, resolved_by=None)
    waiting_since = reopened[0].created_at if reopened else None
    if decision.before == Status.PENDING:
        waiting_since = annotation.edited_at or annotation.created_at
    Annotation.objects.filter(pk=annotation.pk).update(attention_since=waiting_since)
    _weigh(annotation)
