"""The draft that collects the accepted suggestions."""

from collections.abc import Collection, Sequence

from django.utils import timezone

from reader import events
from reader.actions import drafting
from reader.models import Anchor, Disposition, Document, Edition, User
from reader.queries.carrying import span_of
from reader.queries.dispositions import ADOPTABLE, open_acceptances
from reader.text.anchoring import ORPHAN, Resolution, Verdict
from reader.text.blocks import Block, plain_text
from reader.text.revising import Edit, Span, revise


def collect(*, document: Document, editor: User | None) -> Edition | None:
    """Make the draft say what the accepted suggestions say, and return it; None where none is.

    The caller has checked who asks and holds the document's lock. A draft that came from a file
    is left alone: accepted suggestions wait, and so do those that cannot be shown at present.
    """
    draft = drafting.find_draft(document)
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


def withdraw_deleted(pks: Collection[int]) -> None:
    """Take deleted suggestions out of the drafts that collect them. Published ones stay credited.

    Call it inside a transaction; the caller has checked who deletes.
    """
    gone = Disposition.objects.filter(
        annotation__in=pks, withdrawn_at__isnull=True, outcome=Disposition.Outcome.ACCEPTED
    )
    gone = gone.exclude(addressed_in__published_at__isnull=False)
    concerned = Document.objects.filter(pk__in=gone.values("annotation__document")).order_by("pk")
    documents = list(concerned)
    for document in documents:  # first, as everybody who decides does: else two wait for each other
        events.lock(document)
    gone.update(withdrawn_at=timezone.now(), addressed_in=None)
    for document in documents:
        collect(document=document, editor=None)
