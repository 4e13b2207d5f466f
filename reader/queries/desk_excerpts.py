"""Passages in their context, cut out of an edition's text."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reader.models import Annotation, Block, Edition
from reader.queries.carrying import carrier_between
from reader.text.blocks import SEPARATOR

AROUND = 120
"""So many characters of context are shown on either side."""

SHOWN = 4_000
"""So many characters of a passage are shown."""

STRETCH = 9
"""So many paragraphs are shown to choose words from."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage between the words around it, in its own paragraph; "…" where they are cut.

    ``start`` and ``end`` are None, and ``ref`` empty, where it is a quote without a known place.
    ``is_whole``: all of its words are here.
    """

    before: str
    words: str
    after: str
    start: int | None = None
    end: int | None = None
    ref: str = ""
    number: int | None = None
    is_whole: bool = True


class Ground:
    """An edition's text, and which block stands where in it."""

    def __init__(self, edition: Edition) -> None:
        """Read where the blocks begin; one query."""
        self.text = edition.text
        self._starts: list[int] = []
        self._names: list[tuple[str, int | None]] = []
        rows = Block.objects.filter(edition=edition).order_by("position")
        for start, ref, number in rows.values_list("start", "ref", "number"):
            self._starts.append(start)
            self._names.append((ref, number))

    def excerpt(self, start: int, end: int) -> Excerpt:
        """Return the span in its context."""
        is_whole = end - start <= SHOWN
        ref, number = "", None
        if self._names:  # there are none when the draft was discarded just now
            ref, number = self._names[max(0, bisect_right(self._starts, start) - 1)]
        before = self.text[max(0, start - AROUND - 1) : start]
        after = self.text[end : end + AROUND + 1] if is_whole else ""
        return Excerpt(
            before=near(before, from_end=True),
            words=self.text[start : min(end, start + SHOWN)],
            after=near(after, from_end=False),
            start=start,
            end=end,
            ref=ref,
            number=number,
            is_whole=is_whole,
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some paragraphs of a text; ``earlier`` and ``later`` are where the next ones begin, if any.

    ``near`` is the position of the one that was asked for.
    """

    blocks: Sequence[Block]
    near: int | None = None
    earlier: int | None = None
    later: int | None = None


def stretch_around(edition: Edition, at: int) -> Stretch:
    """Return the paragraphs around a character of the text."""
    before = Block.objects.filter(edition=edition, start__lte=at).order_by("-position")
    near = before.values_list("position", flat=True).first() or 0
    return replace(stretch_from(edition, max(0, near - STRETCH // 2)), near=near)


def stretch_from(edition: Edition, first: int) -> Stretch:
    """Return the paragraphs from the one at that position on."""
    rows = Block.objects.filter(edition=edition, position__gte=first).order_by("position")
    blocks = list(rows[: STRETCH + 1])
    return Stretch(
        blocks=blocks[:STRETCH],
        earlier=max(0, first - STRETCH) if first > 0 else None,
        later=blocks[STRETCH].position if len(blocks) > STRETCH else None,
    )


def whereabouts(base: Edition, edition: Edition, at: int) -> int:
    """Return where in the edition the words around a character of the one before stand."""
    alignment = carrier_between(base.text, edition.text).alignment
    index = alignment.run_at(at)
    if index >= 0:
        return alignment.runs[index].new + at - alignment.runs[index].old
    gap, _end = alignment.gap_around(at)
    before = alignment.run_at(gap - 1) if gap > 0 else -1
    return alignment.runs[before].new + alignment.runs[before].length if before >= 0 else 0


def quoted(annotation: Annotation) -> Excerpt:
    """Return the passage as the annotation quotes it, where nothing else is known of it."""
    words = annotation.exact
    return Excerpt(
        before=near(annotation.prefix, from_end=True),
        words=words[:SHOWN],
        after=near(annotation.suffix, from_end=False) if len(words) <= SHOWN else "",
        is_whole=len(words) <= SHOWN,
    )


def near(text: str, *, from_end: bool) -> str:
    """Return the context in the passage's own paragraph, in whole words; "…" where it is cut."""
    if from_end:
        own = text.rpartition(SEPARATOR)[2]
        if len(own) <= AROUND:
            return own
        return f"…{own.partition(' ')[2] or own}"
    own = text.partition(SEPARATOR)[0]
    if len(own) <= AROUND:
        return own
    return f"{own.rpartition(' ')[0] or own}…"
