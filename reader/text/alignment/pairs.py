"""Pairs: paragraphs without any counterpart, and those that they share most words with."""

from collections import defaultdict

from reader.text.alignment.gaps import LARGEST_GAP
from reader.text.alignment.matches import Common, Matches, Side, Span, equal_runs

PARAGRAPH_AGREEMENT = 0.5
"""Paragraphs without a seed are the same when at least this share of characters agrees."""

RARE = 30
"""A word that stands in more paragraphs than this tells nothing about which is which."""

CANDIDATES = 3
"""So many paragraphs are compared with one, those that share most."""


def pair_paragraphs(both: Matches) -> None:
    """Compare paragraphs that are open as a whole with those they share most words with."""
    new_open = _open_paragraphs(both.new)
    holders: dict[int, list[int]] = defaultdict(list)
    for index, span in enumerate(new_open):
        for token in set(both.new.ids[span.start : span.end]):
            holders[token].append(index)
    taken: set[int] = set()
    for span in _open_paragraphs(both.old):
        shared: dict[int, float] = defaultdict(float)
        for token in set(both.old.ids[span.start : span.end]):
            found = holders.get(token, [])
            for index in found[:RARE] if len(found) <= RARE else ():
                shared[index] += 1 / len(found)
        for index in sorted(shared, key=lambda one: -shared[one])[:CANDIDATES]:
            if index not in taken and _pair(both, span, new_open[index]):
                taken.add(index)
                break


def _pair(both: Matches, span: Span, new_span: Span) -> bool:
    size, new_size = span.end - span.start, new_span.end - new_span.start
    if size * new_size > LARGEST_GAP:
        return False
    runs = equal_runs(
        both.old.ids[span.start : span.end], both.new.ids[new_span.start : new_span.end]
    )
    if both.agreement(span, new_span, runs) < PARAGRAPH_AGREEMENT:
        return False
    for run in runs:
        both.join(Common(span.start + run.old, new_span.start + run.new, run.length))
    return True


def _open_paragraphs(side: Side) -> list[Span]:
    """Return the paragraphs without any counterpart, as spans of tokens."""
    return [
        span
        for span in side.spans.values()
        if all(there < 0 for there in side.match[span.start : span.end])
    ]
