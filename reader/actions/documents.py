"""Bringing documents in."""

import datetime
import hashlib
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from reader import events
from reader.actions.drafting import save_blocks
from reader.actions.errors import Invalid
from reader.models import Document, Edition, User
from reader.search import index
from reader.text.blocks import numbered, plain_text
from reader.text.importers import ImportedText, UnreadableFile, importer_for

MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a document besides its text. Empty fields are left as they are."""

    slug: str = ""
    title: str = ""
    author: str = ""
    description: str = ""
    language: str = "en"
    date: datetime.date | None = None
    rights: str = ""
    source_url: str = ""


@transaction.atomic
def import_document(
    *, data: bytes, name: str, about: About, editor: User | None = None
) -> tuple[Edition, bool]:
    """Make a document with its first edition from a file.

    Args:
        data: the file's bytes.
        name: its name; the suffix says how to read it.
        about: the document's particulars.
        editor: who brings it in, where somebody is known.

    Returns:
        The edition, and whether it was made now: a file that is an edition already writes nothing.

    Raises:
        Invalid: the file cannot be read, or the slug belongs to another document.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = Edition.objects.filter(source_sha256=digest).select_related("document")
    if about.slug:
        known = known.filter(document__slug=about.slug)
    if earlier := known.first():
        return earlier, False
    try:
        imported = importer_for(name)(data)
    except UnreadableFile as error:
        raise Invalid("file", str(error)) from error
    title = about.title or imported.title
    if not title or len(title) > MAX_TITLE:
        message = _("A title has 1 to %(limit)d characters. Give one yourself.")
        raise Invalid("title", message % {"limit": MAX_TITLE})
    slug = about.slug or slugify(title)[:80]
    if not slug:
        message = _("No address can be made of this title. Choose one in Latin letters.")
        raise Invalid("slug", message)
    if Document.objects.filter(slug=slug).exists():
        message = _("There is a document at “%(slug)s” already. Choose another address.")
        raise Invalid("slug", message % {"slug": slug})
    document = Document.objects.create(
        slug=slug,
        title=title,
        author=about.author,
        description=about.description,
        language=about.language,
        date=about.date,
        rights=about.rights,
        source_url=about.source_url,
    )
    edition = _create_edition(document, imported, name, digest, editor)
    document.current_edition = edition
    document.save(update_fields=["current_edition"])
    index.put_text(document.pk)
    events.record(document, "edition.published", str(edition.number))
    return edition, True


def _create_edition(
    document: Document, imported: ImportedText, name: str, digest: str, editor: User | None
) -> Edition:
    blocks = numbered(imported.blocks)
    edition = Edition.objects.create(
        document=document,
        number=document.editions.count() + 1,
        source_name=name,
        source_sha256=digest,
        text=plain_text(blocks),
        created_by=editor,
        published_at=timezone.now(),
    )
    save_blocks(edition, blocks)
    return edition
