"""Changing an annotation as other software does it: words, readers and passage in one act."""

from django.db import transaction

from reader.actions.changes import adjust_passage, edit_annotation
from reader.actions.passages import Selectors
from reader.actions.wording import Wording
from reader.models import Annotation, AsSent, Group, User


@transaction.atomic
def replace_annotation(
    *,
    editor: User,
    annotation: Annotation,
    version: int,
    wording: Wording,
    visibility: str | None = None,
    group: Group | None = None,
    motivation: str | None = None,
    passage: Selectors | None = None,
    as_sent: AsSent | None = None,
) -> Annotation:
    """Change an annotation's words and readers, and its passage too: all of it or nothing.

    Args:
        editor: its author.
        annotation: what to change.
        version: the version the editor saw.
        wording: the new words.
        visibility: the new visibility; None keeps it.
        group: the group that may read it, where the new visibility is ``group``.
        motivation: makes a comment of a highlight, or the other way round; None keeps it.
        passage: where it stands now; None keeps it.
        as_sent: the whole as other software sent it (unsaved), in the place of what it sent before.

    Raises:
        policy.Refused: it is not theirs.
        Invalid: a field cannot be saved, or the passage is not in the text.
        Conflict: it has another version by now.
    """
    if passage is not None:
        moved = adjust_passage(
            editor=editor, annotation=annotation, version=version, passage=passage
        )
        version = moved.version
    return edit_annotation(
        editor=editor,
        annotation=annotation,
        version=version,
        wording=wording,
        visibility=visibility,
        group=group,
        motivation=motivation,
        as_sent=as_sent,
    )
