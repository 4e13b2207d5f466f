"""Deciding threads, and opening them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import acceptance, collecting, notifying, recording
from reader.actions.errors import Conflict, Invalid
from reader.actions.wording import clean_text
from reader.models import (
    Annotation,
    Disposition,
    Document,
    Edition,
    Notification,
    User,
    Visibility,
)
from reader.queries.dispositions import thread_states

MAX_REASON = 2_000
MAX_AT_ONCE = 2_000
Outcome = Disposition.Outcome


class StaleThreads(Conflict):
    """Some of several threads changed since the reviewer saw them. ``stale`` are their roots."""

    def __init__(self, stale: Sequence[Annotation], message: str) -> None:
        super().__init__(stale[0], message)
        self.stale = list(stale)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer decides: the outcome, and what belongs to it.

    ``addressed_in`` is the number of a published edition, ``duplicate_of`` the uid of the thread
    that says the same.
    """

    outcome: str
    reason: str = ""
    addressed_in: int | None = None
    duplicate_of: str = ""


def decide_thread(
    *,
    reviewer: User,
    root: Annotation,
    ruling: Ruling,
    seen: str | None = None,
    at: datetime | None = None,
) -> Disposition:
    """Close one thread with a decision, in place of the one that stands.

    Raises:
        policy.Refused, Invalid, StaleThreads: as in :func:`decide_threads`.
    """
    threads = [(root.uid, seen)]
    return decide_threads(
        reviewer=reviewer, document=root.document, threads=threads, ruling=ruling, at=at
    )[0]


@transaction.atomic
def decide_threads(
    *,
    reviewer: User,
    document: Document,
    threads: Sequence[tuple[str, str | None]],
    ruling: Ruling,
    at: datetime | None = None,
) -> list[Disposition]:
    """Close threads of one document with the same decision: all of them or none.

    A suggested edit that is accepted goes into the draft of the next edition. Deciding again just
    as it stands changes nothing.

    Args:
        reviewer: who decides.
        document: of which all threads are.
        threads: for each the root's uid, and the state (from
            :func:`reader.queries.dispositions.thread_states`) that the reviewer saw; None binds
            the decision to the present one.
        ruling: what is decided.
        at: when, for a decision that was taken elsewhere.

    Raises:
        policy.Refused: the reviewer may not decide in this document, or not see one of them.
        Invalid: a field cannot be saved, or a suggestion cannot be taken up, and why.
        StaleThreads: somebody wrote in a thread, or decided it, since the reviewer saw it.
    """
    policy.check_may_review(reviewer, document)
    reason = _clean_reason(ruling.reason)
    events.lock(document)
    roots = _roots(reviewer, document, [uid for uid, _seen in threads])
    _check_seen(reviewer, roots, dict(threads))
    edition, twin = _addressed_in(document, ruling), _duplicate_of(reviewer, roots, ruling)
    rows = Disposition.objects.filter(annotation__in=roots, withdrawn_at__isnull=True)
    standing = {row.annotation_id: row for row in rows.select_related("addressed_in")}
    made: list[Disposition] = []
    unsaved: list[Disposition] = []
    fresh: list[Annotation] = []
    for root in roots:
        row = Disposition(
            annotation=root,
            outcome=ruling.outcome,
            reason=reason,
            addressed_in=edition,
            duplicate_of=twin,
            decided_by=reviewer,
            decided_at=at or timezone.now(),
        )
        if _says_the_same(standing.get(root.pk), row):
            made.append(standing[root.pk])
            continue
        if not _settle(root, row, standing.get(root.pk), reviewer):
            unsaved.append(row)
        made.append(row)
        fresh.append(root)
    Disposition.objects.bulk_create(unsaved, batch_size=500)
    _follow(document, fresh, reviewer, "answered", Notification.Kind.DECIDED, at)
    saved = Disposition.objects.select_related("annotation", "addressed_in", "decided_by")
    by_pk = saved.in_bulk([row.pk for row in made])
    return [by_pk[row.pk] for row in made]


@transaction.atomic
def reopen_thread(*, reviewer: User, root: Annotation, seen: str | None = None) -> None:
    """Take the decision on a thread back; it stays in the thread's history. Without one, nothing.

    Raises:
        policy.Refused: the reviewer may not decide this thread.
        Invalid: an edition has adopted the suggestion already.
        StaleThreads: as in :func:`decide_threads`.
    """
    document = root.document
    policy.check_may_review(reviewer, document)
    events.lock(document)
    roots = _roots(reviewer, document, [root.uid])
    _check_seen(reviewer, roots, {root.uid: seen})
    row = Disposition.objects.filter(annotation=root, withdrawn_at__isnull=True)
    standing = row.select_related("addressed_in").first()
    if standing is None:
        return
    _withdraw(roots[0], standing, reviewer)
    _follow(document, roots, reviewer, "reopened", Notification.Kind.REOPENED)


def _roots(reviewer: User, document: Document, uids: Sequence[str]) -> list[Annotation]:
    """Return the roots in the order asked for, as they are saved now.

    Raises:
        Invalid: none is named, or too many.
        policy.Refused: one is not there for this reviewer.
    """
    wanted = list(dict.fromkeys(uids))
    if not wanted:
        raise Invalid("threads", _("Choose at least one thread."))
    if len(wanted) > MAX_AT_ONCE:
        message = _("At most %(limit)d threads can be decided at once.")
        raise Invalid("threads", message % {"limit": MAX_AT_ONCE})
    rows = Annotation.objects.filter(
        policy.threads_under_review(reviewer), document=document, uid__in=wanted
    )
    found = {row.uid: row for row in rows.select_related("author", "document__current_edition")}
    if len(found) != len(wanted):
        raise policy.Refused(_("There is no such thread."))
    for root in found.values():
        root.document = document
    return [found[uid] for uid in wanted]


def _check_seen(reviewer: User, roots: Sequence[Annotation], seen: dict[str, str | None]) -> None:
    if all(state is None for state in seen.values()):
        return
    states = thread_states(reviewer, [root.pk for root in roots])
    stale = [root for root in roots if seen[root.uid] not in (None, states[root.pk])]
    if stale:
        message = _("It has changed since you saw it. Look at what is new, then decide.")
        raise StaleThreads(stale, message)


def _addressed_in(document: Document, ruling: Ruling) -> Edition | None:
    if ruling.outcome not in Outcome.values:
        raise Invalid("outcome", _("Choose a decision."))
    if ruling.addressed_in is None:
        return None
    if ruling.outcome not in Disposition.ADDRESSABLE:
        message = _("Only what was accepted or answered can be addressed in an edition.")
        raise Invalid("addressed_in", message)
    published = document.editions.filter(published_at__isnull=False)
    edition = published.filter(number=ruling.addressed_in).first()
    if edition is None:
        raise Invalid("addressed_in", _("There is no such edition."))
    return edition


def _duplicate_of(reviewer: User, roots: Sequence[Annotation], ruling: Ruling) -> Annotation | None:
    """Return the thread that these repeat; it is seen by whoever sees these.

    Raises:
        Invalid: there is none, or it is one of them, or itself a duplicate.
    """
    if ruling.outcome != Outcome.DUPLICATE:
        return None
    visible = Annotation.objects.filter(
        policy.threads_under_review(reviewer), document=roots[0].document
    )
    twin = visible.filter(uid=ruling.duplicate_of).first()
    if twin is None:
        message = _("Say which thread it repeats: paste the link to it.")
        raise Invalid("duplicate_of", message)
    if twin in roots:
        raise Invalid("duplicate_of", _("A thread does not repeat itself. Choose another."))
    wider = twin.visibility == Visibility.PUBLIC
    if not wider and any(root.group_id != twin.group_id for root in roots):
        raise Invalid("duplicate_of", _("Not everybody who reads this one can read that one."))
    if twin.dispositions.filter(withdrawn_at__isnull=True, outcome=Outcome.DUPLICATE).exists():
        message = _("That one is a duplicate itself. Choose the thread that it repeats.")
        raise Invalid("duplicate_of", message)
    return twin


def _says_the_same(standing: Disposition | None, row: Disposition) -> bool:
    """Whether the decision that stands says the same; where it was taken up is not asked."""
    return standing is not None and (
        (standing.outcome, standing.reason, standing.duplicate_of_id)
        == (row.outcome, row.reason, row.duplicate_of_id)
        and row.addressed_in_id in (None, standing.addressed_in_id)
    )


def _settle(
    root: Annotation, row: Disposition, standing: Disposition | None, reviewer: User
) -> bool:
    """Make way for a decision, and return whether it is saved already.

    An accepted suggestion is saved at once: the next one must not be about the same words.
    """
    if standing is not None:
        _withdraw(root, standing, reviewer)
    if row.outcome == Outcome.ACCEPTED and acceptance.is_suggestion(root):
        if row.addressed_in_id is not None:
            message = _("An accepted edit goes into the next edition by itself: name none here.")
            raise Invalid("addressed_in", message)
        acceptance.check_acceptable(root)
        row.save(force_insert=True)
        return True
    return False


def _withdraw(root: Annotation, standing: Disposition, reviewer: User) -> None:
    """Take a decision back.

    Raises:
        Invalid: an edition that is published has adopted the suggestion.
    """
    taken_up = standing.outcome == Outcome.ACCEPTED and acceptance.is_suggestion(root)
    edition = standing.addressed_in
    if taken_up and edition is not None and not edition.is_draft:
        message = _("It was adopted in %(edition)s, which is published.")
        raise Invalid("annotation", message % {"edition": edition})
    standing.withdrawn_at, standing.withdrawn_by = timezone.now(), reviewer
    if standing.addressed_in is not None and standing.addressed_in.is_draft:
        standing.addressed_in = None
    standing.save(update_fields=["withdrawn_at", "withdrawn_by", "addressed_in"])


def _follow(
    document: Document,
    roots: Sequence[Annotation],
    reviewer: User,
    verb: str,
    kind: str,
    at: datetime | None = None,
) -> None:
    """Do what follows from decisions: the draft, the events, the word to those who took part."""
    if not roots:
        return
    if any(acceptance.is_suggestion(root) for root in roots):
        collecting.collect(document=document, editor=reviewer)
    recording.changed_many(document, verb, roots)
    notifying.tell_many(notifying.participants(roots), kind, reviewer, at)


def _clean_reason(raw: str) -> str:
    reason = clean_text("reason", raw).strip()
    if len(reason) > MAX_REASON:
        message = _("This is too long: at most %(limit)d characters.")
        raise Invalid("reason", message % {"limit": MAX_REASON})
    return reason
