"""What becomes of an annotation's review, replies and reports when its author changes it.

Above all when it gets other readers: what everybody was kept from is not shown to everybody because
a smaller circle thought otherwise.
"""

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import policy
from reader.actions import holding
from reader.actions.errors import Invalid
from reader.actions.wording import check_visibility
from reader.models import Annotation, Flag, Group, Status, User, Visibility
from reader.queries import checking


def checked_new_visibility(
    editor: User, annotation: Annotation, visibility: str, group: Group | None
) -> str:
    """Return a root's new visibility.

    Raises:
        Invalid: it is none, or others have replied to it.
    """
    check_visibility(editor, visibility, group)
    others = annotation.replies.exclude(author=annotation.author).filter(deleted_at=None)
    if others.exists() and visibility == Visibility.PRIVATE:
        message = _("Others have replied, so this cannot become private. You can delete it.")
        raise Invalid("visibility", message)
    if others.exists():
        # Their words were written for other readers: not for fewer, and not for more.
        message = _("Others have replied, so who reads it cannot change. You can delete it.")
        raise Invalid("visibility", message)
    return visibility


def review_after_change(
    editor: User, annotation: Annotation, visibility: str, *, moves: bool = False
) -> dict[str, Any]:
    """Return the status and times of an annotation that its author has just changed.

    What was denied or waits is looked at again, and so is everything in a reviewed document. What
    is not public waits for nobody, but keeps its status: made public again, it has not slipped by,
    whatever a group decided for itself meanwhile.
    A report stays open through an edit for as long as whoever it was made to reads the annotation.
    """
    now = timezone.now()
    status = annotation.status
    if visibility == Visibility.PUBLIC:
        was_public = annotation.visibility == Visibility.PUBLIC
        is_refused = not was_public and checking.refused_for_everybody([annotation.pk])
        reopened = status != Status.APPROVED or is_refused
        first = policy.first_status(editor, annotation.document, visibility)
        status = Status.PENDING if reopened else first
    waits = status == Status.PENDING and visibility == Visibility.PUBLIC
    since = (annotation.attention_since or now) if waits else None
    if status == Status.APPROVED and not moves:
        since = annotation.attention_since
    return {"status": status, "attention_since": since, "edited_at": now}


def take_replies_along(editor: User, root: Annotation) -> list[Annotation]:
    """Give the replies (the author's own) the root's visibility, and the review it asks for.

    Returns:
        The replies.
    """
    replies = Annotation.objects.filter(root=root)
    replies.update(visibility=root.visibility, group=root.group)
    if root.visibility == Visibility.PUBLIC:
        refused = checking.refused_for_everybody(list(replies.values_list("pk", flat=True)))
        slipped = replies.filter(pk__in=refused, status=Status.APPROVED, deleted_at=None)
        slipped.update(status=Status.PENDING, attention_since=timezone.now())
    if root.visibility != Visibility.PUBLIC:
        replies.update(attention_since=None)
    elif policy.first_status(editor, root.document, root.visibility) == Status.PENDING:
        waiting = replies.filter(deleted_at=None, status__in=[Status.APPROVED, Status.PENDING])
        waiting.update(status=Status.PENDING, attention_since=timezone.now())
    else:
        holding.judge_with_thread(editor, root)
    return list(replies)


def close_group_reports(root: Annotation) -> None:
    """Close what was reported of a thread in a group that it has left: nobody else reads that."""
    reports = Flag.objects.filter(Q(annotation=root) | Q(annotation__root=root), resolution="")
    left = reports.filter(for_group__isnull=False).exclude(for_group=root.group_id)
    left.update(resolution=Flag.Resolution.UPHELD, resolved_at=timezone.now())
