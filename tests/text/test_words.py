"""Cutting texts into words, folding and stemming them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.words import LONGEST, words_of


def exacts(text: str, language: str = "en") -> list[str]:
    return [word.exact for word in words_of(text, language)]


def stems(text: str, language: str) -> list[str]:
    return [word.stem for word in words_of(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Margin, the margin!", ["the", "margin", "the", "margin"]),
        ("state-of-the-art", ["state", "of", "the", "art"]),
        ("the reader’s", ["the", "reader", "s"]),
        ("naïve Café", ["naive", "cafe"]),
        ("nai\u0308ve", ["naive"]),
        ("co\u00adoperate", ["cooperate"]),
        ("Straße", ["strasse"]),
        ("Ёлки и йод", ["елки", "и", "йод"]),
        ("Қазақстан", ["қазақстан"]),
        ("ΆΝΘΡΩΠΟΣ", ["ανθρωποσ"]),
        ("自由と", ["自", "由", "と"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("x_y 12:30", ["x", "y", "12", "30"]),
        ("— … * “” 🙂", []),
        ("", []),
    ],
)
def test_a_text_is_cut_into_folded_words(text: str, expected: list[str]) -> None:
    assert exacts(text) == expected


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "reader", "readers"),
        ("en-GB", "discussed", "discussing"),
        ("ru", "читателями", "читатель"),
        ("ru", "ёлка", "елки"),
        ("de", "Häuser", "Haus"),
        ("fr", "annotées", "annotée"),
        ("es", "canciones", "canción"),
        ("kk", "reading", "reads"),  # Latin words in a text that is not
        ("en", "читателями", "читатель"),  # and the reverse
    ],
)
def test_forms_of_a_word_share_a_stem(language: str, one: str, other: str) -> None:
    assert stems(one, language) == stems(other, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("kk", "балаларға", "балалар"), ("en", "margin", "origin"), ("", "кітапта", "кітаптар")],
)
def test_other_words_do_not(language: str, one: str, other: str) -> None:
    assert stems(one, language) != stems(other, language)


def test_words_say_where_they_stand() -> None:
    text = "Ёлки, naïve 🙂 co\u00adoperate"
    assert [text[word.start : word.end] for word in words_of(text, "en")] == [
        "Ёлки",
        "naïve",
        "co\u00adoperate",
    ]


@given(st.text(max_size=300), st.sampled_from(["en", "ru", "kk", "de", "tr", "el", "hi", "ja", ""]))
def test_any_text_is_cut_in_order_into_words_that_engines_take_for_one(
    text: str, language: str
) -> None:
    end = 0
    for word in words_of(text, language):
        assert end <= word.start < word.end <= len(text)
        end = word.end
        for spelling in (word.exact, word.stem):
            assert 0 < len(spelling) <= LONGEST
            assert all(char.isalnum() for char in spelling if char.isascii())
            assert not any(char.isspace() for char in spelling)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_how_a_word_is_composed_makes_no_difference(word: str) -> None:
    composed = unicodedata.normalize("NFC", word)
    assert exacts(composed) == exacts(unicodedata.normalize("NFD", composed))
