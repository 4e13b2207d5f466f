"""Words are found however they are dressed up, and never inside of others."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reader.text import word_lists
from reader.text.word_lists import BadEntry, WordsToFind, entry_words, fold

LIST = WordsToFind.of(["casino*", "viagra", "buy now", "赌博", "сука", "cialis", "ill", "schön"])
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u202e\u2800\u3164"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Casinos are", "casino*"),
        ("V\u200bIAGRA", "viagra"),
        ("\uff36\uff29\uff21\uff27\uff32\uff21", "viagra"),  # fullwidth
        ("𝐯𝐢𝐚𝐠𝐫𝐚", "viagra"),
        ("v i a g r a !", "viagra"),
        ("v.i.a.g.r.a", "viagra"),
        ("a v i a g r a b", "viagra"),
        ("v\u0456\u0430gra", "viagra"),  # Cyrillic letters
        ("víagra", "viagra"),
        ("v1agra", "viagra"),
        ("buy   NOW", "buy now"),
        ("这是赌博网站", "赌博"),
        ("су\u200dка", "сука"),
        ("cука", "сука"),  # a Latin c
        ("SCHO\u0308N", "schön"),
        ("I'm ill.", "ill"),
    ],
)
def test_a_word_is_found_in_disguise(text: str, line: str) -> None:
    assert LIST.first_in(text) == line


@pytest.mark.parametrize(
    "text",
    ["specialist", "all will fall", "occasino", "сукава", "bill, 1st", "now buy", "buy it now", ""],
)
def test_other_words_are_left_alone(text: str) -> None:
    assert LIST.first_in(text) == ""


@given(st.text())
@example("\u0345\u0391")
@example("ǅ\u0300")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_form_and_composition_make_no_difference(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    assert fold(unicodedata.normalize("NFKC", text)) == fold(text)
    assert fold(text.casefold()) == fold(text)


WORDS = st.text(st.characters(categories=["Ll", "Lu", "Lo"]), min_size=1, max_size=12)


@given(WORDS, st.lists(st.tuples(st.integers(0, 12), st.sampled_from(INVISIBLE))))
def test_nothing_invisible_hides_a_word(word: str, hidden: list[tuple[int, str]]) -> None:
    try:
        is_entry = bool(entry_words(word))
    except BadEntry:
        is_entry = False
    spoiled = word
    for at, sign in hidden:
        spoiled = spoiled[:at] + sign + spoiled[at:]
    assert bool(WordsToFind.of([word]).first_in(f"So {spoiled} there")) == is_entry


@given(WORDS)
def test_a_latin_word_is_not_found_inside_of_another(word: str) -> None:
    found = WordsToFind.of(["cat"]).first_in(f"cat{word} {word}cat")
    assert found == "" or fold(word) in {"", "cat"} or not word.isascii()


@pytest.mark.parametrize("line", ["*", "a*b", "!!", "x" * 65, "one two three four five six seven"])
def test_a_line_that_is_no_word_is_refused(line: str) -> None:
    with pytest.raises(BadEntry):
        entry_words(line)
    assert WordsToFind.of([line]).first_in(f"x {line}") == ""


class Counting(str):
    """A word that counts how often it is looked up."""

    __slots__ = ()
    looked_up = 0

    def __hash__(self) -> int:
        Counting.looked_up += 1
        return super().__hash__()


def test_twice_the_text_is_twice_the_work() -> None:
    """Also of a text that is made to be searched slowly."""
    lines = [" ".join(["a"] * count) + " b" for count in range(1, 6)] + ["a" * 60 + "*"]
    slow = WordsToFind.of(lines)
    costs = []
    for count in (500, 1_000, 2_000):
        Counting.looked_up = 0
        assert word_lists._first(slow.read, [Counting("a") for _word in range(count)]) == ""
        costs.append(Counting.looked_up)
    assert costs[2] <= 2.1 * costs[1] <= 4.4 * costs[0]
