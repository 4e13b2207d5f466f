"""Makers of editions, through the same actions that the site uses."""

from collections.abc import Callable

import pytest

from reader import events
from reader.actions.editions import add_draft
from reader.actions.publishing import publish_edition
from reader.models import Document, Edition
from reader.queries import carrying


def make_draft(document: Document, *paragraphs: str, label: str = "") -> Edition:
    """Return a draft with these paragraphs between the title and end that `make_document` gives."""
    data = "\n\n".join([document.title, *paragraphs, f"The end of {document.slug}."]).encode()
    return add_draft(
        editor=None, document=document, data=data, name="next.txt", label=label, replace=True
    )


def make_edition(document: Document, *paragraphs: str, label: str = "") -> Edition:
    """Return a published next edition; the document is refreshed."""
    edition = publish_edition(editor=None, edition=make_draft(document, *paragraphs, label=label))
    document.refresh_from_db()
    return edition


def misses_under_lock(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> int:
    """Return how many comparisons of texts are made while other writers wait."""
    carrying.carrier_between.cache_clear()
    before: list[int] = []
    lock = events.lock

    def note_and_lock(document: Document) -> None:
        before.append(carrying.carrier_between.cache_info().misses)
        lock(document)

    with monkeypatch.context() as noted:
        noted.setattr(events, "lock", note_and_lock)
        act()
    return carrying.carrier_between.cache_info().misses - before[0]
