"""What a check is, and the facts that it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from reader.text.word_lists import WordsToFind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Fact(Enum):
    """What a check has to know beyond the words; each costs a look into the database."""

    KNOWN = "whether the author is known here"
    OWN = "what the author wrote lately"
    HERE = "what others wrote lately in the document"
    LIKES = "what says nearly the same"
    WORDS = "the lists of words"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A public text from before, as far as a check has to know of it.

    ``age`` is in seconds. ``is_like``: it says nearly the same in nearly the same words, and
    ``is_equal``: in just the same. ``is_new``: its author came within the last day.
    ``was_refused`` and ``was_approved``: by a moderator.
    """

    author: int | None
    age: float
    is_own: bool = False
    is_new: bool = False
    is_like: bool = False
    is_equal: bool = False
    was_refused: bool = False
    was_approved: bool = False
    is_bare: bool = False
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WordsOf:
    """A list of words, with the name that moderators know it by."""

    name: str
    words: WordsToFind


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that would be seen by everybody, and what is known around it.

    ``text`` is as people read it, suggested wording and tags included. ``hosts`` are those of its
    links, once for each link. ``is_known``: moderators have let enough of the author's texts stand.
    """

    text: str = ""
    word_count: int = 0
    hosts: tuple[str, ...] = ()
    is_known: bool = False
    earlier: Sequence[Earlier] = ()
    lists: Sequence[WordsOf] = ()
    has_judge: bool = False

    @property
    def own(self) -> Sequence[Earlier]:
        """What the author wrote lately."""
        return [one for one in self.earlier if one.is_own]

    @property
    def others(self) -> Sequence[Earlier]:
        """What others wrote."""
        return [one for one in self.earlier if not one.is_own]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule. ``judge`` returns why a draft should wait, for moderators, or None.

    ``label`` and ``help`` are for whoever sets it on a document. ``told`` ends the sentence "It
    waits for a moderator:" for the author; it says no more than helps somebody honest.
    """

    name: str
    label: "_StrPromise"
    help: "_StrPromise"
    told: "_StrPromise"
    judge: Callable[[Draft], str | None]
    asks: frozenset[Fact] = frozenset()
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """That a check holds a text, and why."""

    check: Check
    why: str


def people(texts: Sequence[Earlier]) -> int:
    """Return how many different people wrote these."""
    return len({one.author for one in texts})
