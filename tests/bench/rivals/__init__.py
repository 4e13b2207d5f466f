"""What a user would install instead, and Postil: each filled and served in the same way."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.bench.processes import ROOT, Server

AUTHORS = 20
WRITERS = 8
WORDS = 16  # of a comment
Request = tuple[str, dict[str, str], bytes]
"""Path, headers and body of a POST."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A server that is filled: where its pages are, and how a writer asks it for a comment."""

    server: Server
    pages: dict[int, str]
    """The page with so many comments, by the number."""

    request: Callable[[int, int], Request]
    """What the nth writer sends as their nth comment."""


def email(number: int) -> str:
    """Return the address of one of :data:`AUTHORS`."""
    return f"person{number % AUTHORS}@example.org"


@cache
def _vocabulary() -> list[str]:
    return (ROOT / "seeds" / "transcript.txt").read_text().split()


def remark(number: int) -> str:
    """Return what a comment says: words of the speech, others for each number.

    Would all say the same, Postil would look after a campaign of form letters.
    """
    return " ".join(random.Random(number).choices(_vocabulary(), k=WORDS))
