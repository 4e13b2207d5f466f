"""Passages in their context, cut out of an edition's text."""

from bisect import bisect_right
from dataclasses import dataclass

from reader.models import Annotation, Block, Edition
from reader.text.blocks import SEPARATOR

AROUND = 120
"""So many characters of context are shown on either side."""

SHOWN = 4_000
"""So many characters of a passage are shown."""


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
        """Take the edition; :meth:`read` fetches its blocks."""
        self._edition = edition
        self.text = edition.text
        self._starts: list[int] = []
        self._names: list[tuple[str, int | None]] = []

    @staticmethod
    def read(*grounds: "Ground") -> None:
        """Fetch where the blocks of all of them begin, in one query."""
        by_edition = {ground._edition.pk: ground for ground in grounds}
        rows = Block.objects.filter(edition__in=by_edition).order_by("position")
        for edition, start, ref, number in rows.values_list("edition_id", "start", "ref", "number"):
            by_edition[edition]._starts.append(start)
            by_edition[edition]._names.append((ref, number))

    def excerpt(self, start: int, end: int) -> Excerpt:
        """Return the span in its context."""
        is_whole = end - start <= SHOWN
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
