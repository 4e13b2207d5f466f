"""The open streams of one worker, by document, and what each look brings them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reader.live import streams
from reader.live.beside import Place
from reader.live.news import News, Places, Start, written
from reader.live.streams import Stream
from reader.queries.sessions import NOBODY, Seat
from reader.queries.streams import Told


class Listeners:
    """The open streams of one worker."""

    def __init__(self) -> None:
        self._open: dict[int, set[Stream]] = defaultdict(set)
        self._starting: dict[Stream, Start] = {}
        self._places: Places = {}

    def __bool__(self) -> bool:
        return bool(self._open or self._starting)

    def __iter__(self) -> Iterator[Stream]:
        """Go through all streams, also those that wait to begin."""
        return iter([*self._starting, *(one for some in self._open.values() for one in some)])

    @property
    def documents(self) -> set[int]:
        """The documents that are told of."""
        return set(self._open)

    @property
    def have_desks(self) -> bool:
        """Whether somebody listens at a review desk."""
        return any(one.is_desk for one in self)

    @property
    def starts(self) -> frozenset[Start]:
        """From where streams wait to begin."""
        return frozenset(self._starting.values())

    @property
    def seats(self) -> frozenset[Seat]:
        """The sessions that streams rest on."""
        return frozenset(one.seat for one in self if one.seat is not NOBODY)

    def people(self, *, at_desks: bool = False) -> dict[int, set[int]]:
        """Return who listens, by document; or who of them listens at its review desk."""
        found = {
            document: {one.seat.person for one in some if one.is_desk or not at_desks}
            for document, some in self._open.items()
        }
        return {document: some for document, some in found.items() if some}

    @property
    def reading(self) -> dict[int, frozenset[Place]]:
        """Who is at which paragraph, by document, as far as they say."""
        found = {
            document: frozenset((one.seat.person, one.at) for one in some if one.at)
            for document, some in self._open.items()
        }
        return {document: some for document, some in found.items() if some}

    def tell_beside(self, counted: Mapping[int, Counter[str]]) -> None:
        """Tell each how many others are at their paragraph, where that has changed."""
        for document, by_ref in counted.items():
            for stream in self._open.get(document, ()):
                others = max(0, by_ref[stream.at] - 1) if stream.at else 0
                if others != stream.beside:
                    stream.beside = others
                    stream.say(streams.beside(stream.at, others))

    def add(self, stream: Stream) -> None:
        """Let the stream begin with the next look."""
        person, after = stream.seat.person, stream.after
        self._starting[stream] = Start(stream.document, person, after, stream.is_desk)

    def remove(self, stream: Stream) -> None:
        """Forget a stream that is closed."""
        self._starting.pop(stream, None)
        some = self._open.get(stream.document)
        if some is not None:
            some.discard(stream)
            if not some:
                del self._open[stream.document]
                self._places.pop(stream.document, None)

    def take(self, news: News) -> None:
        """Close what may not go on, hand out the news, and let those begin that waited."""
        for stream in self:
            here = (stream.document, stream.seat.person)
            is_over = stream.seat in news.ended_seats or here in news.ended_readers
            stream.is_desk &= here not in news.ended_reviewers
            if is_over or stream.document in news.lost:
                stream.close()
        for document, told in news.told.items():
            self._hand_out(document, told)
        for document in news.undone:
            for stream in self._open.get(document, ()):
                stream.say(streams.reset(news.positions[document]))
        if news.places is not None:
            self._tell_places(news.places)
        self._begin(news)

    def _hand_out(self, document: int, told: Sequence[Told]) -> None:
        to_all = b"".join(written(told, 0))
        apart = {
            person: b"".join(written(told, person))
            for person in {person for one in told for person in one.apart}
        }
        for stream in self._open.get(document, ()):
            piece = apart.get(stream.seat.person, to_all)
            if piece:
                stream.say(piece)

    def _tell_places(self, places: Places) -> None:
        for document, here in places.items():
            if document in self._places and here != self._places[document]:
                for stream in self._open.get(document, ()):
                    if stream.is_desk:
                        stream.say(streams.HERE)
        self._places = places

    def _begin(self, news: News) -> None:
        """Let streams go on where all the others of their document are by now."""
        for stream, start in list(self._starting.items()):
            if start in news.begun:
                del self._starting[stream]
                self._open[stream.document].add(stream)
                _number, piece = news.begun[start]
                stream.say(piece)
