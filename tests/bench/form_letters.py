"""Comments with known truth: form letters as people change them, and texts that are their own.

Made from seeds with the words of :mod:`tests.bench.revisions.vocabularies`. Nothing here knows how
likeness is found.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.bench.revisions.vocabularies import VOCABULARIES, Vocabulary
from tests.bench.revisions.writing import Writer

DOCUMENT_SIZE = 12_000  # characters
LETTER_SENTENCES = (1, 2, 2, 3, 4, 6, 9)  # of each letter, from a line to a page
COPIES = 24  # of each letter, of kinds in turn
OWN_TEXTS = 90
SHORTEST_LETTER = 15  # words

Sentences = list[str]


@dataclass(frozen=True)
class Comment:
    """A comment with its truth: the letter that it is a copy of (0: none), and of what kind.

    ``adds`` says whether a person has added to the letter what a reviewer should read.
    """

    text: str
    letter: int
    kind: str
    adds: bool = False


class Desk:
    """Somebody who writes letters, and the people who copy and change them."""

    def __init__(self, vocabulary: Vocabulary, seed: int) -> None:
        self.rng = Random(f"{vocabulary.name} {seed}")
        self.vocabulary = vocabulary
        self.writer = Writer.of(vocabulary, self.rng)
        self.gap = vocabulary.gap and " "
        self.document = self.writer.text(self.rng, DOCUMENT_SIZE)
        self.quotable = [
            one for one in self.document if vocabulary.gap == "" or len(one.split()) > 12
        ]
        self.stock = [self._some_words(6, 9) for _number in range(4)]

    def comments(self) -> list[Comment]:
        """Return all comments in the order in which they came."""
        found = [
            one for number in range(1, len(LETTER_SENTENCES) + 1) for one in self._copies(number)
        ]
        found += self._rivals(len(LETTER_SENTENCES) + 1)
        letters = [one.text for one in found if one.kind == "as it is"]
        found += self._own_texts(letters)
        self.rng.shuffle(found)
        return found

    def _some_words(self, least: int, most: int) -> str:
        count = self.rng.randint(least, most)
        return self.vocabulary.gap.join(self.writer.words(self.rng, count))

    def _sentence(self) -> str:
        return self.writer.sentence(self.rng)

    def _letter(self, count: int) -> Sentences:
        sentences = [self._sentence() for _number in range(count)]
        while self._length(sentences) < SHORTEST_LETTER:
            sentences.append(self._sentence())
        if self.rng.random() < 0.4:
            sentences.insert(self.rng.randint(0, 1), self._quotation())
        return sentences

    def _length(self, sentences: Sentences) -> float:
        text = self.vocabulary.gap.join(sentences)
        if self.vocabulary.gap:
            return len(text.split())
        return sum(char.isalpha() for char in text) / 2

    def _quotation(self) -> str:
        marks = self.vocabulary.quotes
        return f"{marks[0]}{self.rng.choice(self.quotable)[:160]}{marks[1]}"

    def _text(self, sentences: Sentences) -> str:
        return self.gap.join(sentences)

    def _copies(self, number: int) -> Iterator[Comment]:
        letter = self._letter(LETTER_SENTENCES[number - 1])
        kinds = list(KINDS.items())
        for copy in range(COPIES):
            kind, (change, adds) = kinds[copy % len(kinds)]
            yield Comment(self._text(change(self, list(letter))), number, kind, adds)

    def _rivals(self, number: int) -> Iterator[Comment]:
        """Two letters of one organiser: the same greeting and close, and contrary in between."""
        first, last = self._sentence(), self._sentence()
        for rival in (number, number + 1):
            middle = [self._sentence() for _number in range(5)]
            for _copy in range(COPIES // 2):
                text = self._text(sign(self, [first, *middle, last]))
                yield Comment(text, rival, "rival letters")

    def _own_texts(self, letters: list[str]) -> Iterator[Comment]:
        quoted = [self.rng.choice(self.quotable) for _number in range(3)]
        for number in range(OWN_TEXTS):
            kind = OWN_KINDS[number % len(OWN_KINDS)]
            said = self._text([self._sentence() for _n in range(self.rng.randint(1, 4))])
            if kind == "remark":
                said = self._some_words(2, 11)
            elif kind == "stock phrase":
                said = (
                    f"{self.rng.choice(self.stock)}{self.vocabulary.comma}{self._some_words(4, 9)}"
                )
            elif kind == "quotes the document":
                said = f"{self.rng.choice(quoted)[:300]}{self.gap}{said}"
            elif kind == "quotes by the sign":
                said = f"> {self.rng.choice(quoted)[:300]}\n\n{said}"
            elif kind == "answers a letter":
                letter = self.rng.choice(letters)
                part = letter[: max(60, len(letter) // 4)]
                own = self._text([self._sentence() for _n in range(5)])
                said = f"{part}…{self.gap}{own}"
            yield Comment(said, 0, kind, adds=True)


def as_it_is(desk: Desk, letter: Sentences) -> Sentences:
    """Change nothing."""
    return letter


def sign(desk: Desk, letter: Sentences) -> Sentences:
    """Sign with a name and a place."""
    return [*letter, desk._some_words(2, 3)]


def greet(desk: Desk, letter: Sentences) -> Sentences:
    """Begin with a greeting of one's own."""
    return [f"{desk._some_words(1, 3)}{desk.vocabulary.comma}", *letter]


def fill_in(desk: Desk, letter: Sentences) -> Sentences:
    """Put another name and place where the letter has one."""
    for _time in range(2):
        at = desk.rng.randrange(len(letter))
        letter[at] = _exchange_word(desk, letter[at])
    return letter


def mistype(desk: Desk, letter: Sentences) -> Sentences:
    """Copy by hand: about one letter in a hundred goes wrong."""
    return [_mistype(desk, sentence, 0.01) for sentence in letter]


def reorder(desk: Desk, letter: Sentences) -> Sentences:
    """Say the sentences in another order."""
    desk.rng.shuffle(letter)
    return letter


def shorten(desk: Desk, letter: Sentences) -> Sentences:
    """Leave out a sentence, if that is at most a third of it."""
    whole = desk._length(letter)
    for sentence in desk.rng.sample(letter, len(letter)):
        rest = [one for one in letter if one is not sentence]
        if desk._length(rest) >= max(whole * 2 / 3, SHORTEST_LETTER):
            return rest
    return letter


def respell(desk: Desk, letter: Sentences) -> Sentences:
    """Write it in capitals, or without capitals and signs."""
    if desk.rng.random() < 0.5:
        return [sentence.upper() for sentence in letter]
    return [
        sentence.lower().replace(desk.vocabulary.comma, " ").rstrip(".!?") for sentence in letter
    ]


def several(desk: Desk, letter: Sentences) -> Sentences:
    """Greet, mistype, exchange words and sign."""
    return sign(desk, fill_in(desk, mistype(desk, greet(desk, letter))))


def add_sentence(desk: Desk, letter: Sentences) -> Sentences:
    """Add a sentence of one's own, at most a third of the whole."""
    own = desk._sentence()
    while desk._length([own]) < 5 or desk._length([own]) > max(desk._length(letter) / 2, 8):
        own = desk._some_words(5, 8)
    letter.insert(desk.rng.randint(0, len(letter)), own)
    return letter


def contradict(desk: Desk, letter: Sentences) -> Sentences:
    """Put one word in, as a "not"; everything else stays."""
    at = desk.rng.randrange(len(letter))
    letter[at] = _insert_word(desk, letter[at])
    return letter


Change = Callable[[Desk, Sentences], Sentences]
KINDS: dict[str, tuple[Change, bool]] = {
    "as it is": (as_it_is, False),
    "signed": (sign, False),
    "greeting": (greet, False),
    "words exchanged": (fill_in, True),
    "mistyped": (mistype, False),
    "reordered": (reorder, False),
    "shortened": (shorten, False),
    "respelled": (respell, False),
    "several changes": (several, True),
    "sentence added": (add_sentence, True),
    "one word put in": (contradict, True),
}
OWN_KINDS = (
    "remark",
    "stock phrase",
    "comment",
    "quotes the document",
    "quotes by the sign",
    "answers a letter",
)


def _tokens(desk: Desk, sentence: str) -> list[str]:
    return sentence.split(" ") if desk.vocabulary.gap else list(sentence)


def _exchange_word(desk: Desk, sentence: str) -> str:
    tokens = _tokens(desk, sentence)
    tokens[desk.rng.randrange(len(tokens))] = desk._some_words(1, 1)
    return desk.vocabulary.gap.join(tokens)


def _insert_word(desk: Desk, sentence: str) -> str:
    tokens = _tokens(desk, sentence)
    tokens.insert(len(tokens) // 2, desk._some_words(1, 1))
    return desk.vocabulary.gap.join(tokens)


def _mistype(desk: Desk, sentence: str, share: float) -> str:
    letters = list(sentence)
    for at in range(len(letters) - 1):
        if letters[at].isalpha() and letters[at + 1].isalpha() and desk.rng.random() < share:
            drawn = desk.rng.random()
            if drawn < 0.4:
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            elif drawn < 0.7:
                letters[at] = ""
            else:
                letters[at] += letters[at]
    return "".join(letters)


def desks(seeds: range) -> Iterator[tuple[str, Desk]]:
    """Yield a desk for each language and seed, with the language's name."""
    for vocabulary in VOCABULARIES:
        for seed in seeds:
            yield vocabulary.name, Desk(vocabulary, seed)
