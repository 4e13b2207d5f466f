"""Aligning: from two texts to the runs of characters that they share."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rapidfuzz.distance import Indel

from reader.text.alignment.matches import Side
from reader.text.alignment.matching import match
from reader.text.alignment.paragraphs import Paragraph, paragraphs, same_paragraphs
from reader.text.alignment.runs import Alignment, Run
from reader.text.alignment.tokens import Numbering, Tokens, same_letters

TYPO_LENGTH = 60
"""Changed words of at most so many characters are compared letter by letter."""

TYPO_AGREEMENT = 0.6
"""And letters count as kept when at least this share of them agrees: a slip, not another word."""

SENTENCE_ENDS = frozenset(".!?…。！？।۔؟")


def align(old: str, new: str) -> Alignment:
    """Return which characters of ``old`` are which of ``new``.

    Linear in the texts for any revision that leaves something in place.
    """
    if old == new:
        return Alignment.of(old, new, [Run(0, 0, len(old))] if old else [])
    olds, news = paragraphs(old), paragraphs(new)
    same = same_paragraphs(olds, news)
    runs = [
        Run(olds[at].start, news[there].start, olds[at].end - olds[at].start)
        for at, there in same.items()
    ]
    runs += _changed(old, new, olds, news, same)
    return Alignment.of(old, new, _joined(old, new, sorted(runs)))


def _changed(
    old: str,
    new: str,
    olds: Sequence[Paragraph],
    news: Sequence[Paragraph],
    same: dict[int, int],
) -> Iterator[Run]:
    """Yield the runs of the paragraphs that are not the same."""
    numbering = Numbering()
    left = [(index, one) for index, one in enumerate(olds) if index not in same]
    taken = set(same.values())
    right = [(index, one) for index, one in enumerate(news) if index not in taken]
    tokens, numbers = _tokens(numbering, old, left)
    new_tokens, new_numbers = _tokens(numbering, new, right)
    side, new_side = _side(old, tokens, numbers), _side(new, new_tokens, new_numbers)
    for common in match(side, new_side):
        start = common.old
        while start < common.old + common.length:
            # Never over the end of a paragraph: what stands between may be another one.
            end = start + 1
            while end < common.old + common.length and numbers[end] == numbers[start]:
                end += 1
            there = common.new + start - common.old
            yield from _as_characters(old, new, tokens, new_tokens, (start, end), there)
            start = end


def _tokens(
    numbering: Numbering, text: str, chosen: Sequence[tuple[int, Paragraph]]
) -> tuple[Tokens, list[int]]:
    """Return the tokens of the chosen paragraphs, and the paragraph of each."""
    tokens, numbers = Tokens([], [], []), []
    for index, one in chosen:
        before = len(tokens.ids)
        numbering.add(tokens, text, one.start, one.end)
        numbers += [index] * (len(tokens.ids) - before)
    return tokens, numbers


def _side(text: str, tokens: Tokens, numbers: list[int]) -> Side:
    return Side(
        tokens.ids,
        [end - start for start, end in zip(tokens.starts, tokens.ends, strict=True)],
        numbers,
        [text[end - 1] in SENTENCE_ENDS for end in tokens.ends],
    )


def _as_characters(
    old: str, new: str, tokens: Tokens, new_tokens: Tokens, span: tuple[int, int], there: int
) -> Iterator[Run]:
    """Yield the runs of equal tokens as runs of characters."""
    start, end = span
    first, last = tokens.starts[start], tokens.ends[end - 1]
    new_first, new_last = new_tokens.starts[there], new_tokens.ends[there + end - start - 1]
    if old[first:last] == new[new_first:new_last]:
        yield Run(first, new_first, last - first)
        return
    begun = Run(first, new_first, 0)  # tokens of equal length, as far apart as they were
    for at in range(start, end):
        begins, ends = tokens.starts[at], tokens.ends[at]
        new_begins, new_ends = (
            new_tokens.starts[there + at - start],
            new_tokens.ends[there + at - start],
        )
        is_as_long = ends - begins == new_ends - new_begins
        if is_as_long and begins - begun.old == new_begins - begun.new:
            begun = Run(begun.old, begun.new, ends - begun.old)
            continue
        if begun.length:
            yield begun
        if is_as_long:
            begun = Run(begins, new_begins, ends - begins)
            continue
        for place, new_place in same_letters(old[begins:ends], new[new_begins:new_ends]):
            yield Run(begins + place, new_begins + new_place, 1)
        begun = Run(ends, new_ends, 0)
    if begun.length:
        yield begun


def _equal_letters(word: str, other: str, start: int, there: int) -> Iterator[Run]:
    for block in Indel.editops(word, other).as_matching_blocks():
        if block.size:
            yield Run(start + block.a, there + block.b, block.size)


def _joined(old: str, new: str, runs: Sequence[Run]) -> list[Run]:
    """Return the runs with what lies between neighbours: white space, and words with a slip."""
    found: list[Run] = []
    by_new = {after.new: before for before, after in pairwise(sorted(runs, key=_by_new))}
    for run in runs:
        before = found[-1] if found else Run(0, 0, 0)
        ends, new_ends = before.old + before.length, before.new + before.length
        is_next = run.new not in by_new if not found else _follows(by_new.get(run.new), new_ends)
        if is_next and ends < run.old and new_ends < run.new:
            gap, new_gap = old[ends : run.old], new[new_ends : run.new]
            for part in _between(gap, new_gap, ends, new_ends):
                _append(found, part)
        _append(found, run)
    last = found[-1] if found else Run(0, 0, 0)
    ends, new_ends = last.old + last.length, last.new + last.length
    if all(run.new < new_ends for run in runs):
        for part in _between(old[ends:], new[new_ends:], ends, new_ends):
            _append(found, part)
    return found


def _by_new(run: Run) -> int:
    return run.new


def _follows(before: Run | None, new_ends: int) -> bool:
    """Whether the run that comes before in the newer text is the one that ends there."""
    return before is not None and before.new + before.length == new_ends


def _between(gap: str, new_gap: str, start: int, there: int) -> Iterator[Run]:
    """Yield what two stretches between the same neighbours share."""
    if gap == new_gap or (gap.isspace() and new_gap.isspace() and len(gap) == len(new_gap)):
        if gap:
            yield Run(start, there, len(gap))
        return
    words, new_words = gap.strip(), new_gap.strip()
    if not words or not new_words or max(len(words), len(new_words)) > TYPO_LENGTH:
        return
    if Indel.normalized_similarity(words, new_words) < TYPO_AGREEMENT:
        return
    at, to = gap.index(words), new_gap.index(new_words)
    ends, new_ends = at + len(words), to + len(new_words)
    if at and gap[:at] == new_gap[:to]:
        yield Run(start, there, at)
    yield from _equal_letters(words, new_words, start + at, there + to)
    if ends < len(gap) and gap[ends:] == new_gap[new_ends:]:
        yield Run(start + ends, there + new_ends, len(gap) - ends)


def _append(found: list[Run], run: Run) -> None:
    """Add the run, as part of the last one where it continues that in both texts."""
    if found:
        last = found[-1]
        if last.old + last.length == run.old and last.new + last.length == run.new:
            found[-1] = Run(last.old, last.new, last.length + run.length)
            return
    found.append(run)
