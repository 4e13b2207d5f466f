"""How likely an anchor is right, from what is known about it.

The figures are shares of wrong anchors as measured on revisions with known truth (``make
bench-anchoring`` shows scores beside what came of them), rounded up: the texts of the world are
less regular than generated ones.
"""

import math
from dataclasses import dataclass

SAME_WORDS = 0.0005
"""Wrong among anchors with all their words, in the order of the text."""

OTHER_PLACE = 0.001
"""Added for a passage that went elsewhere."""

HALF_GONE = 0.04
"""Added where only half of the passage came along; less where more did."""

LITTLE_SUPPORT = 0.01
"""Added where changed words hang on a shared run of fewer than ``SHORT_RUN`` characters."""

SHORT_RUN = 16

BY_WORDS_ALONE = 0.1
"""Added for words found again by themselves, with nothing around them in place."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an anchor.

    ``share`` of the passage's visible characters that came along (0.5 to 1), ``support`` the
    length of the longest shared run it belongs to (0: found by its words alone), and whether its
    place among the rest of the text was kept.
    """

    share: float
    support: int
    kept_order: bool


def probability(evidence: Evidence) -> float:
    """Return how likely an anchor with such evidence is on the right words, 0 to 1."""
    gone = 2 * (1 - evidence.share)
    wrong = SAME_WORDS + HALF_GONE * gone * math.sqrt(gone)
    if not evidence.kept_order:
        wrong += OTHER_PLACE
    if not evidence.support:
        wrong += BY_WORDS_ALONE
    elif evidence.share < 1 and evidence.support < SHORT_RUN:
        wrong += LITTLE_SUPPORT
    return 1 - wrong
