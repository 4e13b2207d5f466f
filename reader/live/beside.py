"""Who reads which paragraph: in this worker, and in the others as they tell.

It is where open streams of people who are signed in say that they are (``?at=p12``), and it is kept
in memory alone. Workers tell each other numbers of people and names of blocks; a reader is told a
number, and never whose.
"""

import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

Place = tuple[int, str]  # the number of a person, and the block that they read

REF = re.compile(r"[ph][1-9][0-9]{0,6}")
SAYS_AGAIN_EVERY = 10.0  # seconds
FORGETS_AFTER = 25.0  # a worker that says nothing any more is gone
MOST_TOLD = 300  # places of one document: a message to PostgreSQL has room for so many
MOST_HEARD = 10_000  # lists of others that are kept


@dataclass(slots=True)
class _Heard:
    places: frozenset[Place]
    at: float = field(default_factory=time.monotonic)


class Beside:
    """Who reads which paragraph of which document."""

    def __init__(self) -> None:
        self._worker = secrets.token_hex(6)
        self._here: dict[int, frozenset[Place]] = {}
        self._there: dict[tuple[str, int], _Heard] = {}
        self._said = 0.0

    def note(self, here: Mapping[int, frozenset[Place]]) -> list[str]:
        """Take down who is here, by document, and return what the other workers are to be told."""
        now = time.monotonic()
        is_due = now - self._said > SAYS_AGAIN_EVERY
        self._said = now if is_due else self._said
        documents = here.keys() | self._here.keys()
        changed = {one for one in documents if here.get(one) != self._here.get(one)}
        self._here = dict(here)
        for key in [key for key, heard in self._there.items() if now - heard.at > FORGETS_AFTER]:
            del self._there[key]
        return [self._written(one) for one in (documents if is_due else changed)]

    def _written(self, document: int) -> str:
        places = sorted(self._here.get(document, ()))[:MOST_TOLD]
        said = {"from": self._worker, "document": document, "places": places}
        return json.dumps(said, separators=(",", ":"))

    def hear(self, message: str) -> None:
        """Take down what another worker tells; what is not understood is passed over."""
        try:
            said = json.loads(message)
            worker, document = str(said["from"]), int(said["document"])
            places = frozenset((int(person), str(ref)) for person, ref in said["places"])
        except (ValueError, TypeError, KeyError):
            return
        if worker == self._worker:
            return
        if not any(known == worker for known, _document in self._there):
            self._said = 0.0  # it may be new, and has not heard who is here
        if not places:
            self._there.pop((worker, document), None)
        elif len(self._there) < MOST_HEARD or (worker, document) in self._there:
            self._there[worker, document] = _Heard(places)

    def count(self, documents: Collection[int]) -> dict[int, Counter[str]]:
        """Return how many people read each paragraph of these documents, in all workers."""
        everybody = {one: set(self._here.get(one, ())) for one in documents}
        for (_worker, document), heard in self._there.items():
            if document in everybody:
                everybody[document] |= heard.places
        return {one: Counter(ref for _who, ref in some) for one, some in everybody.items()}
