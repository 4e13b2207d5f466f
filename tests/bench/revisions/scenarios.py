"""The scenarios: what happens to a text between two editions, one kind of change each."""

import unicodedata
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from tests.bench.revisions import arranging, wording
from tests.bench.revisions.encoding import rewrite_signs
from tests.bench.revisions.lines import FRESH, Line, joined
from tests.bench.revisions.vocabularies import VOCABULARIES
from tests.bench.revisions.writing import Writer, paragraphs_of

TRANSCRIPT = Path(__file__).parents[3] / "seeds" / "transcript.txt"
SPEECH = "Transcript"
LANGUAGES = (SPEECH, *(vocabulary.name for vocabulary in VOCABULARIES))
SEPARATOR = "\n\n"

Edit = Callable[[list[Line], Writer, Random], list[Line]]


@dataclass(frozen=True)
class Scenario:
    """A kind of revision; ``moves`` says that passages may change places."""

    name: str
    edit: Edit
    moves: bool = False


@dataclass(frozen=True)
class Revision:
    """An old text, a new text, and where each old character stands in the new one."""

    scenario: Scenario
    language: str
    seed: int
    old: str
    new: str
    origins: "array[int]"
    """For each character of the new text its place in the old one, or FRESH."""
    first: "array[int]"
    """For each character of the old text its first place in the new one, or -1."""
    last: "array[int]"
    """Its last place: a character that is decomposed becomes several."""


def _unchanged(lines: list[Line], writer: Writer, rng: Random) -> list[Line]:
    return lines


def _mixed(lines: list[Line], writer: Writer, rng: Random) -> list[Line]:
    steps: list[Edit] = [
        wording.correct_typos,
        partial(wording.replace_words, share=0.03),
        partial(wording.insert_sentences, share=0.05),
        partial(wording.delete_sentences, share=0.05),
        partial(wording.move_sentences, share=0.02),
        partial(arranging.reorder_paragraphs, share=0.08),
        partial(arranging.split_paragraphs, share=0.1),
        partial(arranging.merge_paragraphs, share=0.08),
        partial(arranging.rewrite_paragraphs, share=0.05),
        partial(arranging.insert_paragraphs, share=0.05),
        partial(arranging.delete_paragraphs, share=0.05),
    ]
    rng.shuffle(steps)
    for step in steps:
        lines = step(lines, writer, rng)
    return lines


SCENARIOS = (
    Scenario("unchanged", _unchanged),
    Scenario("typos corrected", wording.correct_typos),
    Scenario("3 % words replaced", partial(wording.replace_words, share=0.03)),
    Scenario("10 % words replaced", partial(wording.replace_words, share=0.10)),
    Scenario("sentences inserted", partial(wording.insert_sentences, share=0.15)),
    Scenario("sentences deleted", partial(wording.delete_sentences, share=0.15)),
    Scenario("sentences moved", partial(wording.move_sentences, share=0.08), moves=True),
    Scenario("paragraphs moved", partial(arranging.reorder_paragraphs, share=0.3), moves=True),
    Scenario("paragraphs split", partial(arranging.split_paragraphs, share=0.4)),
    Scenario("paragraphs merged", partial(arranging.merge_paragraphs, share=0.3)),
    Scenario("paragraphs deleted", partial(arranging.delete_paragraphs, share=0.2)),
    Scenario("paragraphs rewritten", partial(arranging.rewrite_paragraphs, share=0.2)),
    Scenario(
        "moved and edited",
        partial(arranging.reorder_paragraphs, share=0.3, replaced=0.08),
        moves=True,
    ),
    Scenario("signs renormalised", rewrite_signs),
    Scenario("all mixed", _mixed, moves=True),
)


def make_revision(scenario: Scenario, language: str, seed: int, size: int) -> Revision:
    """The revision of that seed: the same arguments give the same revision on every machine."""
    rng = Random(f"{scenario.name}|{language}|{seed}|{size}")
    writer, paragraphs = _source(language, size, rng)
    separator = SEPARATOR
    if scenario.edit is rewrite_signs:
        form = rng.choice(("NFC", "NFD"))
        paragraphs = [unicodedata.normalize(form, part) for part in paragraphs]  # type: ignore[arg-type]
        separator = rng.choice((SEPARATOR, "\r\n\r\n"))
    lines, place = list[Line](), 0
    for part in paragraphs:
        lines.append(Line(part, list(range(place, place + len(part)))))
        place += len(part) + len(SEPARATOR)
    edited = joined(scenario.edit(lines, writer, rng), separator)
    old = SEPARATOR.join(paragraphs)
    return _revision(scenario, language, seed, old, edited)


def _source(language: str, size: int, rng: Random) -> tuple[Writer, list[str]]:
    if language == SPEECH:
        text = TRANSCRIPT.read_text(encoding="utf-8")
        return Writer.learned_from(text, VOCABULARIES[0], rng), paragraphs_of(text)
    vocabulary = next(each for each in VOCABULARIES if each.name == language)
    writer = Writer.of(vocabulary, rng)
    return writer, writer.text(rng, size)


def _revision(scenario: Scenario, language: str, seed: int, old: str, edited: Line) -> Revision:
    first, last = array("i", [-1] * len(old)), array("i", [-1] * len(old))
    for place, origin in enumerate(edited.origins):
        if origin != FRESH:
            if first[origin] < 0:
                first[origin] = place
            last[origin] = place
    origins = array("i", edited.origins)
    return Revision(scenario, language, seed, old, edited.chars, origins, first, last)
