"""What somebody types into the search box, read without ever being refused.

Words are all wanted. ``"a phrase"`` stands together, ``read*`` begins a word, ``-word`` leaves out,
and ``author:``, ``tag:``, ``in:`` and ``is:`` narrow down. What cannot be understood is set aside
and named, and the rest is searched for.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from reader.text.words import forms, spellings

LONGEST_QUERY = 500  # characters; what follows is not looked at
MOST_TERMS = 20
SHORTEST_PREFIX = 2
STATES = frozenset({"undecided", "decided", "question", "contested", "unanswered", "mine"})

_PIECE = re.compile(r'(-?)(?:(author|tag|in|is):)?(?:"([^"]*)"?|([^\s"]+))', re.IGNORECASE)
_PLACES = re.compile(r"([ph]?)([1-9][0-9]{0,6})(?:(?:\.\.\.?|-|–|…)([ph]?)([1-9][0-9]{0,6}))?")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″", '"'))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that are wanted, or not: one word, several that stand together, or a beginning."""

    text: str
    is_phrase: bool = False
    is_prefix: bool = False
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query as it was understood; ``ignored`` is what was not."""

    terms: tuple[Term, ...] = ()
    authors: tuple[str, ...] = ()
    not_authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    states: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether there is anything to look for."""
        narrowing = self.authors or self.tags or self.places or self.states
        return bool(narrowing) or any(not term.is_excluded for term in self.terms)

    @property
    def is_of_annotations(self) -> bool:
        """Whether it can only be answered by annotations, not by the text itself."""
        return bool(self.authors or self.not_authors or self.tags or self.not_tags or self.states)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term in the spellings that are compared.

    ``exact`` are the folded words that follow each other; ``stems`` are given for a single word
    that may also stand in another form, one for each language.
    """

    exact: tuple[str, ...]
    stems: tuple[str, ...] = ()
    is_prefix: bool = False
    is_excluded: bool = False


@dataclass(slots=True)
class _Reading:
    terms: list[Term] = field(default_factory=list)
    found: dict[str, list[str]] = field(default_factory=dict)
    places: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def put(self, key: str, value: str) -> None:
        self.found.setdefault(key, []).append(value)


def parse(raw: str) -> SearchQuery:
    """Return what the text asks for. Takes any text and raises nothing."""
    reading = _Reading()
    text = raw[:LONGEST_QUERY].encode(errors="ignore").decode().translate(_QUOTES)
    for match in _PIECE.finditer(text):
        minus, operator, quoted, bare = match.groups()
        value = (bare if quoted is None else quoted).strip()
        if operator and value:
            _read_operator(reading, operator.lower(), value, bool(minus), match[0])
        elif value and len(reading.terms) < MOST_TERMS:
            _read_term(reading, value, is_phrase=quoted is not None, is_excluded=bool(minus))
    found = {key: tuple(dict.fromkeys(values)) for key, values in reading.found.items()}
    return SearchQuery(
        terms=tuple(dict.fromkeys(reading.terms)),
        authors=found.get("author", ()),
        not_authors=found.get("-author", ()),
        tags=found.get("tag", ()),
        not_tags=found.get("-tag", ()),
        places=tuple(dict.fromkeys(reading.places)),
        states=frozenset(found.get("is", ())),
        ignored=tuple(reading.ignored),
    )


def _read_term(reading: _Reading, value: str, *, is_phrase: bool, is_excluded: bool) -> None:
    words = spellings(value)
    is_prefix = value.endswith("*") and not is_phrase
    if not words:
        return
    if is_prefix and len(words[-1]) < SHORTEST_PREFIX:
        is_prefix = False
    reading.terms.append(Term(value.rstrip("*"), is_phrase, is_prefix, is_excluded))


def _read_operator(
    reading: _Reading, operator: str, value: str, is_excluded: bool, written: str
) -> None:
    count = sum(map(len, reading.found.values())) + len(reading.places)
    if count >= MOST_TERMS:
        return
    if operator in {"author", "tag"}:
        reading.put(f"-{operator}" if is_excluded else operator, value)
    elif operator == "is" and not is_excluded and value.lower() in STATES:
        reading.put("is", value.lower())
    elif operator == "in" and not is_excluded and (place := _PLACES.fullmatch(value.lower())):
        kind, first, last_kind, last = place.groups()
        begin = (kind or "p", int(first))
        end = (last_kind or begin[0], int(last)) if last else begin
        if end[0] == begin[0] and end < begin:
            begin, end = end, begin
        reading.places.append((f"{begin[0]}{begin[1]}", f"{end[0]}{end[1]}"))
    else:
        reading.ignored.append(written.strip())


def wanted(query: SearchQuery, languages: Iterable[str]) -> list[Wanted]:
    """Return the query's terms in the spellings compared in texts of these languages (tags)."""
    found_in = {language.split("-", maxsplit=1)[0].lower() for language in languages}
    primaries = sorted(found_in) or [""]
    found = (_wanted(term, primaries) for term in query.terms)
    return list(dict.fromkeys(one for one in found if one.exact))


def _wanted(term: Term, primaries: list[str]) -> Wanted:
    words = spellings(term.text)
    exact = tuple(folded for word in words if (folded := forms(word, primaries[0])[0]))
    stems: tuple[str, ...] = ()
    if len(exact) == 1 and not (term.is_phrase or term.is_prefix):
        stems = tuple(sorted({forms(word, primary)[1] for word in words for primary in primaries}))
    return Wanted(exact, stems, term.is_prefix, term.is_excluded)
