"""Annotating and replying."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import limits, notifying, recording
from reader.actions.errors import Conflict, Invalid, TooMany
from reader.actions.passages import (
    Passage,
    Selectors,
    anchor_at,
    attach,
    attach_loosely,
    find_place,
)
from reader.actions.wording import CleanWording, Wording, check_visibility, clean, set_tags
from reader.models import (
    Annotation,
    AsSent,
    Document,
    Edition,
    Group,
    Motivation,
    Notification,
    Status,
    User,
    Visibility,
)
from reader.queries.layouts import with_text
from reader.text.anchoring import Resolution


@dataclass(frozen=True, slots=True)
class Origin:
    """What an annotation brings along when it was not made here and now: its name and time."""

    uid: str
    at: datetime


def identity(origin: Origin | None) -> dict[str, Any]:
    """Return the fields that an origin settles."""
    return {"uid": origin.uid, "created_at": origin.at} if origin else {}


def create_annotation(
    *,
    author: User,
    document: Document,
    motivation: str,
    passage: Passage | Selectors,
    wording: Wording,
    visibility: str = Visibility.PUBLIC,
    group: Group | None = None,
    as_sent: AsSent | None = None,
    client_key: str | None = None,
    origin: Origin | None = None,
) -> Annotation:
    """Attach something to a passage of the document's current edition and return it.

    The same ``client_key`` sent again by the same author with the same words returns what was
    made the first time.

    Args:
        author: who annotates.
        document: what.
        motivation: a :class:`Motivation` other than replying.
        passage: what was selected on the page, or selectors that other software made.
        wording: the words.
        visibility: who may read it.
        group: the group that may read it, if its visibility is ``group``.
        as_sent: the whole as other software sent it (unsaved), to be kept beside it.
        client_key: a name that the client gave to this act.
        origin: its name and time, where it was not made here and now.

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
    check_visibility(author, visibility, group)
    prepared = _prepare(document, motivation, passage, wording)
    with transaction.atomic():
        events.lock(document)
        if document.current_edition_id != prepared.edition.pk:
            prepared = _prepare(document, motivation, passage, wording)  # published just now
        draft = Annotation(
            document=document,
            author=author,
            motivation=motivation,
            visibility=visibility,
            group=group,
            language=document.language,
            client_key=client_key or None,
            **identity(origin),
        )
        _attach(draft, prepared.edition, passage, prepared.found)
        annotation, is_new = _save_once(draft, prepared.words)
        if is_new:
            anchor_at(annotation, prepared.edition, prepared.found)
            _keep(as_sent, annotation)
            recording.created(annotation, prepared.words.tags)
    return annotation


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What can be done before anybody else is kept waiting: where it stands, what it says."""

    edition: Edition
    found: Resolution
    words: CleanWording


def _prepare(
    document: Document, motivation: str, passage: Passage | Selectors, wording: Wording
) -> _Prepared:
    if document.current_edition is None:
        raise Invalid("exact", _("This document has no text yet."))
    edition = with_text(document.current_edition)
    found = find_place(edition, passage)
    words = clean(wording, motivation, edition.text[slice(found.start, found.end)])
    return _Prepared(edition, found, words)


def _attach(
    draft: Annotation, edition: Edition, passage: Passage | Selectors, found: Resolution
) -> None:
    if found.start is not None and found.end is not None:
        attach(draft, edition, (found.start, found.end))
    elif isinstance(passage, Selectors):
        attach_loosely(draft, edition, passage)


def _keep(as_sent: AsSent | None, annotation: Annotation) -> None:
    if as_sent is not None:
        as_sent.annotation = annotation
        as_sent.save(force_insert=True)


def reply(
    *,
    author: User,
    parent: Annotation,
    wording: Wording,
    as_sent: AsSent | None = None,
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
    with transaction.atomic():
        events.lock(parent.document)
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
            _keep(as_sent, annotation)
            recording.replied(root, annotation, words.tags)
            _tell(parent, annotation)
    return annotation


def _tell(parent: Annotation, answer: Annotation) -> None:
    """Tell whoever is answered, unless they have no account to be told in."""
    asked = User.objects.filter(pk=parent.author_id or 0, kind=User.Kind.PERSON, is_active=True)
    people = list(asked.values_list("pk", flat=True))
    kind, at = Notification.Kind.REPLIED, answer.created_at
    notifying.tell_many({answer.pk: people}, kind, answer.author, at)


def _save_once(draft: Annotation, words: CleanWording) -> tuple[Annotation, bool]:
    """Save the draft, or return what the same client key has made before.

    What was made before is looked for only where something stands in the way: nearly always there
    is nothing.
    """
    author = draft.author
    assert author is not None  # noqa: S101 -- a draft always has one; for the type checker
    try:
        limits.check_posting(author)
    except TooMany:
        if earlier := _made_before(draft, words):
            return earlier, False
        raise
    draft.body, draft.body_html = words.body, words.body_html
    draft.replacement = words.replacement
    draft.status = policy.first_status(author, draft.document, draft.visibility)
    if draft.status == Status.PENDING:
        draft.attention_since = draft.created_at
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        if earlier := _made_before(draft, words):
            return earlier, False
        raise
    if words.tags:
        set_tags(draft, words.tags)
    return draft, True


def _made_before(draft: Annotation, words: CleanWording) -> Annotation | None:
    if draft.client_key is None:
        return None
    earlier = Annotation.objects.filter(author=draft.author, client_key=draft.client_key).first()
    if earlier is None:
        return None
    sent = (
        words.body,
        words.replacement,
        draft.exact,
        draft.motivation,
        draft.visibility,
        draft.group_id,
    )
    kept = (
        earlier.body,
        earlier.replacement,
        earlier.exact,
        earlier.motivation,
        earlier.visibility,
        earlier.group_id,
    )
    same = sent == kept and earlier.parent_id == draft.parent_id
    same = same and set(words.tags) == set(earlier.tags.values_list("name", flat=True))
    if not same:
        message = _("This form has been sent before with other words. Nothing was changed.")
        raise Conflict(earlier, message)
    return earlier
