"""Exports as tests and benchmarks ask for them: a whole one as text, and there and back again."""

import io
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command

from reader.actions.people import set_up_roles
from reader.actions.restoring import Restored, restore
from reader.models import Annotation, Disposition, Document, Edition, Tag, User
from reader.policy import Viewer
from reader.queries import exporting
from reader.text.exporters import FORMATS

CONFORMANCE = "POSTIL_CONFORMANCE"


def edition_of(document: Document) -> Edition:
    """Return the current edition, knowing its document."""
    edition = document.current_edition
    assert edition is not None
    edition.document = document
    return edition


def exported(viewer: Viewer | None, document: Document, name: str = "jsonld") -> str:
    """Return the export as text."""
    viewer = viewer or AnonymousUser()
    chosen, edition = FORMATS[name], edition_of(document)
    placed = exporting.layout(viewer, edition, everything=chosen.everything)
    return "".join(exporting.stream(viewer, edition, chosen, placed))


def wipe(document: Document) -> None:
    """Delete every annotation of the document, and tags that nothing has any more."""
    Disposition.objects.filter(annotation__document=document).delete()
    replies = Annotation.objects.filter(document=document, parent__isnull=False)
    replies.update(parent=None, root=None, motivation="commenting")
    Annotation.objects.filter(document=document).delete()
    Tag.objects.filter(annotations=None, labels=None).delete()


def there_and_back(viewer: Viewer | None, document: Document) -> tuple[str, str, Restored]:
    """Export, wipe, restore, export: return both exports and what the restoring said."""
    before = exported(viewer, document)
    wipe(document)
    result = restore(document=document, data=before.encode())
    return before, exported(viewer, document), result


def load_demo() -> Document:
    """Load the fixtures and return their document."""
    set_up_roles()
    root = Path(__file__).resolve().parent.parent / "fixtures"
    call_command("loaddata", root / "library.json", root / "demo.json", verbosity=0)
    return Document.objects.select_related("current_edition").get()


def person(username: str) -> User | None:
    """Return the demo's person of that name; nobody for an empty one."""
    return User.objects.get(username=username) if username else None


def command(*words: Any) -> str:
    """Run a command and return what it printed."""
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue()
