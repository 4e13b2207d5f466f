"""Segments: overlapping spans of one block cut into the pieces that a page wraps in <mark>."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from reader.text.blocks import InlineMark

Label = TypeVar("Label", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Span:
    """The characters ``start`` to ``end`` (code points) of one block, marked by ``key``."""

    start: int
    end: int
    key: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same spans and inline marks from its first to its last character.

    ``inline`` holds the block's own marks as they were given; their offsets still count in the
    block, not in the piece.
    """

    text: str
    keys: tuple[int, ...]
    inline: tuple[InlineMark, ...]


def pieces(text: str, spans: Iterable[Span], inline: Sequence[InlineMark] = ()) -> list[Piece]:
    """Cut a block's text wherever a span or an inline mark begins or ends.

    The pieces' texts joined are the text, none is empty, and an empty text has none. Spans are
    clipped to the text; what is empty then counts as absent. Each piece names a key once, in the
    order in which the keys first came.

    One sweep over the boundaries with the active keys kept up to date: the time grows with
    n log n in the spans and with the size of the answer.
    """
    span_layer = _Layer(len(text), ((span.start, span.end, span.key) for span in spans))
    inline_layer = _Layer(len(text), ((mark.start, mark.end, mark) for mark in inline))
    cuts = sorted({0, len(text)} | span_layer.boundaries | inline_layer.boundaries)
    return [
        Piece(text[start:end], span_layer.advance(start), inline_layer.advance(start))
        for start, end in pairwise(cuts)
    ]


class _Layer(Generic[Label]):
    """Which labels are in force at a place, for a sweep from left to right.

    Labels are ranked by first appearance, so a sorted list of ranks is the stable order. A label
    given twice counts its open spans and stays in force until the last of them closes.
    """

    def __init__(self, length: int, labelled: Iterable[tuple[int, int, Label]]) -> None:
        self._opening: defaultdict[int, list[int]] = defaultdict(list)
        self._closing: defaultdict[int, list[int]] = defaultdict(list)
        ranks: dict[Label, int] = {}
        for start, end, label in labelled:
            first, last = max(start, 0), min(end, length)
            if first < last:
                rank = ranks.setdefault(label, len(ranks))
                self._opening[first].append(rank)
                self._closing[last].append(rank)
        self._labels = list(ranks)
        self._open_spans = [0] * len(ranks)
        self._active: list[int] = []
        self._current: tuple[Label, ...] = ()

    @property
    def boundaries(self) -> Set[int]:
        """Every offset at which a label begins or ends."""
        return self._opening.keys() | self._closing.keys()

    def advance(self, offset: int) -> tuple[Label, ...]:
        """The labels in force from ``offset`` on; offsets must come in rising order."""
        opening, closing = self._opening.get(offset, ()), self._closing.get(offset, ())
        if opening or closing:
            for rank in opening:
                if self._open_spans[rank] == 0:
                    insort(self._active, rank)
                self._open_spans[rank] += 1
            for rank in closing:
                self._open_spans[rank] -= 1
                if self._open_spans[rank] == 0:
                    del self._active[bisect_left(self._active, rank)]
            self._current = tuple(self._labels[rank] for rank in self._active)
        return self._current
