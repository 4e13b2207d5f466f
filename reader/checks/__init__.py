"""Checks before publication: small rules, one a module, which say why a text should wait.

A rule knows nothing of the database: it is given the facts (:class:`Draft`). What is found is held
for a moderator and never dropped; see ``actions/holding.py``.
"""

from collections.abc import Iterable, Sequence

from reader.checks import crowds, first_posts, links, outside, repeats, speed, words
from reader.checks.base import Check, Draft, Earlier, Fact, Finding, WordsOf

CHECKS: tuple[Check, ...] = (
    first_posts.CHECK,
    links.CHECK,
    repeats.CHECK,
    words.CHECK,
    speed.CHECK,
    crowds.CHECK,
    outside.CHECK,
)
BY_NAME = {check.name: check for check in CHECKS}


def named(names: str) -> Sequence[Check]:
    """Return the checks of these names (with spaces between them), in the order of the chain."""
    asked = set(names.split())
    return [check for check in CHECKS if check.name in asked]


def facts_for(checks: Iterable[Check]) -> frozenset[Fact]:
    """Return which facts the checks ask for."""
    return frozenset().union(*(check.asks for check in checks))


def findings(checks: Iterable[Check], draft: Draft) -> list[Finding]:
    """Return what the checks say against showing the draft at once, in their order."""
    said = [(check, check.judge(draft)) for check in checks]
    return [Finding(check, why) for check, why in said if why]


__all__ = [
    "BY_NAME",
    "CHECKS",
    "Check",
    "Draft",
    "Earlier",
    "Fact",
    "Finding",
    "WordsOf",
    "facts_for",
    "findings",
    "named",
]
