"""Changing what was annotated: new words, another passage, or taking it back."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import acceptance, audience, collecting, holding, recording
from reader.actions.errors import Conflict, Invalid
from reader.actions.passages import Passage, Selectors, anchor, attach, find_place
from reader.actions.wording import Wording, clean, set_tags
from reader.models import (
    Annotation,
    AnnotationRevision,
    AsSent,
    Document,
    Flag,
    Group,
    Motivation,
    Status,
    Tag,
    User,
    Visibility,
)
from reader.queries.reading import refs_of

Row = TypeVar("Row")
WIPED_AT_ONCE = 500
WITH_OR_WITHOUT_WORDS = frozenset({Motivation.HIGHLIGHTING, Motivation.COMMENTING})


@transaction.atomic
def edit_annotation(
    *,
    editor: User,
    annotation: Annotation,
    version: int,
    wording: Wording,
    visibility: str | None = None,
    group: Group | None = None,
    motivation: str | None = None,
    as_sent: AsSent | None = None,
) -> Annotation:
    """Change an annotation's words (and a root's visibility), keeping the earlier wording.

    Args:
        editor: its author.
        annotation: what to change.
        version: the version the editor saw.
        wording: the new words.
        visibility: the new visibility; None keeps it, and so does every reply.
        group: the group that may read it, where the new visibility is ``group``.
        motivation: makes a comment of a highlight, or the other way round; None keeps it.
        as_sent: the whole as other software sent it (unsaved), in the place of what it sent before.

    Raises:
        policy.Refused: it is not theirs.
        Invalid: a field cannot be saved.
        Conflict: it has another version by now.
    """
    policy.check_may_change(editor, annotation)
    kind = motivation or annotation.motivation
    if kind != annotation.motivation and not {kind, annotation.motivation} <= WITH_OR_WITHOUT_WORDS:
        raise Invalid("motivation", _("Choose a highlight, a comment, a question or an edit."))
    words = clean(wording, kind, annotation.exact)
    new_visibility = annotation.visibility
    new_group = annotation.group
    if visibility is not None and annotation.is_root:
        sent = (visibility, group and group.pk)
        if sent != (annotation.visibility, annotation.group_id):
            new_visibility = audience.checked_new_visibility(editor, annotation, visibility, group)
            new_group = group
    if (words.replacement, new_visibility) != (annotation.replacement, annotation.visibility):
        acceptance.check_may_reword(annotation)
    changes: dict[str, Any] = {
        "motivation": kind,
        "body": words.body,
        "body_html": words.body_html,
        "replacement": words.replacement,
        "visibility": new_visibility,
        "group": new_group,
    }
    was_seen_by, held = (annotation.visibility, annotation.group_id), None
    known_tags = set(annotation.tags.values_list("name", flat=True))
    same = all(getattr(annotation, name) == value for name, value in changes.items())
    if not same or known_tags != set(words.tags):
        _keep_wording(annotation)
        moves = (new_visibility, new_group) != (annotation.visibility, annotation.group)
        changes |= audience.review_after_change(editor, annotation, new_visibility, moves=moves)
        held = holding.judge_anew(editor, annotation, words, changes)
    _compare_and_set(annotation, version, changes)
    set_tags(annotation, words.tags)
    holding.keep(annotation, held, anew=True)
    along: list[Annotation] = []
    if as_sent is not None:
        AsSent.objects.update_or_create(
            annotation=annotation, defaults={"protocol": as_sent.protocol, "data": as_sent.data}
        )
    if (annotation.visibility, annotation.group_id) != was_seen_by:
        audience.close_group_reports(annotation)
        along = audience.take_replies_along(editor, annotation)
    recording.changed(annotation, "edited", *along)
    return annotation


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
            "for_group": annotation.group_id,
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
    *, editor: User, annotation: Annotation, version: int, passage: Passage | Selectors
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
    acceptance.check_may_reword(annotation)
    found = find_place(edition, passage)
    if found.start is None or found.end is None:
        raise Invalid("exact", _("These words do not occur in the text. Select them again."))
    span = (found.start, found.end)
    if annotation.replacement == edition.text[slice(*span)]:
        raise Invalid("exact", _("The suggested wording is the same as these words."))
    left = refs_of(annotation, edition)
    _keep_wording(annotation)
    changes = audience.review_after_change(editor, annotation, annotation.visibility)
    attach(annotation, edition, span)
    names = ("edition", "exact", "prefix", "suffix", "start", "end")
    changes |= {name: getattr(annotation, name) for name in names}
    _compare_and_set(annotation, version, changes)
    anchor(annotation, edition, span)
    annotation.anchors.filter(edition__published_at__isnull=True).delete()
    recording.changed(annotation, "moved", left=left)
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
        collecting.withdraw_deleted(pks)
    uids: dict[int, list[str]] = defaultdict(list)
    for _pk, uid, document_id in gone:
        uids[document_id].append(uid)
    for document in Document.objects.filter(pk__in=uids):
        recording.deleted(document, uids[document.pk])
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
    Tag.objects.filter(pk__in=unused, annotations=None, labels=None).delete()
    AnnotationRevision.objects.filter(annotation_id__in=pks).delete()
    AsSent.objects.filter(annotation_id__in=pks).delete()
    holding.forget(pks)
    # Words that were never found in a text are not the text's, but whoever's sent them.
    strangers = Annotation.objects.filter(pk__in=pks, start__isnull=True)
    strangers.update(exact="", prefix="", suffix="")
    Flag.objects.filter(annotation_id__in=pks, resolution="").update(
        resolution=Flag.Resolution.UPHELD, resolved_at=now
    )


def batched(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    """Yield the rows in runs of at most ``size``."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
