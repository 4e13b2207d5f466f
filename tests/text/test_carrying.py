"""Carrying: what becomes of a passage when its text is revised."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reader.text.anchoring import Carrier, Resolution, Verdict
from reader.text.selectors import TextPositionSelector, TextQuoteSelector, describe
from tests.text.strategies import texts

SPEECH = (
    "Dear compatriots.\n\n"
    "The law must be kept. Nobody stands above the law, and nobody stands outside of it.\n\n"
    "We have hadto deal with armed people. They continue tocause damage to public property.\n\n"
    "I would like to express my gratitude to those who remained calm in recentdays.\n\n"
    "Thank you."
)
WORDS = st.sampled_from(
    ["river", "bridge", "winter", "market", "letter", "window", "garden", "silver"]
)
SENTENCES = st.lists(WORDS, min_size=3, max_size=9).map(lambda words: " ".join(words) + ".")


def carried(old: str, new: str, words: str) -> tuple[Verdict, str | None]:
    start = old.index(words)
    answer = Carrier(old, new).carry(*describe(old, start, start + len(words)))
    return answer.verdict, standing_at(new, answer)


def standing_at(text: str, answer: Resolution) -> str | None:
    return None if answer.start is None else text[answer.start : answer.end]


@given(texts(), st.data())
def test_nothing_changed_means_nothing_moves(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    assume(start < end)
    answer = Carrier(text, text).carry(*describe(text, start, end))
    assert (answer.verdict, answer.start, answer.end) == (Verdict.EXACT, start, end)


@given(texts(), texts(), st.data())
def test_no_answer_lies_outside_the_text(old: str, new: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(old))] * 2)))
    assume(start < end)
    answer = Carrier(old, new).carry(*describe(old, start, end))
    assert 0.0 <= answer.score <= 1.0
    if answer.verdict is Verdict.ORPHANED:
        assert (answer.start, answer.end, answer.score) == (None, None, 0.0)
    else:
        assert answer.start is not None
        assert answer.end is not None
        assert 0 <= answer.start < answer.end <= len(new)


@given(
    st.text(max_size=30),
    st.text(max_size=10),
    st.text(max_size=10),
    st.integers(-3, 10**12) | st.none(),
    st.integers(-3, 10**12) | st.none(),
)
def test_any_selectors_get_an_answer_inside_the_text(
    exact: str, prefix: str, suffix: str, start: int | None, end: int | None
) -> None:
    new = SPEECH.replace("hadto", "had to")
    position = None if start is None or end is None else TextPositionSelector(start, end)
    answer = Carrier(SPEECH, new).carry(TextQuoteSelector(exact, prefix, suffix), position)
    if answer.start is not None:
        assert answer.end is not None
        assert 0 <= answer.start < answer.end <= len(new)


@given(
    st.lists(SENTENCES, min_size=1, max_size=6),
    st.lists(SENTENCES, max_size=6),
    st.lists(SENTENCES, max_size=6),
    st.lists(SENTENCES, min_size=1, max_size=6),
    st.sampled_from([" ", "\n\n"]),
)
def test_a_unique_quote_that_is_left_whole_is_found(
    before: list[str], new_before: list[str], new_after: list[str], after: list[str], joint: str
) -> None:
    """Everything around it may be another text: whatever is put there, the words are the words."""
    quote = "the cartographer of Almaty drew"
    old = joint.join([*before, quote, *after])
    new = joint.join([*new_before, quote, *new_after])
    start = old.index(quote)
    answer = Carrier(old, new).carry(*describe(old, start, start + len(quote)))
    assert standing_at(new, answer) == quote
    assert answer.verdict in {Verdict.EXACT, Verdict.MOVED}


@given(st.lists(SENTENCES, min_size=2, max_size=8, unique=True), st.data())
def test_paragraphs_may_change_places(sentences: list[str], data: st.DataObject) -> None:
    paragraphs = [f"{number}: {sentence}" for number, sentence in enumerate(sentences, 100)]
    new = "\n\n".join(data.draw(st.permutations(paragraphs)))
    old = "\n\n".join(paragraphs)
    carrier = Carrier(old, new)
    for paragraph in paragraphs:
        start = old.index(paragraph)
        answer = carrier.carry(*describe(old, start, start + len(paragraph)))
        assert standing_at(new, answer) == paragraph


@pytest.mark.parametrize(
    ("was", "becomes", "words", "expected"),
    [
        ("hadto", "had to", "have hadto deal", "have had to deal"),
        ("hadto", "had to", "hadto", "had to"),
        ("tocause", "to cause", "continue tocause damage", "continue to cause damage"),
        ("law must", "law, then, must", "The law must be kept", "The law, then, must be kept"),
        ("armed people", "armed persons", "deal with armed people", "deal with armed persons"),
    ],
)
def test_a_passage_with_other_words_in_it_is_fuzzy(
    was: str, becomes: str, words: str, expected: str
) -> None:
    new = SPEECH.replace(was, becomes)
    assert carried(SPEECH, new, words) == (Verdict.FUZZY, expected)


def test_a_repeated_passage_stays_at_its_own_place() -> None:
    new = SPEECH.replace("The law must be kept. ", "").replace("stands above", "is above")
    assert carried(SPEECH, new, "nobody stands outside") == (
        Verdict.EXACT,
        "nobody stands outside",
    )
    second = SPEECH.index("the law,")
    answer = Carrier(SPEECH, new).carry(*describe(SPEECH, second, second + 7))
    assert answer.start == new.index("the law,")


def test_words_that_are_gone_are_not_pinned_to_the_same_words_elsewhere() -> None:
    old = "The council met. The vote was close.\n\nLater on, the vote was close again in May."
    new = "The council met.\n\nLater on, the vote was close again in May."
    assert carried(old, new, "The vote was close") == (Verdict.ORPHANED, None)
    start = old.rindex("vote was close")
    answer = Carrier(old, new).carry(*describe(old, start, start + len("vote was close")))
    assert answer.start == new.index("vote was close")


def test_a_sentence_that_went_elsewhere_is_moved() -> None:
    sentence = "Nobody stands above the law, and nobody stands outside of it."
    new = SPEECH.replace(" " + sentence, "").replace("Thank you.", f"{sentence} Thank you.")
    assert carried(SPEECH, new, "nobody stands outside") == (
        Verdict.MOVED,
        "nobody stands outside",
    )


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("é", "e\u0301"),
        ("'", "’"),
        ('"', "“"),
        (" ", "\u00a0"),
        ("that", "th\u00adat"),
        ("\n\n", "\r\n\r\n"),
    ],
)
def test_another_spelling_of_the_same_words_is_no_change(was: str, becomes: str) -> None:
    old = "First words here. The 'old' café's owner said \"co-op\" that day,\n\nthere. End."
    new = old.replace(was, becomes)
    assert new != old
    start, end = old.index("owner"), old.index("there.")
    answer = Carrier(old, new).carry(*describe(old, start, end + 5))
    assert answer.verdict is Verdict.EXACT
    assert (answer.start, answer.end) == (new.index("owner"), new.index("there.") + 5)


def test_emoji_and_both_directions_are_counted_in_code_points() -> None:
    old = "A 👩‍💻 wrote: שלום לכולם, and مرحبا بكم to all.\n\nThe rest stays 🇰🇿 here."
    new = "One 👩‍💻 wrote this: שלום לכולם, and مرحبا بكم to you all.\n\nThe rest stays 🇰🇿 here."
    for words in ("👩‍💻 wrote", "שלום לכולם", "مرحبا بكم", "stays 🇰🇿"):
        assert carried(old, new, words)[1] == words


def test_a_quote_that_the_old_text_does_not_have_is_looked_for_in_the_new_one() -> None:
    new = SPEECH.replace("Thank you.", "Thank you. Written by other hands, on a later evening.")
    answer = Carrier(SPEECH, new).carry(TextQuoteSelector("other hands, on a later evening"))
    assert standing_at(new, answer) == "other hands, on a later evening"


def test_long_blank_lines_cost_nothing() -> None:
    blank = "One." + "\n" + " " * 200_000 + "\n"
    assert carried(blank + "Two stays.", blank + "Now two stays.", "stays")[1] == "stays"


def test_carrying_a_span_outside_the_text_is_refused() -> None:
    carrier = Carrier(SPEECH, SPEECH)
    for start, end in ((3, 3), (5, 2), (-1, 4), (0, len(SPEECH) + 1)):
        with pytest.raises(ValueError, match="No passage"):
            carrier.carry_span(start, end)
