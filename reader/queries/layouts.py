"""The text of editions and where their blocks lie in it, as every write needs them.

A published edition never changes, so that each process reads its text and its layout once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from reader.models import Block, Edition

EDITIONS_KEPT = 16


@dataclass(frozen=True, slots=True)
class Layout:
    """An edition's blocks in reading order: their ids, starts and lengths in code points."""

    pks: Sequence[int]
    starts: Sequence[int]
    lengths: Sequence[int]


def layout_of(edition: Edition) -> Layout:
    """Return where the edition's blocks lie."""
    return _read(edition.pk) if edition.is_draft else _layout(edition.pk)


def with_text(edition: Edition) -> Edition:
    """Give a published edition its text, where it was fetched without."""
    if not edition.is_draft and "text" in edition.get_deferred_fields():
        edition.text = _text(edition.pk)
    return edition


def forget_layouts() -> None:
    """Forget all of it: for tests, where another edition may get the same number."""
    _layout.cache_clear()
    _text.cache_clear()


def _read(edition: int) -> Layout:
    rows = Block.objects.filter(edition=edition).order_by("position")
    pks, starts, texts = zip(*rows.values_list("pk", "start", "text"), strict=True)
    return Layout(pks, starts, [len(text) for text in texts])


@lru_cache(EDITIONS_KEPT)
def _layout(edition: int) -> Layout:
    return _read(edition)


@lru_cache(EDITIONS_KEPT)
def _text(edition: int) -> str:
    return Edition.objects.values_list("text", flat=True).get(pk=edition)
