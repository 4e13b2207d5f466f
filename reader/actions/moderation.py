"""Reporting, deciding, and taking a decision back."""

import hashlib
import json
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import limits, recording
from reader.actions.errors import Conflict, Invalid
from reader.actions.wording import clean_text
from reader.models import Annotation, Decision, Flag, Reason, Status, User

MAX_NOTE = 500
LOG_LOCK = int.from_bytes(b"postil")  # names the lock; any number nobody else locks would do
CHAIN_FORMAT = "1"
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
    note = _clean_note(note)
    limits.check_flagging(reporter)
    report, is_new = Flag.objects.get_or_create(
        annotation=annotation,
        reporter=reporter,
        resolution="",
        defaults={"reason": reason, "note": note, "for_group": annotation.group_id},
    )
    if is_new:
        waiting = Annotation.objects.filter(pk=annotation.pk, attention_since=None)
        waiting.update(attention_since=report.created_at)
        events.record(annotation.document, "annotation.flagged", annotation.uid)
    return report


def _clean_note(note: str) -> str:
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
    at: datetime | None = None,
) -> Decision:
    """Approve, deny or mark as spam, and close the reports about it.

    Args:
        moderator: who decides.
        annotation: what about.
        act: one of ``approve``, ``deny``, ``spam``.
        version: the version the moderator saw; None binds the decision to the present one.
        reason: a :class:`Reason`, required for denying.
        note: words to the author.
        at: when, for a decision that was taken elsewhere.

    Raises:
        policy.Refused: the moderator may not decide on this.
        Invalid: an unknown act, or no reason for denying.
        Conflict: the author changed the annotation since the moderator saw it.
    """
    annotation = Annotation.objects.select_related("document", "group").get(pk=annotation.pk)
    policy.check_may_decide(moderator, annotation)
    if act not in AFTER:
        raise Invalid("act", _("Choose what to do: approve, deny or mark as spam."))
    if reason not in Reason.values and (reason or act == Decision.Act.DENY):
        raise Invalid("reason", _("Choose a reason: its author will see it."))
    if version is not None and version != annotation.version:
        message = _("Its author changed it since you saw it. Read it again before you decide.")
        raise Conflict(annotation, message)
    decision = _log(
        annotation=annotation,
        annotation_uid=annotation.uid,
        actor=moderator,
        actor_name=moderator.get_full_name(),
        act=act,
        reason=reason,
        note=_clean_note(note),
        before=annotation.status,
        after=AFTER[Decision.Act(act)],
        version=annotation.version,
        for_group=annotation.group_id,
        at=at or timezone.now(),
    )
    _apply(annotation, decision)
    _close_flags(annotation, decision)
    return decision


@transaction.atomic
def undo(*, moderator: User, decision: Decision) -> Decision:
    """Take a decision back: status and reports are as they were before it.

    Raises:
        policy.Refused: the moderator may not decide on this.
        Invalid: the annotation is gone.
        Conflict: something was decided or rewritten since, so that there is no way back.
    """
    annotation = (
        Annotation.objects.select_related("document", "group").filter(decisions=decision).first()
    )
    if annotation is None or annotation.is_deleted:
        raise Invalid("act", _("The annotation does not exist any more."))
    policy.check_may_decide(moderator, annotation)
    _check_nothing_followed(annotation, decision)
    undoing = _log(
        annotation=annotation,
        annotation_uid=annotation.uid,
        actor=moderator,
        actor_name=moderator.get_full_name(),
        act=Decision.Act.UNDO,
        before=annotation.status,
        after=decision.before,
        version=annotation.version,
        for_group=annotation.group_id,
        undoes=decision,
    )
    _apply(annotation, undoing)
    _reopen_flags(annotation, decision)
    return undoing


def _check_nothing_followed(annotation: Annotation, decision: Decision) -> None:
    """Pass silently when the annotation is just as the decision left it, one version further.

    Whatever changes its status also raises its version, so the version vouches for the status.
    """
    latest = annotation.decisions.order_by("-pk").first()
    if latest != decision or decision.act == Decision.Act.UNDO:
        message = _("Something else was decided since, so this cannot be undone any more.")
        raise Conflict(annotation, message)
    if annotation.version != decision.version + 1:
        message = _("Its author changed it since, so this cannot be undone any more. Decide anew.")
        raise Conflict(annotation, message)


def _apply(annotation: Annotation, decision: Decision) -> None:
    """Give the annotation the status decided, provided nobody changed it in between."""
    rows = Annotation.objects.filter(pk=annotation.pk, version=annotation.version)
    changed = rows.update(status=decision.after, attention_since=None, version=F("version") + 1)
    if changed != 1:
        message = _("Its author changed it since you saw it. Read it again before you decide.")
        raise Conflict(annotation, message)
    annotation.refresh_from_db()
    recording.changed(annotation, "decided")


def _close_flags(annotation: Annotation, decision: Decision) -> None:
    kept = decision.after == Status.APPROVED
    annotation.flags.filter(resolution="").update(
        resolution=Flag.Resolution.KEPT if kept else Flag.Resolution.UPHELD,
        resolved_at=decision.at,
        resolved_by=decision,
    )


def _reopen_flags(annotation: Annotation, decision: Decision) -> None:
    reopened = list(decision.flags.order_by("created_at"))
    decision.flags.update(resolution="", resolved_at=None, resolved_by=None)
    waiting_since = reopened[0].created_at if reopened else None
    if decision.before == Status.PENDING:
        waiting_since = annotation.edited_at or annotation.created_at
    Annotation.objects.filter(pk=annotation.pk).update(attention_since=waiting_since)


def _log(**values: object) -> Decision:
    """Append to the decision log, chaining the row to the one before it."""
    _wait_for_other_writers()
    row = Decision(**values)
    last = Decision.objects.order_by("-pk").first()
    row.previous_hash = last.hash if last else ""
    row.hash = chained_hash(row)
    row.save(force_insert=True)
    return row


def _wait_for_other_writers() -> None:
    """Let one transaction at a time append to the log, until it ends.

    Locking the last row would not do: who waits for it wakes up with that row, not with the one
    appended meanwhile, and chains to it a second time. On SQLite every transaction that writes has
    waited for its turn at BEGIN already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])


def chained_hash(row: Decision) -> str:
    """Return the SHA-256 (hexadecimal) over the row's lasting content and the hash before it.

    The list begins with the number of its format, so that a later one can tell old rows apart. The
    links to accounts and annotations are left out: they may be emptied.
    """
    content = [
        CHAIN_FORMAT,
        row.previous_hash,
        row.annotation_uid,
        row.actor_name,
        row.act,
        row.reason,
        row.note,
        row.before,
        row.after,
        row.version,
        row.undoes_id,
        row.at.isoformat(timespec="microseconds"),
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
