"""One look at the database for news. It is made in a thread, of what the event loop wants to know.

Whether somebody may read something is decided here, when it is sent.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reader.live import streams
from reader.queries import live, review_presence
from reader.queries import streams as stream_queries
from reader.queries.live import Change, Notice, Source
from reader.queries.sessions import Seat, still_taken
from reader.queries.streams import Listening, Told

MOST_BEHIND = 1_000  # events: beyond them a page is shown anew
AT_ONCE = 200  # events of a document that are told in one go

Notices = dict[int, list[Notice]]  # by person
Places = dict[int, frozenset[tuple[int, int | None]]]  # of documents: who is at which thread


@dataclass(frozen=True, slots=True)
class Start:
    """From where a stream wants to begin; ``after`` is None for: from now on."""

    document: int
    person: int
    after: int | None
    is_desk: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the event loop wants to know.

    Args:
        positions: the number of the last event that was told, by document.
        sockets: who listens to which document by a socket.
        sources: the tokens and grants that sockets rest on.
        listeners: who listens to each document by a stream; ``desks``: at the review desk.
        starts: the streams that are to begin.
        seats: the sessions that streams rest on.
        is_due: whether it is time to ask if those who listen still may.
        is_looking_round: whether to say who is at the desks.
    """

    positions: dict[int, int]
    sockets: Sequence[Listening] = ()
    sources: Sequence[Source] = ()
    listeners: Mapping[int, set[int]] = field(default_factory=dict)
    desks: Mapping[int, set[int]] = field(default_factory=dict)
    starts: frozenset[Start] = frozenset()
    seats: frozenset[Seat] = frozenset()
    is_due: bool = False
    is_looking_round: bool = False


class News:
    """What one look found.

    ``positions`` up to which event it tells, ``undone`` the documents whose log has become
    shorter, ``lost`` those that are there no more; ``notices`` for sockets, ``told`` for streams,
    ``begun`` what each start begins with and up to which event that is. ``ended_*`` name those who
    may not go on listening. ``still_open`` and ``places`` are None where that was not asked.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.positions: dict[int, int] = {}
        self.undone: set[int] = set()
        self.notices: dict[int, Notices] = {}
        self.told: dict[int, list[Told]] = {}
        self.begun: dict[Start, tuple[int, bytes]] = {}
        self.has_more = False
        self.still_open: set[tuple[type[Source], int]] | None = None
        self.ended_seats: set[Seat] = set()
        self.ended_readers: set[Listening] = set()
        self.ended_reviewers: set[Listening] = set()
        self.places: Places | None = None
        documents = wanted.positions.keys() | {start.document for start in wanted.starts}
        last = live.last_events(documents) if documents else {}
        self.lost = documents - last.keys()
        news = self._positions(wanted, last)
        self._begin(wanted.starts, {**last, **self.positions})
        self._tell_streams(wanted, news)
        self._tell_sockets(wanted, news)
        if wanted.is_due:
            self._check(wanted)
        if wanted.is_looking_round:
            self.places = review_presence.places(list(wanted.desks))

    def _positions(self, wanted: Wanted, last: dict[int, int]) -> list[int]:
        """Note up to which event is told now, and return the documents with something to tell."""
        news = []
        for document, position in wanted.positions.items():
            number = last.get(document, position)
            if number < position:
                self.undone.add(document)
                self.positions[document] = number
            elif number > position:
                self.positions[document] = min(number, position + AT_ONCE)
                self.has_more |= number > position + AT_ONCE
                news.append(document)
        return news

    def _begin(self, starts: frozenset[Start], last: dict[int, int]) -> None:
        """Tell each what it missed, up to where all the others of its document are."""
        behind: dict[int, list[Start]] = defaultdict(list)
        for start in starts:
            number = last.get(start.document)
            if number is None:
                continue
            after = number if start.after is None else start.after
            if not 0 <= number - after <= MOST_BEHIND:
                self.begun[start] = (number, streams.reset(number))
            elif after == number:
                self.begun[start] = (number, streams.opening(number))
            else:
                behind[start.document].append(start)
        for document, some in behind.items():
            self._catch_up(document, some, last[document])

    def _catch_up(self, document: int, starts: Sequence[Start], until: int) -> None:
        first = min(start.after or 0 for start in starts)
        told = stream_queries.tell(
            document,
            stream_queries.happened(document, first, until),
            {start.person for start in starts},
            {start.person for start in starts if start.is_desk},
        )
        for start in starts:
            after = start.after or 0
            missed = [one for one in told if one.number > after]
            pieces = [streams.opening(after), *written(missed, start.person)]
            self.begun[start] = (until, b"".join(pieces))

    def _tell_streams(self, wanted: Wanted, news: Sequence[int]) -> None:
        for document in news:
            listeners = wanted.listeners.get(document)
            if listeners:
                since = wanted.positions[document]
                events = stream_queries.happened(document, since, self.positions[document])
                desks = wanted.desks.get(document, set())
                self.told[document] = stream_queries.tell(document, events, listeners, desks)
        # Nothing is said to single people before it is known that they are still signed in.
        apart = {person for told in self.told.values() for one in told for person in one.apart}
        if apart and not wanted.is_due:
            asked = {seat for seat in wanted.seats if seat.person in apart}
            self.ended_seats = asked - still_taken(asked)

    def _tell_sockets(self, wanted: Wanted, news: Sequence[int]) -> None:
        readers: dict[int, set[int]] = defaultdict(set)
        for document, person in wanted.sockets:
            readers[document].add(person)
        changes: dict[int, list[Change]] = {}
        for document in news:
            if readers[document]:
                since = wanted.positions[document]
                changes[document], _until = live.changes_after(document, since)
        if wanted.sources and (wanted.is_due or changes):
            self.still_open = live.still_open(wanted.sources)
        if not any(changes.values()):
            return
        viewers = live.people({person for document in changes for person in readers[document]})
        for document, some in changes.items():
            if some:
                self.notices[document] = {
                    person: live.notices_for(viewers[person], some)
                    for person in readers[document]
                    if person in viewers
                }

    def _check(self, wanted: Wanted) -> None:
        pairs = _pairs(wanted.listeners)
        if wanted.seats:
            self.ended_seats = set(wanted.seats) - still_taken(wanted.seats)
        if pairs:
            self.ended_readers = pairs - stream_queries.still_reading(pairs)
        if wanted.desks:
            desks = _pairs(wanted.desks)
            self.ended_reviewers = desks - stream_queries.still_reviewing(desks)


def written(told: Sequence[Told], person: int) -> list[bytes]:
    """Return what a person (0: nobody in particular) is told, as it is written into streams."""
    messages = [(one.number, one.to(person)) for one in told]
    return [streams.event(number, message) for number, message in messages if message is not None]


def _pairs(people: Mapping[int, set[int]]) -> set[Listening]:
    return {(document, person) for document, some in people.items() for person in some}
