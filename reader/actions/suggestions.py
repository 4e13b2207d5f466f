"""Suggested edits: accepting and declining them, and the draft that collects the accepted ones."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import drafting
from reader.actions.errors import Conflict, Invalid
from reader.actions.wording import clean_text
from reader.models import (
    Anchor,
    Annotation,
    Disposition,
    Document,
    Edition,
    Motivation,
    Status,
    User,
    Visibility,
)
from reader.queries.carrying import span_of
from reader.queries.dispositions import ADOPTABLE, open_acceptances
from reader.text.anchoring import ORPHAN, Resolution, Verdict
from reader.text.blocks import Block, plain_text
from reader.text.revising import Edit, Span, revise

MAX_REASON = 400


@transaction.atomic
def accept_suggestion(
    *, editor: User, annotation: Annotation, reason: str = "", version: int | None = None
) -> Disposition:
    """Take a suggested edit into the next edition: into the draft that collects them.

    Where the present draft came from a file, it waits. Accepting twice changes nothing.
    ``version`` is the wording that the editor saw.

    Raises:
        policy.Refused: the editor may not edit this document, or not read this.
        Conflict: its author has reworded it since.
        Invalid: there is nothing to take up, or it cannot be, and why.
    """
    reason = _clean_reason(reason)
    annotation = _suggestion(editor, annotation)
    if version is not None and version != annotation.version:
        raise Conflict(annotation, _("Its author has changed it meanwhile. Read it again below."))
    standing = _standing(annotation)
    if standing and standing.outcome == Disposition.Outcome.ACCEPTED:
        return standing
    span = _checked_place(annotation)
    _check_overlap(annotation, span)
    if standing:
        _withdraw(standing)
    made = Disposition.objects.create(
        annotation=annotation,
        outcome=Disposition.Outcome.ACCEPTED,
        reason=reason,
        decided_by=editor,
    )
    collect(document=annotation.document, editor=editor)
    events.record_change(annotation, "answered")
    made.refresh_from_db()
    return made


@transaction.atomic
def decline_suggestion(*, editor: User, annotation: Annotation, reason: str = "") -> Disposition:
    """Answer a suggested edit with no, and say why. It leaves the draft if it was in it.

    Raises:
        policy.Refused: the editor may not edit this document, or not read this.
        Invalid: it is no suggested edit, or an edition has adopted it already.
    """
    reason = _clean_reason(reason)
    annotation = _suggestion(editor, annotation)
    standing = _standing(annotation)
    if standing and (standing.outcome, standing.reason) == (Disposition.Outcome.DECLINED, reason):
        return standing
    if standing:
        _withdraw(standing)
    made = Disposition.objects.create(
        annotation=annotation,
        outcome=Disposition.Outcome.DECLINED,
        reason=reason,
        decided_by=editor,
    )
    collect(document=annotation.document, editor=editor)
    events.record_change(annotation, "answered")
    return made


@transaction.atomic
def withdraw_answer(*, editor: User, annotation: Annotation) -> None:
    """Take the answer to a suggested edit back. Without one, nothing changes.

    Raises:
        policy.Refused: the editor may not edit this document, or not read this.
        Invalid: an edition has adopted it already.
    """
    annotation = _suggestion(editor, annotation)
    standing = _standing(annotation)
    if standing is None:
        return
    _withdraw(standing)
    collect(document=annotation.document, editor=editor)
    events.record_change(annotation, "answered")


def collect(*, document: Document, editor: User | None) -> Edition | None:
    """Make the draft say what the accepted suggestions say, and return it; None where none is.

    The caller has checked who asks and holds the document's lock. A draft that came from a file
    is left alone: accepted suggestions wait, and so do those that cannot be shown at present.
    """
    draft = document.editions.filter(published_at__isnull=True).first()
    if draft is not None and draft.origin != Edition.Origin.SUGGESTIONS:
        return draft
    base = document.current_edition
    if base is None:
        return None
    taken = _applicable(document, base)
    if not taken:
        if draft is not None:
            drafting.remove_draft(draft)
        return None
    blocks, places = _revised(base, taken)
    while not blocks:  # together they would strike the whole text: the last one waits
        taken.pop()
        blocks, places = _revised(base, taken)
    if draft is None:
        origin = Edition.Origin.SUGGESTIONS
        draft = drafting.make_draft(document, blocks, origin=origin, editor=editor)
    elif draft.text != plain_text(blocks):
        drafting.rewrite_draft(draft, blocks)
    _take_up(draft, [answer for answer, _span in taken], places)
    return draft


def _revised(
    base: Edition, taken: Sequence[tuple[Disposition, Span]]
) -> tuple[list[Block], list[Span | None]]:
    edits = [Edit(*span, answer.annotation.replacement or "") for answer, span in taken]
    return revise(drafting.blocks_as_text(base), edits)


def _applicable(document: Document, base: Edition) -> list[tuple[Disposition, Span]]:
    """Return what is accepted and can be applied to the edition, in the order of the text."""
    answers = open_acceptances(document).filter(ADOPTABLE).select_related("annotation")
    rows = Anchor.objects.filter(
        edition=base, annotation__in=answers.values("annotation")
    ).select_related("first_block", "last_block")
    spans = {row.annotation_id: span_of(row) for row in rows}
    found: list[tuple[Disposition, Span]] = []
    for answer in answers.order_by("decided_at", "pk"):
        span = spans.get(answer.annotation_id)
        if span is None or _is_outdated(answer, base, span):
            continue
        if not any(span[0] < end and start < span[1] for _answer, (start, end) in found):
            found.append((answer, span))
    return sorted(found, key=lambda one: one[1])


def _is_outdated(answer: Disposition, base: Edition, span: Span) -> bool:
    """Whether the words have changed since the editor agreed to have them replaced."""
    is_earlier = base.published_at is not None and answer.decided_at < base.published_at
    return is_earlier and base.text[slice(*span)] != answer.annotation.exact


def _take_up(
    draft: Edition, answers: Collection[Disposition], places: Collection[Span | None]
) -> None:
    """Note which suggestions the draft has taken up, and where their words stand in it."""
    ground = drafting.Ground(draft)
    anchors = []
    for answer, place in zip(answers, places, strict=True):
        found = Resolution(Verdict.CONFIRMED, 1.0, *place) if place else ORPHAN
        anchor = ground.anchor(answer.annotation_id, found)
        anchor.decided_by_id, anchor.decided_at = answer.decided_by_id, answer.decided_at
        anchors.append(anchor)
    Anchor.objects.filter(
        edition=draft, annotation__in=[anchor.annotation_id for anchor in anchors]
    ).delete()
    Anchor.objects.bulk_create(anchors, batch_size=500)
    held = Disposition.objects.filter(addressed_in=draft)
    held.exclude(pk__in=[answer.pk for answer in answers]).update(addressed_in=None)
    Disposition.objects.filter(pk__in=[answer.pk for answer in answers]).update(addressed_in=draft)


def _suggestion(editor: User, annotation: Annotation) -> Annotation:
    """Return the suggestion as it is saved now, with its document locked.

    Raises:
        policy.Refused: the editor may not answer it.
        Invalid: it is no suggested edit.
    """
    policy.check_may_edit_document(editor, annotation.document)
    policy.check_may_read(editor, annotation)
    events.lock(annotation.document)
    rows = Annotation.objects.select_related("author", "document__current_edition")
    found = rows.get(pk=annotation.pk)
    policy.check_may_read(editor, found)
    if found.motivation != Motivation.EDITING or found.replacement is None:
        raise Invalid("annotation", _("This is no suggested edit."))
    return found


def _checked_place(annotation: Annotation) -> Span:
    """Return where an acceptable suggestion stands in the current edition.

    Raises:
        Invalid: it is not for everybody, or its passage is gone, or nothing would change.
    """
    if annotation.visibility != Visibility.PUBLIC or annotation.status != Status.APPROVED:
        message = _("Only what everybody may read can be taken up. This suggestion is not public.")
        raise Invalid("annotation", message)
    edition = annotation.document.current_edition
    rows = Anchor.objects.filter(annotation=annotation, edition=edition)
    row = rows.select_related("first_block", "last_block").first()
    span = span_of(row) if row else None
    if span is None or edition is None:
        message = _("Its passage is no longer in the text. Move it to other words first.")
        raise Invalid("annotation", message)
    if edition.text[slice(*span)] == annotation.replacement:
        raise Invalid("annotation", _("The text reads so already."))
    if span == (0, len(edition.text)) and not (annotation.replacement or "").strip():
        raise Invalid("annotation", _("Nothing would be left of the text."))
    return span


def _check_overlap(annotation: Annotation, span: Span) -> None:
    """Pass silently when no accepted suggestion is about some of the same words.

    Raises:
        Invalid: one is, and whose.
    """
    answers = open_acceptances(annotation.document).filter(ADOPTABLE)
    rows = Anchor.objects.filter(
        edition=annotation.document.current_edition_id, annotation__in=answers.values("annotation")
    ).select_related("first_block", "last_block", "annotation__author")
    for row in rows.exclude(annotation=annotation):
        other = span_of(row)
        if other and span[0] < other[1] and other[0] < span[1]:
            author = row.annotation.author
            whose = author.get_full_name() if author else _("somebody who has left")
            message = _(
                "The suggestion by %(name)s about some of the same words has been accepted. "
                "Withdraw that first."
            )
            raise Invalid("annotation", message % {"name": whose})


def _standing(annotation: Annotation) -> Disposition | None:
    rows = Disposition.objects.filter(annotation=annotation, withdrawn_at__isnull=True)
    return rows.select_related("addressed_in").first()


def _withdraw(standing: Disposition) -> None:
    """Take an answer back.

    Raises:
        Invalid: an edition that is published has adopted the suggestion.
    """
    if standing.addressed_in is not None and not standing.addressed_in.is_draft:
        message = _("It was adopted in %(edition)s, which is published.")
        raise Invalid("annotation", message % {"edition": standing.addressed_in})
    standing.withdrawn_at = timezone.now()
    standing.addressed_in = None
    standing.save(update_fields=["withdrawn_at", "addressed_in"])


def check_may_reword(annotation: Annotation) -> None:
    """Pass silently when no editor has accepted the suggestion as it stands.

    Raises:
        Invalid: one has; what was accepted must not change under the editor's hand.
    """
    standing = _standing(annotation)
    if standing and standing.outcome == Disposition.Outcome.ACCEPTED:
        message = _(
            "An editor has accepted this; its words and its passage stay as they are. "
            "You can say more in a reply, or delete it."
        )
        raise Invalid("replacement", message)


def withdraw_deleted(pks: Collection[int]) -> None:
    """Take deleted suggestions out of the drafts that collect them. Published ones stay credited.

    Call it inside a transaction; the caller has checked who deletes.
    """
    gone = Disposition.objects.filter(
        annotation__in=pks, withdrawn_at__isnull=True, outcome=Disposition.Outcome.ACCEPTED
    )
    gone = gone.exclude(addressed_in__published_at__isnull=False)
    documents = set(gone.values_list("annotation__document_id", flat=True))
    gone.update(withdrawn_at=timezone.now(), addressed_in=None)
    for document in Document.objects.filter(pk__in=documents).order_by("pk"):
        events.lock(document)
        collect(document=document, editor=None)


def _clean_reason(raw: str) -> str:
    reason = clean_text("reason", raw).strip()
    if len(reason) > MAX_REASON:
        message = _("This is too long: at most %(limit)d characters.")
        raise Invalid("reason", message % {"limit": MAX_REASON})
    return reason
