"""Editors say where an annotation stands: in the draft before it is published, or after."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import acceptance, recording
from reader.actions.drafting import Ground
from reader.actions.errors import Conflict, Invalid
from reader.actions.passages import Passage, find_span
from reader.models import Anchor, Annotation, Edition, User
from reader.queries import carrying
from reader.queries.dispositions import taken_up_by
from reader.queries.editions import edition_before
from reader.queries.reading import refs_of
from reader.text.anchoring import ORPHAN, Resolution, Verdict


@transaction.atomic
def confirm_anchor(
    *, editor: User, annotation: Annotation, edition: Edition, seen: str = ""
) -> Anchor:
    """Take the place that the machine has found at its word.

    ``seen`` is how the place stood when the editor saw it, from
    :func:`reader.queries.carrying.mark_of`; without it, the decision is about the present one.

    Raises:
        policy.Refused: the editor may not edit this document, or not read the annotation.
        Invalid: it has no place there, or this is an earlier edition.
        Conflict: somebody has decided it meanwhile, or its place is another one.
    """
    edition = _checked(editor, annotation, edition, seen)
    found, _decided = _present(annotation, edition)
    if found.start is None:
        message = _("It has no place in this edition. Move it to some words, or leave it.")
        raise Invalid("annotation", message)
    return _decide(editor, annotation, edition, found)


@transaction.atomic
def move_anchor(
    *, editor: User, annotation: Annotation, edition: Edition, passage: Passage, seen: str = ""
) -> Anchor:
    """Put the annotation on other words of the edition.

    Raises:
        policy.Refused, Conflict: as in :func:`confirm_anchor`.
        Invalid: the passage is not in the text, or a suggestion there was accepted as it stands.
    """
    edition = _checked(editor, annotation, edition, seen)
    _check_not_accepted(annotation, edition)
    start, end = find_span(edition, passage)
    place = Resolution(Verdict.CONFIRMED, 1.0, start, end)
    return _decide(editor, annotation, edition, place)


@transaction.atomic
def leave_orphan(
    *, editor: User, annotation: Annotation, edition: Edition, seen: str = ""
) -> Anchor:
    """Say that what the annotation is about is not in the edition.

    Raises:
        policy.Refused, Invalid, Conflict: as in :func:`move_anchor`.
    """
    edition = _checked(editor, annotation, edition, seen)
    _check_not_accepted(annotation, edition)
    return _decide(editor, annotation, edition, ORPHAN)


@transaction.atomic
def take_back_decision(
    *, editor: User, annotation: Annotation, edition: Edition, seen: str = ""
) -> None:
    """Go back to what the machine says. Without a decision, nothing changes.

    Raises:
        policy.Refused, Invalid, Conflict: as in :func:`move_anchor`.
    """
    edition = _checked(editor, annotation, edition, seen)
    decided = Anchor.objects.filter(
        annotation=annotation, edition=edition, decided_at__isnull=False
    )
    if not decided.exists():
        return
    _check_not_accepted(annotation, edition)
    left = refs_of(annotation, edition)
    decided.delete()
    if annotation.edition_id == edition.pk and annotation.start is not None:
        made = Resolution(Verdict.EXACT, 1.0, annotation.start, annotation.end)
        Ground(edition).anchor(annotation.pk, made).save(force_insert=True)
    elif not edition.is_draft:
        _save_machines(annotation, edition)
    _tell(annotation, edition, left)


def _checked(editor: User, annotation: Annotation, edition: Edition, seen: str) -> Edition:
    """Return the edition as it is saved now, with its document locked.

    Raises:
        policy.Refused: the editor may not place this annotation.
        Invalid: the edition is not one that is worked on.
        Conflict: the annotation's place is not as the editor saw it.
    """
    document = edition.document
    policy.check_may_edit_document(editor, document)
    events.lock(document)
    rows = Annotation.objects.filter(policy.threads_visible_to(editor), document=document)
    if not rows.filter(pk=annotation.pk).exists():
        raise policy.Refused(_("There is no such annotation."))
    annotation.refresh_from_db(fields=["edition", "start", "end", "document"])
    found = Edition.objects.filter(pk=edition.pk).first()
    if found is None or not (found.is_draft or found.pk == document.current_edition_id):
        message = _("This edition is past: only the current one and the draft can be changed.")
        raise Invalid("edition", message)
    found.document = document
    if seen:
        _check_seen(annotation, found, seen)
    return found


def _check_seen(annotation: Annotation, edition: Edition, seen: str) -> None:
    place, is_decided = _present(annotation, edition)
    if carrying.mark_of(place, decided=is_decided) == seen:
        return
    if is_decided:
        raise Conflict(annotation, _("Somebody has decided this meanwhile, as you see here."))
    raise Conflict(annotation, _("This has changed meanwhile, as you see here."))


def _check_not_accepted(annotation: Annotation, edition: Edition) -> None:
    """Pass silently when the place does not follow from an accepted suggestion.

    Raises:
        Invalid: it does.
    """
    if not edition.is_draft:
        acceptance.check_may_reword(annotation)
    elif taken_up_by(edition).filter(annotation=annotation).exists():
        message = _("It stands on the words that it suggested: they are in this draft.")
        raise Invalid("annotation", message)


def _present(annotation: Annotation, edition: Edition) -> tuple[Resolution, bool]:
    """Return where the annotation stands, or would once the draft is published.

    And whether an editor has said so.
    """
    if edition.is_draft:
        planned = carrying.plan(edition, only=[annotation.pk])
        one = planned.carried.get(annotation.pk)
        return (one.resolution, one.decided) if one else (ORPHAN, False)
    rows = Anchor.objects.filter(annotation=annotation, edition=edition)
    row = rows.select_related("first_block", "last_block").first()
    if row is None:
        return ORPHAN, False
    start, end = carrying.span_of(row) or (None, None)
    return Resolution(Verdict(row.verdict), row.score, start, end), row.decided_at is not None


def _decide(editor: User, annotation: Annotation, edition: Edition, place: Resolution) -> Anchor:
    """Save where an editor says that the annotation stands."""
    if place.start is not None:
        place = Resolution(Verdict.CONFIRMED, 1.0, place.start, place.end)
    decided = Ground(edition).anchor(annotation.pk, place)
    decided.decided_by, decided.decided_at = editor, timezone.now()
    left = refs_of(annotation, edition)
    Anchor.objects.filter(annotation=annotation, edition=edition).delete()
    decided.save(force_insert=True)
    _tell(annotation, edition, left)
    return decided


def _save_machines(annotation: Annotation, edition: Edition) -> None:
    """Save what the machine says about a published edition: as when it was published."""
    before = edition_before(edition)
    found = ORPHAN
    if before is not None:
        planned = carrying.plan(edition, only=[annotation.pk], base=before)
        found = planned.carried[annotation.pk].resolution
    Ground(edition).anchor(annotation.pk, found).save(force_insert=True)


def _tell(annotation: Annotation, edition: Edition, left: Sequence[str]) -> None:
    if not edition.is_draft:
        recording.changed(annotation, "placed", left=left)
