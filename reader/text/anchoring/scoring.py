"""How likely an anchor is right, from what is known about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an anchor.

    ``share`` of the passage's visible characters that came along (0.5 to 1), ``support`` the
    length of the longest shared run it belongs to, ``length`` of the passage, whether its place
    among the rest of the text was kept, in how many ``parts`` it came, and, where it was found by
    its words alone, how many times ``chance`` would have put them there.
    """

    share: float
    support: int
    length: int
    kept_order: bool
    parts: int
    chance: float = 0.0


def probability(evidence: Evidence) -> float:
    """Return how likely an anchor with such evidence is on the right words, 0 to 1."""
    return min(1.0, evidence.share)
