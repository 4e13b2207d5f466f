"""Annotating and replying."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import limits
from reader.actions.errors import Conflict, Invalid
from reader.actions.passages import Passage, anchor, attach, find_span
from reader.actions.wording import CleanWording, Wording, check_visibility, clean, set_tags
from reader.models import Annotation, Document, Motivation, Status, User, Visibility


@dataclass(frozen=True, slots=True)
class Origin:
    """What an annotation brings along when it was not made here and now: its name and time."""

    uid: str
    at: datetime


def identity(origin: Origin | None) -> dict[str, Any]:
    """Return the fields that an origin settles."""
    return {"uid": origin.uid, "created_at": origin.at} if origin else {}


@transaction.atomic
def create_annotation(
    *,
    author: User,
    document: Document,
    motivation: str,
    passage: Passage,
    wording: Wording,
    visibility: str = Visibility.PUBLIC,
    client_key: str | None = None,
    origin: Origin | None = None,
) -> Annotation:
    """Attach something to a passage of the document's current edition and return it.

    The same ``client_key`` sent again by the same author with the same words returns what was
    made the first time.

    Raises:
        policy.Refused: the author may not annotate this document.
        Invalid: a field cannot be saved.
        Conflict: the key was used for other words.
        TooMany: the author posts too fast.
    """
    policy.check_may_read_document(author, document)
    policy.check_may_annotate(author, document)
    if motivation not in policy.ROOT_MOTIVATIONS:
        raise Invalid("motivation", _("Choose a highlight, a comment, a question or an edit."))
    check_visibility(visibility)
    events.lock(document)  # a new edition may be published at this very moment
    edition = document.current_edition
    if edition is None:
        raise Invalid("exact", _("This document has no text yet."))
    span = find_span(edition, passage)
    words = clean(wording, motivation, edition.text[span[0] : span[1]])
    draft = Annotation(
        document=document,
        author=author,
        motivation=motivation,
        visibility=visibility,
        language=document.language,
        client_key=client_key or None,
        **identity(origin),
    )
    attach(draft, edition, span)
    annotation, is_new = _save_once(draft, words)
    if is_new:
        anchor(annotation, edition, span)
        events.record_change(annotation, "created")
    return annotation


@transaction.atomic
def reply(
    *,
    author: User,
    parent: Annotation,
    wording: Wording,
    client_key: str | None = None,
    origin: Origin | None = None,
) -> Annotation:
    """Answer an annotation and return the answer, which is seen by whoever sees its thread.

    Raises:
        policy.Refused, Invalid, Conflict, TooMany: as in :func:`create_annotation`.
    """
    policy.check_may_read(author, parent)
    policy.check_may_annotate(author, parent.document)
    if parent.is_deleted:
        raise Invalid("body", _("What you are answering was deleted meanwhile."))
    words = clean(wording, Motivation.REPLYING, "")
    root = parent.root or parent
    draft = Annotation(
        document=parent.document,
        edition=parent.edition,
        author=author,
        motivation=Motivation.REPLYING,
        parent=parent,
        root=root,
        visibility=root.visibility,
        group=root.group,
        language=parent.document.language,
        client_key=client_key or None,
        **identity(origin),
    )
    annotation, is_new = _save_once(draft, words)
    if is_new:
        events.record_change(root, "replied")
    return annotation


def _save_once(draft: Annotation, words: CleanWording) -> tuple[Annotation, bool]:
    """Save the draft, or return what the same client key has made before."""
    author = draft.author
    assert author is not None  # noqa: S101 -- a draft always has one; for the type checker
    if earlier := _made_before(draft, words):
        return earlier, False
    limits.check_posting(author)
    draft.body, draft.body_html = words.body, words.body_html
    draft.replacement = words.replacement
    draft.status = policy.first_status(author, draft.document, draft.visibility)
    if draft.status == Status.PENDING:
        draft.attention_since = draft.created_at
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        # Two requests with one key at the same moment: the other one was first.
        if earlier := _made_before(draft, words):
            return earlier, False
        raise
    set_tags(draft, words.tags)
    return draft, True


def _made_before(draft: Annotation, words: CleanWording) -> Annotation | None:
    if draft.client_key is None:
        return None
    earlier = Annotation.objects.filter(author=draft.author, client_key=draft.client_key).first()
    if earlier is None:
        return None
    sent = (words.body, words.replacement, draft.exact, draft.motivation, draft.visibility)
    kept = (
        earlier.body,
        earlier.replacement,
        earlier.exact,
        earlier.motivation,
        earlier.visibility,
    )
    same = sent == kept and earlier.parent_id == draft.parent_id
    if not same:
        message = _("This form has been sent before with other words. Nothing was changed.")
        raise Conflict(earlier, message)
    return earlier
