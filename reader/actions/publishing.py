"""Publishing a draft over the current edition, and taking that back."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events
from reader.actions import collecting
from reader.actions.drafting import Ground, check_may_edit, find_draft, still_draft
from reader.actions.errors import Invalid
from reader.models import Anchor, Document, Edition, User
from reader.queries import carrying
from reader.queries.carrying import BATCH, Plan, Progress
from reader.queries.dispositions import ADOPTABLE, open_acceptances, taken_up_by
from reader.queries.editions import edition_before
from reader.search import index
from reader.text.anchoring import ORPHAN

Row = TypeVar("Row")


def publish_edition(
    *, editor: User | None, edition: Edition, progress: Progress | None = None
) -> Edition:
    """Make a draft the current edition, with every annotation carried to it.

    Where the annotations go is worked out first, which holds up nobody; what has changed by then
    is looked at again inside the one transaction that does it all.

    Args:
        editor: who publishes.
        edition: the draft, with the text that the editor has seen.
        progress: told how many annotations have been placed, of how many.

    Raises:
        policy.Refused: the editor may not edit this document.
        Invalid: it is no draft any more, or not one of the current edition, or its text is another
            one by now.
    """
    check_may_edit(editor, edition.document)
    seen = edition.text
    draft = _collected_anew(editor, edition)
    _check_unchanged(draft.text == seen)
    planned = carrying.plan(draft)
    with transaction.atomic():
        events.lock(edition.document)
        draft = still_draft(edition)
        _check_unchanged(draft.text == seen and _holds_what_stands(draft))
        planned = carrying.plan(draft, known=planned)
        _place(planned, progress)
        _mark_adopted(planned)
        Edition.objects.filter(pk=draft.pk).update(published_at=timezone.now(), published_by=editor)
        Document.objects.filter(pk=draft.document_id).update(current_edition=draft)
        index.put_text(draft.document_id)
        events.record(draft.document, "edition.published", str(draft.number))
    document = edition.document
    edition.refresh_from_db()
    edition.document = document
    document.current_edition = edition
    return edition


def _collected_anew(editor: User | None, edition: Edition) -> Edition:
    """Return the draft without suggestions that were deleted or taken down meanwhile."""
    with transaction.atomic():
        events.lock(edition.document)
        draft: Edition | None = still_draft(edition)
        if edition.origin == Edition.Origin.SUGGESTIONS:
            draft = collecting.collect(document=edition.document, editor=editor)
    if draft is None:
        message = _("No accepted suggestion is left in this draft: there is nothing to publish.")
        raise Invalid("edition", message)
    return draft


def _check_unchanged(is_unchanged: bool) -> None:
    """Pass silently when the draft is what the editor has seen.

    Raises:
        Invalid: it is not.
    """
    if not is_unchanged:
        message = _("The draft was changed meanwhile. Look at it again before publishing.")
        raise Invalid("edition", message)


def _holds_what_stands(draft: Edition) -> bool:
    """Whether what a draft has taken up may be published, and still counts as accepted."""
    held = taken_up_by(draft).filter(withdrawn_at__isnull=True)
    return not held.exclude(ADOPTABLE).exists()


def _place(planned: Plan, progress: Progress | None) -> None:
    """Save where every root stands in the draft, in batches."""
    draft = planned.draft
    stale = Anchor.objects.filter(edition=draft)
    stale.exclude(pk__in=carrying.settled(draft).values("pk")).delete()
    ground = Ground(draft)
    answers = dict(
        open_acceptances(draft.document)
        .filter(annotation__in=planned.adopted)
        .values_list("annotation_id", "decided_by_id")
    )
    now = timezone.now()
    total, done = len(planned.carried), len(planned.kept)
    free = (one for pk, one in planned.carried.items() if pk not in planned.kept)
    for batch in _batches(free):
        rows = [ground.anchor(one.annotation_id, one.resolution) for one in batch]
        for row in rows:
            if row.annotation_id in planned.adopted:
                row.decided_by_id, row.decided_at = answers.get(row.annotation_id), now
        Anchor.objects.bulk_create(rows)
        done += len(batch)
        if progress:
            progress(done, total)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _mark_adopted(planned: Plan) -> None:
    """Credit the suggestions that a text made elsewhere has taken up."""
    rows = open_acceptances(planned.draft.document)
    rows.filter(annotation__in=planned.adopted).update(addressed_in=planned.draft)


def undo_publication(*, editor: User | None, edition: Edition) -> Edition:
    """Make the current edition a draft again and the one before it current.

    The anchors of the edition before were never touched. What editors decided in this edition is
    kept, and so is where annotations made on it stand; those are carried back as well.

    Returns:
        The edition that is current now.

    Raises:
        policy.Refused: the editor may not edit this document.
        Invalid: it is not the current edition, there is none before it, or a draft is in the way.
    """
    document = edition.document
    check_may_edit(editor, document)
    _compare_ahead(edition)
    with transaction.atomic():
        events.lock(document)
        previous = _edition_before(edition)
        if find_draft(document) is not None:
            message = _("There is a draft of the next edition. Publish or discard it first.")
            raise Invalid("edition", message)
        _carry_back(edition, previous)
        _forget_adopted(edition)
        rows = Anchor.objects.filter(edition=edition)
        rows.exclude(pk__in=carrying.settled(edition).values("pk")).delete()
        Edition.objects.filter(pk=edition.pk).update(
            published_at=None, published_by=None, based_on=previous
        )
        Document.objects.filter(pk=document.pk).update(current_edition=previous)
        index.put_text(document.pk)
        events.record(document, "edition.withdrawn", str(edition.number))
    edition.refresh_from_db(fields=["published_at", "published_by", "based_on"])
    document.current_edition = previous
    return previous


def _compare_ahead(edition: Edition) -> None:
    """Compare the texts before the lock, when something will have to be carried back."""
    previous = edition_before(edition) if _made_on(edition).exists() else None
    if previous is not None:
        carrying.carrier_between(edition.text, previous.text)


def _edition_before(edition: Edition) -> Edition:
    """Return the edition that was current before this one.

    Raises:
        Invalid: this one is not current, or it is the first.
    """
    document = edition.document
    if document.current_edition_id != edition.pk:
        raise Invalid("edition", _("This is not the current edition. Nothing was changed."))
    edition.refresh_from_db(fields=["published_at", "based_on"])  # the caller's may be older
    previous = edition_before(edition)
    if previous is None:
        raise Invalid("edition", _("There is no edition before this one."))
    return previous


def _made_on(edition: Edition) -> QuerySet[Anchor]:
    """Return where the annotations made on the edition stand in it."""
    return Anchor.objects.filter(edition=edition, annotation__edition=edition)


def _carry_back(edition: Edition, previous: Edition) -> None:
    """Give annotations made on the edition a place in the one before it.

    One that stood there already and was moved by its author on this edition goes with its words,
    where the edition before has them; else it stays where it stood.
    """
    rows = _made_on(edition).order_by("pk")
    if not rows.exists():
        return
    carrier = carrying.carrier_between(edition.text, previous.text)
    ground, stood = Ground(previous), Anchor.objects.filter(edition=previous)
    rows = rows.select_related("first_block", "last_block")
    rows = rows.defer("first_block__text", "last_block__text")
    for batch in _batches(rows.iterator(chunk_size=BATCH)):
        spans = [(row.annotation_id, carrying.span_of(row)) for row in batch]
        placed = [
            ground.anchor(pk, carrying.carry(carrier, span) if span else ORPHAN)
            for pk, span in spans
        ]
        found = [row.annotation_id for row in placed if row.first_block_id is not None]
        stood.filter(annotation__in=found).delete()
        Anchor.objects.bulk_create(placed, ignore_conflicts=True)


def _forget_adopted(edition: Edition) -> None:
    """Let suggestions wait again that a text made elsewhere has taken up.

    Where they stand in it follows from that, and is worked out anew when it is published again.
    """
    if edition.origin != Edition.Origin.FILE:
        return
    taken_up = taken_up_by(edition)
    places = Anchor.objects.filter(edition=edition, annotation__in=taken_up.values("annotation"))
    places.exclude(annotation__edition=edition).update(decided_at=None, decided_by=None)
    taken_up.update(addressed_in=None)
