"""Changing what was annotated: new words, another passage, or taking it back."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import suggestions
from reader.actions.errors import Conflict, Invalid
from reader.actions.passages import Passage, anchor, attach, find_span
from reader.actions.wording import Wording, check_visibility, clean, set_tags
from reader.models import (
    Annotation,
    AnnotationRevision,
    Document,
    Flag,
    Status,
    Tag,
    User,
    Visibility,
)

Row = TypeVar("Row")
WIPED_AT_ONCE = 500


@transaction.atomic
def edit_annotation(
    *,
    editor: User,
    annotation: Annotation,
    version: int,
    wording: Wording,
    visibility: str | None = None,
) -> Annotation:
    """Change an annotation's words (and a root's visibility), keeping the earlier wording.

    Args:
        editor: its author.
        annotation: what to change.
        version: the version the editor saw.
        wording: the new words.
        visibility: the new visibility; None keeps it, and so does every reply.

    Raises:
        policy.Refused: it is not theirs.
        Invalid: a field cannot be saved.
        Conflict: it has another version by now.
    """
    policy.check_may_change(editor, annotation)
    words = clean(wording, annotation.motivation, annotation.exact)
    new_visibility = annotation.visibility
    if visibility is not None and annotation.is_root and visibility != annotation.visibility:
        new_visibility = _checked_new_visibility(annotation, visibility)
    if (words.replacement, new_visibility) != (annotation.replacement, annotation.visibility):
        suggestions.check_may_reword(annotation)
    changes: dict[str, Any] = {
        "body": words.body,
        "body_html": words.body_html,
        "replacement": words.replacement,
        "visibility": new_visibility,
    }
    was_seen_by = annotation.visibility
    known_tags = set(annotation.tags.values_list("name", flat=True))
    same = all(getattr(annotation, name) == value for name, value in changes.items())
    if not same or known_tags != set(words.tags):
        _keep_wording(annotation)
        changes |= _review_after_change(editor, annotation, new_visibility)
    _compare_and_set(annotation, version, changes)
    set_tags(annotation, words.tags)
    if new_visibility != was_seen_by:
        _take_replies_along(editor, annotation)
    events.record_change(annotation, "edited")
    return annotation


def _checked_new_visibility(annotation: Annotation, visibility: str) -> str:
    check_visibility(visibility)
    others = annotation.replies.exclude(author=annotation.author).filter(deleted_at=None)
    if visibility == Visibility.PRIVATE and others.exists():
        message = _("Others have replied, so this cannot become private. You can delete it.")
        raise Invalid("visibility", message)
    return visibility


def _review_after_change(editor: User, annotation: Annotation, visibility: str) -> dict[str, Any]:
    """Return the status and times of an annotation that its author has just changed.

    What was denied or waits is looked at again, and so is everything in a reviewed document. What
    is not public waits for nobody, but keeps its status: made public again, it has not slipped by.
    """
    now = timezone.now()
    status = annotation.status
    if visibility == Visibility.PUBLIC:
        reopened = status != Status.APPROVED
        first = policy.first_status(editor, annotation.document, visibility)
        status = Status.PENDING if reopened else first
    waits = status == Status.PENDING and visibility == Visibility.PUBLIC
    since = (annotation.attention_since or now) if waits else None
    if status == Status.APPROVED and visibility == Visibility.PUBLIC:
        since = annotation.attention_since  # a report stays open through an edit
    return {"status": status, "attention_since": since, "edited_at": now}


def _take_replies_along(editor: User, root: Annotation) -> None:
    """Give the replies (the author's own) the root's visibility, and the review it asks for."""
    replies = Annotation.objects.filter(root=root)
    replies.update(visibility=root.visibility)
    if root.visibility != Visibility.PUBLIC:
        replies.update(attention_since=None)
    elif policy.first_status(editor, root.document, root.visibility) == Status.PENDING:
        waiting = replies.filter(deleted_at=None, status__in=[Status.APPROVED, Status.PENDING])
        waiting.update(status=Status.PENDING, attention_since=timezone.now())


def _keep_wording(annotation: Annotation) -> None:
    AnnotationRevision.objects.get_or_create(
        annotation=annotation,
        version=annotation.version,
        defaults={
            "body": annotation.body,
            "body_html": annotation.body_html,
            "replacement": annotation.replacement,
            "exact": annotation.exact,
            "was_public": annotation.status == Status.APPROVED
            and annotation.visibility != Visibility.PRIVATE,
            "written_at": annotation.edited_at or annotation.created_at,
        },
    )


def _compare_and_set(annotation: Annotation, version: int, changes: dict[str, Any]) -> None:
    """Save the changes if the annotation still has the version its editor saw.

    Raises:
        Conflict: it has another one; whatever this transaction did is undone by the exception.
    """
    rows = Annotation.objects.filter(pk=annotation.pk, version=version, deleted_at=None)
    changed = rows.update(version=F("version") + 1, **changes)
    annotation.refresh_from_db()
    if changed != 1:
        message = _("This was changed in another window meanwhile. Both texts are shown below.")
        raise Conflict(annotation, message)


@transaction.atomic
def adjust_passage(
    *, editor: User, annotation: Annotation, version: int, passage: Passage
) -> Annotation:
    """Move a root to other words of the current edition.

    Raises:
        policy.Refused, Invalid, Conflict: as in :func:`edit_annotation`.
    """
    policy.check_may_change(editor, annotation)
    events.lock(annotation.document)
    edition = annotation.document.current_edition
    if not annotation.is_root or edition is None:
        raise Invalid("exact", _("Only an annotation of the text has a passage."))
    suggestions.check_may_reword(annotation)
    span = find_span(edition, passage)
    if annotation.replacement == edition.text[slice(*span)]:
        raise Invalid("exact", _("The suggested wording is the same as these words."))
    _keep_wording(annotation)
    changes = _review_after_change(editor, annotation, annotation.visibility)
    attach(annotation, edition, span)
    names = ("edition", "exact", "prefix", "suffix", "start", "end")
    changes |= {name: getattr(annotation, name) for name in names}
    _compare_and_set(annotation, version, changes)
    anchor(annotation, edition, span)
    annotation.anchors.filter(edition__published_at__isnull=True).delete()
    events.record_change(annotation, "moved")
    return annotation


@transaction.atomic
def delete_annotation(*, editor: User, annotation: Annotation) -> None:
    """Take an annotation back: its words, tags and earlier wordings are gone for everybody.

    Its empty place stays for as long as replies hang on it. Deleting twice changes nothing.

    Raises:
        policy.Refused: it is not theirs.
    """
    policy.check_may_delete(editor, annotation)
    if annotation.is_deleted:
        return
    wipe(Annotation.objects.filter(pk=annotation.pk))
    annotation.refresh_from_db()


def wipe(annotations: QuerySet[Annotation]) -> int:
    """Empty the annotations and return how many; the caller has checked who asks.

    Call it inside a transaction. It works in batches, so that leaving with thousands of
    annotations does not hold up everybody else's writing for long.
    """
    gone = list(annotations.filter(deleted_at=None).values_list("pk", "uid", "document_id"))
    for batch in batched(gone, WIPED_AT_ONCE):
        pks = [pk for pk, _uid, _document_id in batch]
        _wipe_batch(pks)
        suggestions.withdraw_deleted(pks)
    uids: dict[int, list[str]] = defaultdict(list)
    for _pk, uid, document_id in gone:
        uids[document_id].append(uid)
    for document in Document.objects.filter(pk__in=uids):
        events.record_many(document, "annotation.deleted", uids[document.pk])
    return len(gone)


def _wipe_batch(pks: Sequence[int]) -> None:
    now = timezone.now()
    Annotation.objects.filter(pk__in=pks).update(
        body="",
        body_html="",
        replacement=None,
        deleted_at=now,
        attention_since=None,
        version=F("version") + 1,
    )
    tags = Annotation.tags.through.objects.filter(annotation_id__in=pks)
    unused = list(tags.values_list("tag_id", flat=True))
    tags.delete()
    Tag.objects.filter(pk__in=unused, annotations=None).delete()
    AnnotationRevision.objects.filter(annotation_id__in=pks).delete()
    Flag.objects.filter(annotation_id__in=pks, resolution="").update(
        resolution=Flag.Resolution.UPHELD, resolved_at=now
    )


def batched(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    """Yield the rows in runs of at most ``size``."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
