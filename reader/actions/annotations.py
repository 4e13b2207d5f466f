"""Annotating and replying."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import holding, limits, notifying, recording
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

MOST_TRIES = 5  # while editions are published


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
    fields: dict[str, Any] = {
        "document": document,
        "author": author,
        "motivation": motivation,
        "visibility": visibility,
        "group": group,
        "language": document.language,
        "client_key": client_key or None,
        **identity(origin),
    }
    for _time in range(MOST_TRIES):
        prepared = _prepare(document, motivation, passage, wording)
        draft = Annotation(**fields)
        _attach(draft, prepared.edition, passage, prepared.found)
        save = partial(_save_root, draft, prepared, as_sent)
        try:
            return _saved_once(draft, prepared.words, save)
        except events.Outdated:  # an edition was published just now, which is rare
            continue
    raise Invalid("exact", _("The text has just been changed. Please try again."))


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


def _save_root(draft: Annotation, prepared: _Prepared, as_sent: AsSent | None) -> None:
    """Save a new thread with all that belongs to it.

    The document is locked as late as possible: others who write to it wait only for what comes
    after. What somebody else may be saving as well, like a tag, comes after it too, else two could
    wait for one another.

    Raises:
        events.Outdated: what was prepared is for an edition that is not the current one any more.
    """
    draft.save(force_insert=True)
    anchor_at(draft, prepared.edition, prepared.found)
    _keep(as_sent, draft)
    recording.created(draft, prepared.words.tags, prepared.edition)


def _keep(as_sent: AsSent | None, annotation: Annotation) -> None:
    if as_sent is not None:
        as_sent.pk = None  # it may have been saved before, in a transaction that was rolled back
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

    def save() -> None:
        # First, so that nobody changes who reads the thread before the answer is in it.
        events.lock(parent.document)
        draft.save(force_insert=True)
        _keep(as_sent, draft)
        if words.tags:
            set_tags(draft, words.tags)
        recording.replied(root, draft, words.tags)
        _tell(parent, draft)

    return _saved_once(draft, words, save)


def _tell(parent: Annotation, answer: Annotation) -> None:
    """Tell whoever is answered, unless they have no account to be told in."""
    asked = User.objects.filter(pk=parent.author_id or 0, kind=User.Kind.PERSON, is_active=True)
    people = list(asked.values_list("pk", flat=True))
    kind, at = Notification.Kind.REPLIED, answer.created_at
    notifying.tell_many({answer.pk: people}, kind, answer.author, at)


def _saved_once(draft: Annotation, words: CleanWording, save: Callable[[], None]) -> Annotation:
    """Have the draft saved in a transaction, or return what the same client key has made before.

    What was made before is looked for only where something stands in the way: nearly always there
    is nothing. Posts of one author come one after the other, so that all of them are counted.
    """
    author = draft.author
    assert author is not None  # noqa: S101 -- a draft always has one; for the type checker
    draft.body, draft.body_html = words.body, words.body_html
    draft.replacement = words.replacement
    draft.status, held = holding.first_status(draft, words)
    if draft.status == Status.PENDING:
        draft.attention_since = draft.created_at
    try:
        with transaction.atomic():
            limits.post_in_turn(author)
            save()
            holding.keep(draft, held)
    except (IntegrityError, TooMany):
        if earlier := _made_before(draft, words):
            return earlier
        raise
    return draft


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
