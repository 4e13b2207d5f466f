"""Revisions of texts with known truth: made from seeds, edit by edit, character by character.

Nothing here knows how an anchoring algorithm works. Texts are edited as sequences of characters
that carry their place in the old text, so that what became of a passage follows from the edits.
"""

from tests.bench.revisions.judging import Answer, Outcome, Tally, judge, total_of
from tests.bench.revisions.quotes import Quote, make_quotes
from tests.bench.revisions.scenarios import (
    LANGUAGES,
    SCENARIOS,
    Revision,
    Scenario,
    make_revision,
)
from tests.bench.revisions.truth import Fate, Span, Truth, truth_of

__all__ = [
    "LANGUAGES",
    "SCENARIOS",
    "Answer",
    "Fate",
    "Outcome",
    "Quote",
    "Revision",
    "Scenario",
    "Span",
    "Tally",
    "Truth",
    "judge",
    "make_quotes",
    "make_revision",
    "total_of",
    "truth_of",
]
