"""Edits inside paragraphs: slips of the pen, words, sentences."""

from random import Random

from tests.bench.revisions.lines import CLINGING, Change, Line, sentences, words
from tests.bench.revisions.writing import Writer

ARTICLES = {"the", "a", "an", "The", "A", "der", "die", "das", "ein", "eine"}
TYPO_SHARE = 0.02


def correct_typos(lines: list[Line], writer: Writer, rng: Random) -> list[Line]:
    """Words joined or parted, letters dropped, doubled, swapped, articles lost, commas changed."""
    return [line.changed(_typos(line.chars, rng)) for line in lines]


def _typos(chars: str, rng: Random) -> list[Change]:
    changes, free = list[Change](), 0
    spans = [span for span in words(chars) if rng.random() < TYPO_SHARE]
    for start, end in spans:
        change = _typo(chars, start, end, rng)
        if change and change[0] >= free:
            changes.append(change)
            free = change[1]
    return changes


def _typo(chars: str, start: int, end: int, rng: Random) -> Change | None:
    kind = rng.choice(("join", "comma", "part", "drop", "add", "swap"))
    if chars[start:end] in ARTICLES and chars[end : end + 1] == " ":
        return start, end + 1, Line.fresh("")
    if kind in {"join", "comma"}:
        return _between_words(chars, end, kind)
    inside = [
        index
        for index in range(start + 1, end - 1)
        if not any(map(CLINGING.match, chars[index - 1 : index + 2]))
    ]
    if not inside:
        return None
    middle, other = rng.choice(inside), rng.choice(chars[start:end])
    letter = chars[middle] if CLINGING.match(other) else other
    put = {"part": " ", "drop": "", "add": letter, "swap": letter}[kind]
    return middle, middle + (kind in {"drop", "swap"}), Line.fresh(put)


def _between_words(chars: str, place: int, kind: str) -> Change | None:
    after = chars[place : place + 1]
    if kind == "join":
        return (place, place + 1, Line.fresh("")) if after == " " else None
    if after and after in ",;:،、，":
        return place, place + 1, Line.fresh("")
    return (place, place, Line.fresh(",")) if after == " " else None


def replace_words(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """That share of all words gives way to other ones, never to a neighbour's."""
    return [line.changed(_replacements(line.chars, writer, rng, share)) for line in lines]


def _replacements(chars: str, writer: Writer, rng: Random, share: float) -> list[Change]:
    spans, changes = list(words(chars)), list[Change]()
    for index, (start, end) in enumerate(spans):
        if rng.random() < share:
            around = [chars[slice(*span)] for span in spans[max(0, index - 2) : index + 3]]
            word = writer.word_instead_of(rng, *around)
            changes.append((start, end, Line.fresh(word)))
    return changes


def insert_sentences(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """New sentences before or behind that share of the old ones."""
    gap = writer.vocabulary.gap and " "
    edited = []
    for line in lines:
        changes = list[Change]()
        for start, end in sentences(line.chars):
            if rng.random() < share:
                new = writer.sentence(rng)
                at_start = start == 0 or rng.random() < 0.8
                change = (start, start, new + gap) if at_start else (end, end, gap + new)
                changes.append((*change[:2], Line.fresh(change[2])))
        edited.append(line.changed(changes))
    return edited


def delete_sentences(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """That share of the sentences goes; a paragraph that loses all of them goes with them."""
    edited = []
    for line in lines:
        spans = [span for span in sentences(line.chars) if rng.random() < share]
        kept = line.changed([(start, end, Line.fresh("")) for start, end in spans])
        if kept.chars.strip():
            edited.append(kept.trimmed())
    return edited or lines[:1]


def move_sentences(lines: list[Line], writer: Writer, rng: Random, share: float) -> list[Line]:
    """That share of the sentences goes elsewhere, most of them not far."""
    taken, left = list[tuple[int, Line]](), list[Line]()
    for number, line in enumerate(lines):
        spans = [span for span in sentences(line.chars) if rng.random() < share]
        taken += [(number, line.cut(start, end)) for start, end in spans]
        left.append(line.changed([(start, end, Line.fresh("")) for start, end in spans]))
    gap = writer.vocabulary.gap and " "
    for number, moved in taken:
        reach = 5 if rng.random() < 0.6 else len(left)
        goal = min(len(left) - 1, max(0, number + rng.randint(-reach, reach)))
        line = left[goal]
        places = [start for start, _ in sentences(line.chars)] or [0]
        at = rng.choice(places)
        spaced = (
            moved
            if moved.chars[-1:].isspace()
            else moved.changed([(len(moved.chars), len(moved.chars), Line.fresh(gap))])
        )
        left[goal] = line.changed([(at, at, spaced)])
    return [line.trimmed() for line in left if line.chars.strip()]
