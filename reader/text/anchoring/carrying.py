"""Passages of one text carried to another: where did these words go?

What the whole revision tells comes first: its alignment says which characters of the new text are
the passage's. The quote verifies it: too little left of it, or left in too many places, is no
anchor. What the alignment has lost track of is looked for by its words where the new text has
nothing else to answer for, and believed only when chance cannot have put them there.
"""

import unicodedata
from dataclasses import dataclass

from reader.text.alignment import Alignment, Run, align
from reader.text.alignment.tokens import letters
from reader.text.anchoring.chance import Chance
from reader.text.anchoring.resolving import resolve
from reader.text.anchoring.scoring import Evidence, probability
from reader.text.anchoring.verdicts import ORPHAN, Resolution, Verdict
from reader.text.quotations import folded
from reader.text.selectors import TextPositionSelector, TextQuoteSelector

SURVIVING = 0.5
"""At least this share of a passage's characters must have come along."""

STRETCH = 400
"""So many characters may have been put into a passage: it is still one."""

EDGE = 40
"""Changed words at the edge of a passage belong to it up to this length."""

FOREIGN = 24
"""When more characters of other passages than this came between, a passage has come apart.

Unless no part of it is large enough by itself.
"""


@dataclass(frozen=True, slots=True)
class _Group:
    """Parts of a passage that stand together in the new text."""

    parts: tuple[Run, ...]
    kept_order: bool
    weight: int

    @property
    def start(self) -> int:
        return self.parts[0].new

    @property
    def end(self) -> int:
        return self.parts[-1].new + self.parts[-1].length


class Carrier:
    """What became of each passage of ``old`` in ``new``. Compare once, carry many.

    Comparing takes time linear in both texts; carrying takes a few microseconds for what was not
    touched.
    """

    def __init__(self, old: str, new: str) -> None:
        """Compare the two texts."""
        self.old = old
        self.new = new
        self.alignment: Alignment = align(old, new)
        self._chance = Chance(self.alignment)

    def carry(
        self, quote: TextQuoteSelector | None, position: TextPositionSelector | None = None
    ) -> Resolution:
        """Return where the passage that the selectors name in ``old`` stands in ``new``.

        A quote that ``old`` does not have is looked for in ``new`` itself.
        """
        span = self._span_in_old(quote, position)
        if span is not None:
            return self.carry_span(*span)
        return resolve(self.new, quote, fuzzy=True) if quote else ORPHAN

    def carry_span(self, start: int, end: int) -> Resolution:
        """Return where the characters ``start`` to ``end`` of ``old`` stand in ``new``.

        Raises:
            ValueError: the span is empty or outside the text.
        """
        if not 0 <= start < end <= len(self.old):
            raise ValueError(f"No passage from {start} to {end} in {len(self.old)} characters.")
        index = self.alignment.run_at(start)
        if index >= 0:
            run = self.alignment.runs[index]
            if end <= run.old + run.length:
                return self._untouched(run, start, end, self.alignment.in_order[index])
        return self._touched(start, end) or self._lost(start, end)

    def _span_in_old(
        self, quote: TextQuoteSelector | None, position: TextPositionSelector | None
    ) -> tuple[int, int] | None:
        found = resolve(self.old, quote, position)
        if found.start is None or found.end is None:
            return None
        return found.start, found.end

    def _untouched(self, run: Run, start: int, end: int, kept_order: bool) -> Resolution:
        """The passage lies within one run: as long as it was, most often in the same words."""
        there = run.new + start - run.old
        evidence = Evidence(share=1.0, support=run.length, kept_order=kept_order)
        return self._resolution(start, end, there, there + end - start, evidence)

    def _touched(self, start: int, end: int) -> Resolution | None:
        """Where the larger part of the passage stands, if enough of it stands together."""
        whole = max(letters(self.old[start:end]), 1)
        for foreign in (FOREIGN, STRETCH):
            groups = self._groups(start, end, foreign)
            if not groups:
                return None
            best = max(groups, key=lambda group: group.weight)
            share = best.weight / whole
            if share >= SURVIVING:
                break
        else:
            return None
        new_start, new_end = self._edges(best, start, end)
        evidence = Evidence(share, self._support(best), best.kept_order)
        return self._resolution(start, end, new_start, new_end, evidence)

    def _groups(self, start: int, end: int, foreign: int) -> list[_Group]:
        """Return the surviving parts of the passage, grouped by where they stand."""
        groups: list[list[tuple[Run, bool]]] = []
        for piece, kept in self.alignment.pieces(start, end):
            if groups and self._continues(groups[-1][-1][0], piece, foreign):
                groups[-1].append((piece, kept))
            else:
                groups.append([(piece, kept)])
        return [
            _Group(
                tuple(piece for piece, _kept in group),
                any(kept for _piece, kept in group),
                sum(letters(self.old[p.old : p.old + p.length]) for p, _kept in group),
            )
            for group in groups
        ]

    def _continues(self, last: Run, piece: Run, foreign: int) -> bool:
        """Whether the next part stands after the last one, with nothing much put between."""
        gap = piece.old - last.old - last.length
        new_end = last.new + last.length
        new_gap = piece.new - new_end
        if new_gap < 0 or new_gap > STRETCH + 2 * gap:
            return False
        return self.alignment.matched_between(new_end, piece.new) <= foreign

    def _edges(self, group: _Group, start: int, end: int) -> tuple[int, int]:
        """Return the group's span, with the words that were put in place of its first and last."""
        first, last = group.parts[0], group.parts[-1]
        new_start, new_end = group.start, group.end
        if first.old > start:
            gap_start, _gap_end = self.alignment.gap_around(first.old - 1)
            before = self.alignment.new_gap_before(new_start)
            if start <= gap_start + 1 and 0 < new_start - before <= EDGE:
                new_start = before + _leading_space(self.new[before:new_start])
        ends = last.old + last.length
        if ends < end:
            _gap_start, gap_end = self.alignment.gap_around(ends)
            after = self.alignment.new_gap_after(new_end)
            if end >= gap_end - 1 and 0 < after - new_end <= EDGE:
                new_end = after - _trailing_space(self.new[new_end:after])
        return new_start, _after_letter(self.new, new_end)

    def _support(self, group: _Group) -> int:
        """Return how long the longest run is that a part of the group belongs to."""
        runs = self.alignment.runs
        return max(runs[self.alignment.run_at(part.old)].length for part in group.parts)

    def _lost(self, start: int, end: int) -> Resolution:
        """Look for the very words where the new text has no other counterpart."""
        place = self._chance.find(start, end)
        if place is None:
            return ORPHAN
        evidence = Evidence(share=1.0, support=0, kept_order=False)
        return self._resolution(start, end, place, place + end - start, evidence)

    def _resolution(
        self, start: int, end: int, new_start: int, new_end: int, evidence: Evidence
    ) -> Resolution:
        words, new_words = self.old[start:end], self.new[new_start:new_end]
        if _same_to_readers(words, new_words):
            verdict = Verdict.EXACT if evidence.kept_order else Verdict.MOVED
        else:
            verdict = Verdict.FUZZY
        return Resolution(verdict, probability(evidence), new_start, new_end)


def _same_to_readers(words: str, others: str) -> bool:
    """Whether the two read the same: they may differ in white space, quotation marks, encoding."""
    if words == others or words.split() == others.split():
        return True
    if words.isascii() and others.isascii():
        return False
    return folded(words) == folded(others)


def _after_letter(text: str, at: int) -> int:
    """Return where the letter that ``at`` may cut ends: its accents and later jamo belong to it."""
    while at < len(text) and (unicodedata.combining(text[at]) or "\u1160" <= text[at] <= "\u11ff"):
        at += 1
    return at


def _leading_space(words: str) -> int:
    return len(words) - len(words.lstrip())


def _trailing_space(words: str) -> int:
    return len(words) - len(words.rstrip())
