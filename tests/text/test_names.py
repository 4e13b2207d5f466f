"""Names that pass for another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text import names

LATIN_AND_ITS_DOUBLES = [("a", "а"), ("c", "с"), ("e", "е"), ("o", "о"), ("p", "р"), ("x", "х")]
DOUBLES = str.maketrans(dict(LATIN_AND_ITS_DOUBLES))


@given(st.text())
def test_a_skeleton_shows_only_letters_and_digits(name: str) -> None:
    assert all(char.isalnum() for char in names.skeleton(name))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz"))
def test_case_spaces_signs_and_doubles_do_not_change_the_skeleton(name: str) -> None:
    bones = names.skeleton(name)
    assert names.skeleton(name.upper()) == bones
    assert names.skeleton(name.translate(DOUBLES)) == bones
    assert names.skeleton(name.replace("i", "1").replace("o", "0")) == bones
    assert names.skeleton(" ".join(f"{name}.-_")) == names.skeleton(" ".join(name))


@given(st.sampled_from(names.RESERVED_WORDS), st.integers(min_value=0, max_value=9999))
def test_a_number_behind_does_not_free_a_reserved_word(word: str, number: int) -> None:
    assert names.is_reserved(f"{word}{number}")
    assert names.is_reserved(f"{word.title()} {number}")


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюяәіңғүұқөһ", min_size=1))
def test_one_alphabet_is_no_mixture_and_a_double_in_it_is(word: str) -> None:
    assert not names.mixes_alphabets(word)
    assert not names.mixes_alphabets(f"{word} Smith")
    assert names.mixes_alphabets(f"{word}s")


@pytest.mark.parametrize("name", ["Rooney", "Адам", "Aiman", "supportive", "Modesta", "Apia", "7"])
def test_ordinary_names_are_free(name: str) -> None:
    assert not names.is_reserved(name)


@pytest.mark.parametrize("name", ["", " ", "…", "\u2800", "\u115f\u1160", "-_-"])
def test_names_that_show_nothing_are_blank(name: str) -> None:
    assert names.looks_blank(name)


@pytest.mark.parametrize("name", ["a", "七", "7", "é", "Ә"])
def test_one_letter_is_a_name(name: str) -> None:
    assert not names.looks_blank(name)


@pytest.mark.parametrize(
    "name",
    [
        "\u13aadmin",  # Cherokee A
        "A\u0501min",  # Cyrillic d
        "\u0531dam",  # Armenian A
        "\u0430\u0301dmin",  # Cyrillic a with an accent that stands alone
        "a\u04301b7",
        "\u0430\u05d0",
        "\u5c71\u0430",
        "\ud55c\u306f",
    ],
)
def test_two_scripts_in_a_word_are_a_mixture(name: str) -> None:
    assert names.mixes_alphabets(name)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë d’Été-Łuć",
        "Әйгерім Қасымқызы",
        "Анна-Marie",
        "Νίκος",
        "שרה",
        "राजेश",
        "ნინო",
        "山田はなコーヒー佐々木",
        "金민준",
        "นภา9",
        "O\u02bcBrien",
    ],
)
def test_one_script_is_no_mixture_and_japanese_is_one(name: str) -> None:
    assert not names.mixes_alphabets(name)


@pytest.mark.parametrize(
    "name", ["Adm\u0131n", "\u1d00\u1d05\u1d0d\u026a\u0274", "\ua4ee\ua4d3\ua4df\ua4f2\ua4e0"]
)
def test_dotless_small_capital_and_whole_doubles_are_seen_through(name: str) -> None:
    assert names.is_reserved(name)


@given(
    st.sampled_from(names.RESERVED_BEGINNINGS),
    st.sampled_from("-_. ·"),
    st.text(alphabet="abcdefgh", min_size=1),
)
def test_staff_words_at_the_beginning_are_reserved(word: str, sign: str, rest: str) -> None:
    assert names.is_reserved(f"{word}{sign}{rest}")
    assert names.is_reserved(f"{word.upper()}{sign}{rest}")
    dotless = word.replace("i", "\u0131")
    assert names.is_reserved(f"{sign}{dotless}{sign}{rest}")
    assert not names.is_reserved(f"{rest}{sign}{rest}x{word}")


@pytest.mark.parametrize("name", ["Adminah Lee", "Postilla-Rossi", "Me-Lin", "Help-Anna"])
def test_other_beginnings_are_free(name: str) -> None:
    assert not names.is_reserved(name)
