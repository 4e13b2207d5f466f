"""Quotes as people make them, with as much of their selectors as some client kept."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from reader.text.selectors import CONTEXT, TextPositionSelector, TextQuoteSelector
from tests.bench.revisions.lines import CLINGING, words
from tests.bench.revisions.scenarios import SEPARATOR, Revision

SHORTEST, LONGEST = 5, 200
KEPT = (
    ("all", 0.55),
    ("no position", 0.1),
    ("no context", 0.1),
    ("position off", 0.15),
    ("position off, no context", 0.05),
    ("words only", 0.05),
)
"""What is left of the selectors, and how often."""
INSEPARABLE = re.compile(f"{CLINGING.pattern}|[\u200d\ufe0f\U0001f1e6-\U0001f1ff\n\r ]")


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of the old text, and the selectors that name it."""

    start: int
    end: int
    kept: str
    quote: TextQuoteSelector
    position: TextPositionSelector | None


def make_quotes(revision: Revision, count: int) -> Iterator[Quote]:
    """So many quotes that can be found in the old text without doubt."""
    rng = Random(f"quotes|{revision.scenario.name}|{revision.language}|{revision.seed}")
    text = revision.old
    spans = list(words(text))
    starts, ends = [span[0] for span in spans], [span[1] for span in spans]
    made, tries = 0, 0
    while made < count and tries < 20 * count:
        tries += 1
        start, end = _passage(text, starts, ends, rng)
        exact = text[start:end]
        if not SHORTEST <= end - start <= LONGEST or exact != exact.strip():
            continue
        quote = _select(text, start, end, rng)
        if _is_clear(text, quote):
            made += 1
            yield quote


def _passage(text: str, starts: list[int], ends: list[int], rng: Random) -> tuple[int, int]:
    """Mostly whole words; some cut words, paragraphs whole, some over their ends, some short."""
    kind = rng.random()
    length = round(math.exp(rng.uniform(math.log(SHORTEST), math.log(LONGEST))))
    first = rng.randrange(len(starts))
    start = starts[first]
    if kind < 0.03:
        before, behind = text.rfind(SEPARATOR, 0, start), text.find(SEPARATOR, start)
        return before + len(SEPARATOR) if before >= 0 else 0, behind if behind >= 0 else len(text)
    if kind < 0.12:
        return start, ends[min(len(ends) - 1, first + rng.randint(0, 2))]
    if kind < 0.22:
        limit = text.find(SEPARATOR, start)
        start = max(0, limit - rng.randint(1, length)) if limit >= 0 else start
        return _cut(text, start, start + length)
    if kind < 0.37:
        start += rng.randint(0, ends[first] - start)
        return _cut(text, start, start + length)
    last = first
    while last + 1 < len(ends) and ends[last] - start < length:
        last += 1
    return start, ends[last]


def _cut(text: str, start: int, end: int) -> tuple[int, int]:
    """A span that neither begins nor ends inside of what is seen as one character."""
    while start < len(text) and INSEPARABLE.match(text[start]):
        start += 1
    end = min(end, len(text))
    while end < len(text) and INSEPARABLE.match(text[end]):
        end += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _select(text: str, start: int, end: int, rng: Random) -> Quote:
    kept = rng.choices([name for name, _ in KEPT], [share for _, share in KEPT])[0]
    exact, prefix, suffix = text[start:end], "", ""
    if kept not in {"no context", "position off, no context", "words only"}:
        prefix, suffix = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    position = None
    if kept not in {"no position", "words only"}:
        off = rng.choice((-7, -3, -2, -1, 1, 2, 3, 9, 40)) if "off" in kept else 0
        claimed = max(0, start + off)
        position = TextPositionSelector(claimed, claimed + end - start)
    return Quote(start, end, kept, TextQuoteSelector(exact, prefix, suffix), position)


def _is_clear(text: str, quote: Quote) -> bool:
    """Whether the selectors name one passage of the old text only."""
    selector = quote.quote
    if quote.position and quote.position.start == quote.start:
        return True
    whole = selector.prefix + selector.exact + selector.suffix
    at, others = text.find(whole), list[int]()
    while at >= 0:
        if at + len(selector.prefix) != quote.start:
            others.append(at + len(selector.prefix))
        at = text.find(whole, at + 1)
    if not others or quote.position is None:
        return not others
    off = abs(quote.position.start - quote.start)
    return all(2 * off < abs(quote.position.start - other) for other in others)
