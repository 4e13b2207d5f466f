"""What exporters are given: a work, its text block by block, and what was written about it.

Plain records, read by whoever asks the database. A note holds only what its reader may know: one
that is withheld keeps its place and has no words, author or tags.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reader.text.blocks import Block


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wrote or decided: a name that is unique on the site, and the one to show."""

    username: str
    name: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a root stands in one edition; refs are empty where its passage is gone."""

    edition: int
    verdict: str
    score: float
    first_ref: str = ""
    start: int | None = None
    last_ref: str = ""
    end: int | None = None
    decided_at: datetime.datetime | None = None
    decided_by: Person | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A reviewer's decision on a thread; with ``withdrawn_at`` it is history."""

    outcome: str
    reason: str
    decided_at: datetime.datetime
    decided_by: Person | None = None
    addressed_in: int | None = None
    duplicate_of: str = ""
    withdrawn_at: datetime.datetime | None = None
    withdrawn_by: Person | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier wording."""

    version: int
    body: str
    replacement: str | None
    exact: str
    written_at: datetime.datetime
    was_public: bool


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation or a reply.

    ``depth`` is 0 for a root, one more for each answer. ``number`` counts the threads shown in the
    text's order; a bare highlight has 0. ``withheld`` is empty, or why there are no words:
    ``deleted``, ``removed`` or ``waiting``.
    """

    uid: str
    motivation: str
    created_at: datetime.datetime
    edition: int
    depth: int = 0
    number: int = 0
    withheld: str = ""
    parent: str = ""
    author: Person | None = None
    body: str = ""
    html: str = ""
    replacement: str | None = None
    language: str = ""
    tags: Sequence[str] = ()
    visibility: str = "public"
    group: str = ""
    status: str = "approved"
    exact: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int | None = None
    end: int | None = None
    edited_at: datetime.datetime | None = None
    deleted_at: datetime.datetime | None = None
    version: int = 1
    agree: int = 0
    disagree: int = 0
    foreign_id: str = ""
    spots: Sequence[Spot] = ()
    rulings: Sequence[Ruling] = ()
    revisions: Sequence[Revision] = ()

    @property
    def standing(self) -> Ruling | None:
        """The decision that stands, if there is one."""
        return next((one for one in self.rulings if one.withdrawn_at is None), None)


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage in one block, in the block's offsets, and the number of its note (0: none)."""

    start: int
    end: int
    number: int
    motivation: str
    ends_here: bool


@dataclass(slots=True)
class Section:
    """A block with the marks in it and the notes that begin in it.

    Without a block: notes whose passage is not in the text. ``notes`` can be read once, and before
    the next section is asked for.
    """

    block: Block | None
    marks: Sequence[Mark] = ()
    notes: Iterator[Note] = field(default_factory=lambda: iter(()))


@dataclass(frozen=True, slots=True)
class Work:
    """The document, the edition that is exported, and where the site is."""

    slug: str
    title: str
    base_url: str
    edition: int
    edition_name: str
    author: str = ""
    description: str = ""
    language: str = "en"
    date: datetime.date | None = None
    rights: str = ""
    source_url: str = ""

    def edition_url(self, number: int | None = None) -> str:
        """The address of an edition, of the exported one without a number."""
        return f"{self.base_url}/d/{self.slug}/e/{number or self.edition}/"

    def note_url(self, uid: str) -> str:
        """The address of an annotation."""
        return f"{self.base_url}/a/{uid}/"

    @property
    def url(self) -> str:
        """The address of the document."""
        return f"{self.base_url}/d/{self.slug}/"
