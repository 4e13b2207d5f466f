"""Selectors and one text in, the span they name and how sure that is out.

The quote is trusted, the position is a hint, and no anchor is better than a wrong one. Words that
only resemble the quote are taken where the caller asks for it.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, takewhile

from reader.text.anchoring.candidates import places_in
from reader.text.anchoring.verdicts import ORPHAN, Resolution, Verdict
from reader.text.quotations import find_quoted
from reader.text.selectors import TextPositionSelector, TextQuoteSelector

MAX_CANDIDATES = 1_000
"""What occurs more often than this is too common to be told apart by what stands around it."""

MAX_CONTEXT = 256
"""So many characters of a prefix or suffix are compared, those next to the quote."""

TELLING_LEAD = 4
"""An occurrence with so many more characters of context in place than another is the better one."""

TELLING_LENGTH = 16
"""A quote of so many characters is believed even where its context is gone."""

TELLING_SHARE = 0.125
"""A shorter quote is believed where at least this share of its context is in place."""

CLEARLY_NEARER = 2
"""The hint decides between equals when the runner-up is more than so many times as far away."""


FUZZY_LENGTH = 12
"""A quote of fewer characters resembles too much: it is found in its own words or not at all."""

FUZZY_LONGEST = 1_000
"""A quote of more characters takes too long to compare."""

FUZZY_SCORE = 0.8
"""Words that resemble the quote less than this are others."""

FUZZY_LEAD = 0.1
"""The best place must resemble the quote so much more than the second."""


def resolve(
    text: str,
    quote: TextQuoteSelector | None,
    position: TextPositionSelector | None = None,
    *,
    fuzzy: bool = False,
) -> Resolution:
    """Find the passage that the selectors name in ``text``.

    A quote that stands at the position is exact, unless its whole context stands around another
    occurrence and not there. Otherwise the occurrence with the most context in place wins, and
    between equals the one clearly nearer to the position. Without such evidence, and for a few
    words whose context is altogether gone, the answer is orphaned. A position without a quote is
    taken at its word when it lies inside the text. With ``fuzzy``, a quote that stands nowhere is
    looked for in another spelling, and then among words that resemble it.

    Takes time linear in the text: a quote that occurs more than ``MAX_CANDIDATES`` times is found
    by its whole context or at its position, else not at all.
    """
    if quote is None:
        return _position_alone(text, position)
    if not quote.exact:
        return ORPHAN
    found = _resolve_words(text, quote, position)
    return _resembling(text, quote) if fuzzy and found is ORPHAN else found


def _resolve_words(
    text: str, quote: TextQuoteSelector, position: TextPositionSelector | None
) -> Resolution:
    """Find the very words of the quote."""
    quote = replace(quote, prefix=quote.prefix[-MAX_CONTEXT:], suffix=quote.suffix[:MAX_CONTEXT])
    hint = position.start if position is not None else None
    if hint is not None and hint >= len(quote.prefix):
        in_context = quote.prefix + quote.exact + quote.suffix
        if text.startswith(in_context, hint - len(quote.prefix)):
            return Resolution(Verdict.EXACT, 1.0, hint, hint + len(quote.exact))
    exact = _standing_at(text, quote, hint)
    if exact.start is not None and _context_in_place(text, quote, exact.start) == _context(quote):
        return exact
    whole = [
        start + len(quote.prefix)
        for start in _occurrences(text, quote.prefix + quote.exact + quote.suffix)
    ]
    if exact is ORPHAN:
        return _choose(text, quote, whole or _occurrences(text, quote.exact), hint)
    moved = _choose(text, quote, whole, hint)
    return exact if moved is ORPHAN else moved


def _resembling(text: str, quote: TextQuoteSelector) -> Resolution:
    """Find the quote in another spelling, or the one place that resembles it most."""
    spelled = find_quoted(text, quote.exact, 0, len(text))
    if len(spelled) == 1:
        return Resolution(Verdict.MOVED, FUZZY_SCORE, *spelled[0])
    if spelled or not FUZZY_LENGTH <= len(quote.exact) <= FUZZY_LONGEST:
        return ORPHAN
    places = places_in(text).like(quote.exact, limit=2)
    second = places[1].score if len(places) > 1 else 0.0
    if not places or places[0].score < max(FUZZY_SCORE, second + FUZZY_LEAD):
        return ORPHAN
    return Resolution(Verdict.FUZZY, places[0].score, places[0].start, places[0].end)


def _standing_at(text: str, quote: TextQuoteSelector, hint: int | None) -> Resolution:
    """The exact anchor at the hint, or an orphan when other words stand there."""
    if hint is None or hint < 0 or not text.startswith(quote.exact, hint):
        return ORPHAN
    return Resolution(Verdict.EXACT, 1.0, hint, hint + len(quote.exact))


def _position_alone(text: str, position: TextPositionSelector | None) -> Resolution:
    """The position as it is, when it names a passage of the text."""
    if position is None or not 0 <= position.start < position.end <= len(text):
        return ORPHAN
    return Resolution(Verdict.EXACT, 1.0, position.start, position.end)


def _occurrences(text: str, words: str) -> list[int]:
    """Where ``words`` begin in ``text``, overlaps included; none when there are too many."""
    starts = list(islice(_each_occurrence(text, words), MAX_CANDIDATES + 1))
    return starts if len(starts) <= MAX_CANDIDATES else []


def _each_occurrence(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _choose(text: str, quote: TextQuoteSelector, starts: list[int], hint: int | None) -> Resolution:
    """The one occurrence that the evidence singles out, as a moved anchor, or an orphan."""
    if not starts:
        return ORPHAN
    in_place = {start: _context_in_place(text, quote, start) for start in starts}
    lead = max(in_place.values()) - TELLING_LEAD
    equals = [start for start in starts if in_place[start] > lead]
    if len(equals) > 1 and hint is not None:
        nearest, second = sorted(equals, key=lambda start: abs(start - hint))[:2]
        if abs(second - hint) > CLEARLY_NEARER * abs(nearest - hint):
            equals = [nearest]
    if len(equals) > 1:
        return ORPHAN
    best = equals[0]
    context = _context(quote)
    telling = context == 0 or in_place[best] >= TELLING_SHARE * context
    if not telling and len(quote.exact) < TELLING_LENGTH:
        return ORPHAN
    score = (len(quote.exact) + in_place[best]) / (len(quote.exact) + context)
    return Resolution(Verdict.MOVED, score, best, best + len(quote.exact))


def _context(quote: TextQuoteSelector) -> int:
    """How many characters of context the quote carries."""
    return len(quote.prefix) + len(quote.suffix)


def _context_in_place(text: str, quote: TextQuoteSelector, start: int) -> int:
    """How many characters of the context stand unbroken around the occurrence at ``start``."""
    end = start + len(quote.exact)
    before = text[max(0, start - len(quote.prefix)) : start]
    after = text[end : end + len(quote.suffix)]
    return _agreeing(reversed(before), reversed(quote.prefix)) + _agreeing(
        iter(after), iter(quote.suffix)
    )


def _agreeing(ours: Iterator[str], theirs: Iterator[str]) -> int:
    """The number of equal characters before the first difference."""
    pairs = zip(ours, theirs, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
