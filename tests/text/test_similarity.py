"""Likeness of comments: what must hold for any texts, and what it is for."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text import similarity
from reader.text.similarity import BANDS, Letter, Source, are_alike, likeness, read

LETTER = (
    "Please put the Kazakh and the Russian text of this address beside the English one. Whoever"
    " reads only the translation cannot tell which slips are the translator’s and which happened"
    " at the keyboard. Three columns, the same paragraph numbers, nothing more. That is all we ask."
)
OTHER = (
    "I was at the square that evening, and what is told here about the shops is not what I saw."
    " Most were shut since noon, the bakery gave its bread away, and the first windows were broken"
    " long after the lights had gone out. Somebody should ask the people who live there."
)
texts = st.text(max_size=300) | st.lists(
    st.sampled_from(["law", "Закон", "заң", "法", "ก", "not", "—", "12", "\n> ", "e\u0301"]),
    max_size=60,
).map(" ".join)


def alike(one: str, other: str) -> bool:
    return are_alike(read(one), read(other))


@given(texts, texts)
def test_likeness_is_mutual(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    assert 0 <= likeness(read(one), read(other)) == likeness(read(other), read(one)) <= 1


@given(texts)
def test_a_text_is_like_itself_unless_it_is_too_short_for_anything(text: str) -> None:
    said = read(text)
    assert are_alike(said, said) == said.is_comparable == bool(said.bands())


@given(texts)
def test_bands_fit_the_database_and_are_the_same_every_time(text: str) -> None:
    bands = read(text).bands()
    assert len(bands) in {0, BANDS}
    assert all(-(2**63) <= band < 2**63 for band in bands)
    assert bands == read(text).bands()


@given(texts)
def test_own_words_are_found_in_the_text_as_they_stand(text: str) -> None:
    letter = Letter.of([read(LETTER)] * 3)
    runs = letter.own_runs(read(text))
    found = similarity.excerpts(text, runs)
    assert bool(found) == bool(runs)
    assert len(found) <= len(runs)
    assert all(one in text for one in found)


@given(st.text(max_size=40), st.integers(0, 10_000))
def test_case_marks_and_spaces_do_not_matter(noise: str, seed: int) -> None:
    signs = "".join(char for char in noise if not char.isalnum() and char.isascii())
    changed = LETTER.upper().replace(". ", f".{signs.replace('>', '')}\n\n ").replace("’", "'")
    assert read(changed).words == read(LETTER.replace("’", "'")).words or "_" in signs


@pytest.mark.parametrize(
    "changed",
    [
        f"Dear editors, {LETTER}",
        f"{LETTER} Anna Petrova, Taraz",
        LETTER.replace("translation", "transaltion").replace("columns", "colums"),
        LETTER.replace("Three columns, the same paragraph numbers, nothing more. ", ""),
        f"I teach both languages in Almaty and would use it every week. {LETTER}",
        " ".join(reversed(LETTER.split(". "))),
    ],
)
def test_a_letter_is_known_after_the_changes_that_people_make(changed: str) -> None:
    assert alike(LETTER, changed)
    assert set(read(LETTER).bands()) & set(read(changed).bands())


def test_other_words_are_not_alike() -> None:
    assert not alike(LETTER, OTHER)
    assert not alike(LETTER, f"{LETTER} {OTHER} {' '.join(reversed(OTHER.split()))}")
    assert not alike(LETTER, LETTER[:60])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I agree with this.", "I agree with this."),
        (
            "I do not agree with this paragraph at all.",
            "I do not agree with that paragraph at all.",
        ),
        ("同意这一段。", "同意这一段。"),
    ],
)
def test_short_texts_fold_only_when_they_are_equal_and_not_very_short(one: str, other: str) -> None:
    assert not alike(one, other)


def test_eight_equal_words_are_enough() -> None:
    words = "Strike this sentence out before the next edition"
    assert alike(words, f"{words.lower()}.")
    assert not alike(words, words.replace("next", "second"))


def test_those_who_quote_the_same_have_not_said_the_same() -> None:
    quoted = OTHER
    source = Source.of(f"A beginning. {quoted} An end.")
    one = f"“{quoted}” Who is meant by somebody here, and when were they asked about all this?"
    other = f"“{quoted}” The bakery stands in another street, as far as I know the town myself."
    assert alike(one, other)
    assert not are_alike(read(one, source), read(other, source))
    assert not alike(f"> {quoted}\n\nWho says so?", f"> {quoted}\n\nThis is wrong.")


@pytest.mark.parametrize(
    ("text", "is_outlier"),
    [
        (LETTER, False),
        (f"Dear editors, {LETTER}", False),
        (f"{LETTER} Anna Petrova", False),
        (LETTER.replace("translation", "transaltion"), False),
        (LETTER.replace("reads only", "only reads"), False),
        (LETTER.replace("Three columns, the same paragraph numbers, nothing more. ", ""), False),
        (f"{LETTER} My grandmother reads no English at all.", True),
        (LETTER.replace("Please put", "Please never put"), True),
        (LETTER.replace("the English one", "the German one"), True),
    ],
)
def test_who_adds_something_is_an_outlier(text: str, *, is_outlier: bool) -> None:
    letter = Letter.of([read(LETTER)] * 5)
    assert letter.is_outlier(read(text)) == is_outlier


def test_what_is_added_reads_as_it_was_written() -> None:
    added = "I would add one thing that is my own: give the date of the text as well."
    letter = Letter.of([read(LETTER)] * 5)
    text = f"{added} {LETTER}"
    assert similarity.excerpts(text, letter.own_runs(read(text))) == [added.rstrip(".")]


def test_where_letters_differ_a_name_says_nothing() -> None:
    places = ["Taraz", "Almaty", "Oral", "Semey", "Aktau"]
    letters = [LETTER.replace("we ask", f"we in {place} ask") for place in places]
    letter = Letter.of([read(one) for one in letters])
    assert not any(letter.is_outlier(read(one)) for one in letters)
    assert similarity.excerpts(letters[0], letter.own_runs(read(letters[0]))) == ["Taraz"]


def test_candidates_are_found_as_often_as_they_must() -> None:
    rng, found = Random(7), 0
    words = [f"word{number}" for number in range(500)]
    for _time in range(200):
        letter = rng.choices(words, k=60)
        changed = list(letter)
        for at in rng.sample(range(60), 6):
            changed[at] = rng.choice(words)
        bands = read(" ".join(letter)).bands(), read(" ".join(changed)).bands()
        found += bool(set(bands[0]) & set(bands[1]))
    assert found >= 198  # six words in sixty: 0.67 alike, missed by 16 bands of two in 1 of 6,000
