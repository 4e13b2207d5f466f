"""Whether a suggested edit can be taken into the text."""

from django.utils.translation import gettext as _

from reader.actions.errors import Invalid
from reader.models import Anchor, Annotation, Disposition, Motivation, Status, Visibility
from reader.queries.carrying import span_of
from reader.queries.dispositions import ADOPTABLE, open_acceptances, standing_of
from reader.text.revising import Span


def is_suggestion(annotation: Annotation) -> bool:
    """Whether it suggests other words for its passage."""
    return annotation.motivation == Motivation.EDITING and annotation.replacement is not None


def check_acceptable(annotation: Annotation) -> None:
    """Pass silently when the suggestion can be taken into the next edition.

    The caller holds the document's lock.

    Raises:
        Invalid: it is not for everybody, or its passage is gone, or nothing would change, or it is
            about words that another accepted suggestion is about.
    """
    _check_overlap(annotation, _checked_place(annotation))


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
        raise Invalid(
            "annotation", _("The text reads so already. Answer it, and name the edition that does.")
        )
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


def check_may_reword(annotation: Annotation) -> None:
    """Pass silently when no editor has accepted the suggestion as it stands.

    Raises:
        Invalid: one has; what was accepted must not change under the editor's hand.
    """
    standing = standing_of(annotation)
    if standing and standing.outcome == Disposition.Outcome.ACCEPTED:
        message = _(
            "An editor has accepted this; its words and its passage stay as they are. "
            "You can say more in a reply, or delete it."
        )
        raise Invalid("replacement", message)
