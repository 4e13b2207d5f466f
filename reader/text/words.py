"""Words: where they stand in a text, the one spelling they are compared by, and their stems.

Any script is cut into words; one that writes no spaces is cut into its characters, and a search for
several of them is a search for the phrase. A word is *folded*: small letters, no accents on Latin
and Greek ones, no soft hyphens. Its *stem* is what the stemmer of its language leaves of it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import snowballstemmer  # type: ignore[import-untyped]  # it declares no types

from reader.text.quotations import INVISIBLE

LONGEST = 64  # characters of a word that are looked at
KNOWN_WORDS = 100_000  # kept at hand: people use the same words again and again

# Scripts without spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han.
_DENSE = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)


def _ranges(chars: Iterator[str]) -> str:
    """Return the characters as ranges for a regular expression."""
    ranges: list[list[int]] = []
    for code in map(ord, chars):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _ranges(
    char for char in map(chr, range(0x300, 0x1E950)) if unicodedata.category(char) in {"Mn", "Mc"}
)
_JOINED = f"{_MARKS}{INVISIBLE}\u200c\u200d"
_WORD = re.compile(
    rf"[^\W_{_JOINED}{_DENSE}](?:[^\W_{_DENSE}]|[{_JOINED}])*|[^\W_{_JOINED}][{_JOINED}]*"
)
_ALPHABETS = re.compile("LATIN|CYRILLIC|GREEK|ARABIC|ARMENIAN|DEVANAGARI|TAMIL|HEBREW")
_DROPPED = re.compile(f"[{INVISIBLE}\u200c\u200d]")
_ACCENTED = ("LATIN", "GREEK")

# The language (ISO 639) whose stemmer serves: by the primary subtag of a BCP 47 tag.
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
# The alphabet of languages that do not write in Latin letters; Serbian writes in two.
_WRITTEN_IN = {
    "CYRILLIC": frozenset({"ru", "sr", "kk", "ky", "uk", "be", "bg", "mk", "mn", "tg", "tt", "ba"}),
    "GREEK": frozenset({"el"}),
    "ARABIC": frozenset({"ar", "fa", "ur", "ug", "ckb"}),
    "ARMENIAN": frozenset({"hy"}),
    "DEVANAGARI": frozenset({"hi", "ne", "mr", "sa"}),
    "TAMIL": frozenset({"ta"}),
    "HEBREW": frozenset({"yi", "he"}),
}
_NOT_LATIN = frozenset().union(*_WRITTEN_IN.values()) - {"sr"}
# Whose stemmer serves a word in an alphabet that is not the one of the text's language.
_USUAL = {
    "LATIN": "en",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "ARMENIAN": "hy",
    "DEVANAGARI": "hi",
    "TAMIL": "ta",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, folded and stemmed, and where it stands, in code points."""

    exact: str
    stem: str
    start: int
    end: int


def words_of(text: str, language: str) -> Iterator[Word]:
    """Yield the words of a text in a language (a BCP 47 tag), in reading order."""
    primary = language.split("-", maxsplit=1)[0].lower()
    for match in _WORD.finditer(text):
        exact, stem = forms(match[0], primary)
        if exact:
            yield Word(exact, stem, match.start(), match.end())


def spellings(text: str) -> list[str]:
    """Return the words of the text as they are spelled."""
    return _WORD.findall(text)


@lru_cache(KNOWN_WORDS)
def forms(spelling: str, primary: str) -> tuple[str, str]:
    """Return a word folded, and its stem in a language (the primary subtag of its tag)."""
    whole = unicodedata.normalize("NFKC", _DROPPED.sub("", spelling)[:LONGEST]).casefold()
    whole = unicodedata.normalize("NFC", whole)
    alphabet = _alphabet(whole)
    exact = _plain(whole, alphabet)
    stemmer = STEMMERS.get(_stemmed_as(alphabet, primary), "")
    return exact, _plain(_stem(whole, stemmer), alphabet) or exact


def _alphabet(word: str) -> str:
    if word.isascii():
        return "LATIN"
    found = (_ALPHABETS.match(unicodedata.name(char, "")) for char in word)
    return next((match[0] for match in found if match), "")


def _plain(word: str, alphabet: str) -> str:
    """Return the word without accents, and as characters that any engine takes for letters."""
    if not word.isascii():
        word = word.replace("ё", "е")
        if alphabet in _ACCENTED:
            apart = unicodedata.normalize("NFD", word)
            word = "".join(char for char in apart if not unicodedata.combining(char))
    return "".join(char for char in word if not char.isascii() or char.isalnum())[:LONGEST]


def _stemmed_as(alphabet: str, primary: str) -> str:
    """Return whose stemmer serves a word in this alphabet in a text in this language."""
    own = _WRITTEN_IN.get(alphabet, frozenset())
    is_own = primary in own or (alphabet == "LATIN" and primary not in _NOT_LATIN)
    return primary if is_own else _USUAL.get(alphabet, "")


_stemming = Lock()


@lru_cache
def _stemmer(name: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(name)


def _stem(word: str, name: str) -> str:
    if not name or any(char.isdigit() for char in word):
        return word
    with _stemming:  # a stemmer keeps the word it works on in itself
        stem: str = _stemmer(name).stemWord(word)
    return stem
