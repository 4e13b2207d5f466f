"""What became of a file of annotations."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Report:
    """What became of a file, for the person who brought it.

    ``saved`` counts all that came in, replies among them; of the roots in it, ``elsewhere`` stand
    on other words or at another place than in the file, and ``orphans`` nowhere. ``cleaned``: came
    in without something that could not be kept. ``refused`` counts each reason.
    """

    saved: int = 0
    replies: int = 0
    known: int = 0
    elsewhere: int = 0
    orphans: int = 0
    cleaned: int = 0
    refused: "Counter[str]" = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def refuse(self, name: str, reason: str) -> None:
        """Count something that did not come in."""
        self.refused[reason] += 1
        self.examples.setdefault(reason, name)

    @property
    def refused_total(self) -> int:
        """How many did not come in."""
        return self.refused.total()

    @property
    def refusals(self) -> list[dict[str, Any]]:
        """Each reason with how often it was given and one annotation it was given for."""
        return [
            {"reason": reason, "count": count, "example": self.examples[reason]}
            for reason, count in self.refused.most_common()
        ]
