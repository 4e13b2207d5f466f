"""Writers: they make up sentences, paragraphs and texts whose words recur as in real ones."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from tests.bench.revisions.lines import words
from tests.bench.revisions.vocabularies import Vocabulary

RANKED_WORDS = 2_500
PHRASES = 30
STAGE_DIRECTIONS = 0.06
HEADINGS = 0.08
VERSES = 0.03
LONG_PARAGRAPHS = 0.02


@dataclass
class Writer:
    """Writes in one language; words come by rank (Zipf), and set phrases come again."""

    vocabulary: Vocabulary
    ranked: list[str]
    weights: list[float]
    phrases: list[str]

    @classmethod
    def of(cls, vocabulary: Vocabulary, rng: Random) -> "Writer":
        """A writer with common words by hand and rare ones from syllables."""
        ranked = list(dict.fromkeys(vocabulary.common.split()))
        known = set(ranked)
        onsets, rhymes = vocabulary.onsets.split(), vocabulary.rhymes.split()
        for _ in range(RANKED_WORDS):
            size = rng.randint(*vocabulary.syllables)
            word = "".join(rng.choice(onsets) + rng.choice(rhymes) for _ in range(size))
            if word not in known:
                known.add(word)
                ranked.append(word)
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(ranked))))
        return cls(vocabulary, ranked, weights, [])._with_phrases(rng)

    @classmethod
    def learned_from(cls, text: str, vocabulary: Vocabulary, rng: Random) -> "Writer":
        """A writer who uses the words of ``text`` as often as it does."""
        counted = Counter(text[start:end] for start, end in words(text)).most_common()
        weights = list(accumulate(float(count) for _, count in counted))
        return cls(vocabulary, [word for word, _ in counted], weights, [])._with_phrases(rng)

    def _with_phrases(self, rng: Random) -> "Writer":
        self.phrases = [
            self.vocabulary.gap.join(self.words(rng, rng.randint(2, 6))) for _ in range(PHRASES)
        ]
        return self

    def words(self, rng: Random, count: int) -> list[str]:
        """So many words, common ones more often."""
        return rng.choices(self.ranked, cum_weights=self.weights, k=count)

    def word_instead_of(self, rng: Random, *others: str) -> str:
        """A word that is none of those."""
        while (word := self.words(rng, 1)[0]) in others:
            pass
        return word

    def sentence(self, rng: Random) -> str:
        """One sentence, with its stop and without the gap after it."""
        vocabulary = self.vocabulary
        parts = []
        for _ in range(rng.choice((1, 1, 2, 2, 3))):
            clause = self.words(rng, rng.randint(3, 11))
            if rng.random() < 0.25:
                clause.insert(rng.randint(0, len(clause)), rng.choice(self.phrases))
            parts.append(vocabulary.gap.join(clause))
        if rng.random() < 0.08:
            parts[-1] = vocabulary.quotes[0] + parts[-1] + vocabulary.quotes[1]
        body = vocabulary.comma.join(parts)
        return body[:1].upper() + body[1:] + rng.choice(vocabulary.stops.split())

    def paragraph(self, rng: Random) -> str:
        """One to eight sentences; now and then a very long paragraph."""
        count = rng.randint(1, 8) if rng.random() >= LONG_PARAGRAPHS else rng.randint(15, 40)
        return (self.vocabulary.gap and " ").join(self.sentence(rng) for _ in range(count))

    def text(self, rng: Random, size: int) -> list[str]:
        """Paragraphs of about ``size`` characters: prose, headings, refrains and verse."""
        paragraphs, written, chapter = list[str](), 0, 0
        headings = self.vocabulary.headings.split()
        while written < size:
            drawn = rng.random()
            if drawn < STAGE_DIRECTIONS:
                paragraph = rng.choice(self.vocabulary.refrains)
            elif drawn < STAGE_DIRECTIONS + HEADINGS:
                chapter += 1
                paragraph = f"{rng.choice(headings)} {chapter if rng.random() < 0.7 else 1}"
            elif drawn < STAGE_DIRECTIONS + HEADINGS + VERSES:
                paragraph = "\n".join(self.sentence(rng) for _ in range(rng.randint(2, 5)))
            else:
                paragraph = self.paragraph(rng)
            paragraphs.append(paragraph)
            written += len(paragraph) + 2
        return paragraphs


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a file: what stands between blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
