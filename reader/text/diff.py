"""The difference between two editions, as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reader.text.blocks import Block


class Change(StrEnum):
    """What became of a block, or of a few, from one edition to the next."""

    SAME = "same"
    EDITED = "edited"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"
    INSERTED = "inserted"
    DELETED = "deleted"


class Op(StrEnum):
    """What became of some words."""

    SAME = "same"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Words:
    """Some words that stand in both texts, or only in the older or the newer one."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Blocks of the older edition beside what became of them.

    ``old`` and ``new`` are indexes of blocks, empty for what was inserted or deleted; several where
    a block was split or blocks were merged. ``words`` is the difference of their texts in reading
    order (blocks joined by a blank line). ``moved`` says that its place among the others changed,
    also where its words did; ``change`` is MOVED only where nothing else happened to it.
    """

    change: Change
    old: tuple[int, ...]
    new: tuple[int, ...]
    words: tuple[Words, ...]
    moved: bool = False


def compare_words(old: str, new: str) -> tuple[Words, ...]:
    """Return the word difference of two short texts; joining its parts gives both back."""
    if old == new:
        return (Words(Op.SAME, old),) if old else ()
    parts = (Words(Op.DELETED, old), Words(Op.INSERTED, new))
    return tuple(part for part in parts if part.text)


def compare_blocks(old: Sequence[Block], new: Sequence[Block]) -> list[Row]:
    """Return what became of each block, in the reading order of the newer edition.

    Deleted blocks stand after the block that they followed. Every index of both editions occurs
    exactly once.
    """
    gone = [Row(Change.DELETED, (i,), (), compare_words(b.text, "")) for i, b in enumerate(old)]
    return gone + [
        Row(Change.INSERTED, (), (i,), compare_words("", b.text)) for i, b in enumerate(new)
    ]
