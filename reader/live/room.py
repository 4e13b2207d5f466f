"""How many connections may be open at once."""

from collections import Counter
from typing import TypeVar

Key = TypeVar("Key", str, int)


class Room:
    """Counts what is open in one worker.

    Args:
        per_address: how many may be open from one network address.
        per_person: by one person.
        in_all: together.
    """

    def __init__(self, per_address: int, per_person: int, in_all: int) -> None:
        self._per_address, self._per_person, self._in_all = per_address, per_person, in_all
        self._addresses: Counter[str] = Counter()
        self._people: Counter[int] = Counter()
        self._open = 0

    def __len__(self) -> int:
        return self._open

    def is_full(self) -> bool:
        """Whether nobody can come in."""
        return self._open >= self._in_all

    def has_room_for(self, person: int, address: str) -> bool:
        """Whether one more may be opened by this person (0: nobody), from this address."""
        return bool(
            self._addresses[address] < self._per_address
            and not (person and self._people[person] >= self._per_person)
            and not self.is_full()
        )

    def take(self, person: int, address: str) -> None:
        """Count one that was opened."""
        self._open += 1
        self._addresses[address] += 1
        self._people[person] += 1

    def give_back(self, person: int, address: str) -> None:
        """Count one that was closed."""
        self._open -= 1
        _take_one(self._addresses, address)
        _take_one(self._people, person)


def _take_one(counter: Counter[Key], key: Key) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
