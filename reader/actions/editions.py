"""Editions: adding a draft, publishing it over the current edition, and taking that back.

``editor`` is None where the command line acts; whoever can run it may do all of it.
"""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from reader import events
from reader.actions import drafting
from reader.actions.drafting import check_may_edit, find_draft, still_draft
from reader.actions.errors import Invalid
from reader.actions.publishing import publish_edition, undo_publication
from reader.actions.wording import clean_text
from reader.models import Document, Edition, User
from reader.queries.carrying import carrier_between
from reader.text.blocks import Block, plain_text
from reader.text.importers import UnreadableFile
from reader.text.importers.again import read_again

__all__ = ["add_draft", "discard_draft", "publish_edition", "undo_publication"]

MAX_LABEL = 120
MAX_NOTE = 400


def add_draft(
    *,
    editor: User | None,
    document: Document,
    data: bytes,
    name: str,
    label: str = "",
    note: str = "",
    replace: bool = False,
) -> Edition:
    """Make a draft of the document's next edition from a file. Readers see nothing of it.

    Args:
        editor: who brings it.
        document: whose edition it is to be.
        data: the file's bytes.
        name: its name; the suffix says how to read it (pasted text: ``pasted.txt``).
        label: what the edition is called, if not by its number.
        note: what readers should know about it.
        replace: put it in place of the draft that there is.

    Raises:
        policy.Refused: the editor may not edit this document.
        Invalid: the file cannot be read or is the current text, a name is too long, or there is
            a draft and it is not to be replaced.
    """
    check_may_edit(editor, document)
    label = _clean_line("label", label, MAX_LABEL)
    note = _clean_line("note", note, MAX_NOTE)
    blocks = _read(data, name, document)
    facts = {
        "label": label,
        "note": note,
        "source_name": name[:255],
        "source_sha256": hashlib.sha256(data).hexdigest(),
    }
    _compare_ahead(document, blocks)
    with transaction.atomic():  # only now: reading a large file must not hold up other writers
        events.lock(document)
        return _put_in(document, blocks, editor, facts, replace=replace)


def _compare_ahead(document: Document, blocks: list[Block]) -> None:
    """Compare the text with that of a draft in which editors have decided, before the lock."""
    present = find_draft(document)
    if present is not None and drafting.decisions(present):
        carrier_between(present.text, plain_text(blocks))


def _put_in(
    document: Document,
    blocks: list[Block],
    editor: User | None,
    facts: dict[str, str],
    *,
    replace: bool,
) -> Edition:
    """Save the draft; the document is locked."""
    if document.current_edition is None:
        raise Invalid("file", _("This document has no text yet."))
    if plain_text(blocks) == document.current_edition.text:
        raise Invalid("file", _("This is the text of the current edition, to the letter."))
    present = find_draft(document)
    if present is not None and not replace:
        raise Invalid("file", _("There is a draft already. Publish, replace or discard it first."))
    text, decided = "", []
    if present is not None:
        text, decided = present.text, drafting.decisions(present)
        drafting.remove_draft(present)
    origin = Edition.Origin.FILE
    draft = drafting.make_draft(document, blocks, origin=origin, editor=editor, **facts)
    drafting.keep_decisions(text, draft, decided)
    return draft


@transaction.atomic
def discard_draft(*, editor: User | None, edition: Edition) -> None:
    """Throw a draft away. Suggestions it had taken up wait for the next one.

    Raises:
        policy.Refused: the editor may not edit this document.
        Invalid: it is no draft any more.
    """
    check_may_edit(editor, edition.document)
    events.lock(edition.document)
    drafting.remove_draft(still_draft(edition))


def _clean_line(field: str, raw: str, limit: int) -> str:
    line = " ".join(clean_text(field, raw).split())
    if len(line) > limit:
        message = _("This is too long: at most %(limit)d characters.")
        raise Invalid(field, message % {"limit": limit})
    return line


def _read(data: bytes, name: str, document: Document) -> list[Block]:
    beginning = document.current_edition.text if document.current_edition else ""
    try:
        return read_again(data, name, title=document.title, beginning=beginning)
    except UnreadableFile as error:
        raise Invalid("file", str(error)) from error
