"""Edits of whole paragraphs: their order, their limits, their being there at all."""

from random import Random

from tests.bench.revisions.lines import Line, joined, sentences
from tests.bench.revisions.wording import replace_words
from tests.bench.revisions.writing import Writer


def reorder_paragraphs(
    lines: list[Line], writer: Writer, rng: Random, share: float, replaced: float = 0.0
) -> list[Line]:
    """That share of the paragraphs moves, alone or a few together, near or far.

    With ``replaced``, that share of the words of a paragraph that moves is replaced too.
    """
    order = list(lines)
    for _ in range(max(1, round(len(lines) * share / 2))):
        size = min(rng.choice((1, 1, 2, 4)), len(order) - 1)
        if size < 1:
            break
        start = rng.randrange(len(order) - size + 1)
        moved = order[start : start + size]
        del order[start : start + size]
        if replaced:
            moved = replace_words(moved, writer, rng, replaced)
        goal = rng.randrange(len(order) + 1)
        order[goal:goal] = moved
    return order


def split_paragraphs(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """That share of the paragraphs with several sentences becomes two each."""
    edited = []
    for line in lines:
        starts = [start for start, _ in sentences(line.chars)][1:]
        if not starts or rng.random() >= share:
            edited.append(line)
            continue
        at = rng.choice(starts)
        before = len(line.chars[:at].rstrip())
        edited += [line.cut(0, before), line.cut(at)]
    return edited


def merge_paragraphs(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """That share of the paragraphs is drawn to the one before."""
    gap = writer.vocabulary.gap and " "
    edited = lines[:1]
    for line in lines[1:]:
        if rng.random() < share:
            edited[-1] = joined([edited[-1], line], gap)
        else:
            edited.append(line)
    return edited


def rewrite_paragraphs(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """That share of the paragraphs gives way to new text in the same language."""
    return [Line.fresh(writer.paragraph(rng)) if rng.random() < share else line for line in lines]


def insert_paragraphs(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """New paragraphs before that share of the old ones."""
    edited = []
    for line in lines:
        if rng.random() < share:
            edited.append(Line.fresh(writer.paragraph(rng)))
        edited.append(line)
    return edited


def delete_paragraphs(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """That share of the paragraphs goes."""
    return [line for line in lines if rng.random() >= share] or lines[:1]
