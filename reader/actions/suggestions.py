"""An editor's short way of answering suggested edits."""

from django.db import transaction
from django.utils.translation import gettext as _

from reader import policy
from reader.actions.acceptance import is_suggestion
from reader.actions.dispositions import Ruling, decide_thread, reopen_thread
from reader.actions.errors import Conflict, Invalid
from reader.models import Annotation, Disposition, User


@transaction.atomic
def accept_suggestion(
    *, editor: User, annotation: Annotation, reason: str = "", version: int | None = None
) -> Disposition:
    """Take a suggested edit into the next edition: into the draft that collects them.

    Where the present draft came from a file, it waits. Accepting twice changes nothing.
    ``version`` is the wording that the editor saw.

    Raises:
        policy.Refused: the editor may not review this document, or not read this.
        Conflict: its author has reworded it since.
        Invalid: there is nothing to take up, or it cannot be, and why.
    """
    found = _suggestion(editor, annotation)
    if version is not None and version != found.version:
        raise Conflict(found, _("Its author has changed it meanwhile. Read it again below."))
    ruling = Ruling(Disposition.Outcome.ACCEPTED, reason)
    return decide_thread(reviewer=editor, root=found, ruling=ruling)


@transaction.atomic
def decline_suggestion(*, editor: User, annotation: Annotation, reason: str = "") -> Disposition:
    """Answer a suggested edit with no, and say why. It leaves the draft if it was in it.

    Raises:
        policy.Refused: the editor may not review this document, or not read this.
        Invalid: it is no suggested edit, or an edition has adopted it already.
    """
    found = _suggestion(editor, annotation)
    ruling = Ruling(Disposition.Outcome.DECLINED, reason)
    return decide_thread(reviewer=editor, root=found, ruling=ruling)


@transaction.atomic
def withdraw_answer(*, editor: User, annotation: Annotation) -> None:
    """Take the answer to a suggested edit back. Without one, nothing changes.

    Raises:
        policy.Refused: the editor may not review this document, or not read this.
        Invalid: an edition has adopted it already.
    """
    reopen_thread(reviewer=editor, root=_suggestion(editor, annotation))


def _suggestion(editor: User, annotation: Annotation) -> Annotation:
    """Return the suggestion as it is saved now.

    Raises:
        policy.Refused: the editor may not answer it.
        Invalid: it is no suggested edit.
    """
    policy.check_may_review(editor, annotation.document)
    policy.check_may_read(editor, annotation)
    rows = Annotation.objects.select_related("author", "document__current_edition")
    found = rows.get(pk=annotation.pk)
    if not is_suggestion(found):
        raise Invalid("annotation", _("This is no suggested edit."))
    return found
