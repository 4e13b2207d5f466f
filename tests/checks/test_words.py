"""Word lists: the line and the list are named, for moderators."""

from reader.checks import WordsOf
from reader.text.word_lists import WordsToFind
from tests.checks.drafts import why

LISTS = [WordsOf("Gambling", WordsToFind.of(["casino*", "easy money"]))]


def test_a_word_of_a_list_waits_and_the_list_is_named() -> None:
    said = why("words", text="Visit our CASINOS!", lists=LISTS)
    assert said == "“casino*” is on the list Gambling."
    assert why("words", text="Make easy\nmoney", lists=LISTS) is not None


def test_other_words_do_not_wait() -> None:
    assert why("words", text="Occasionally easy, mostly about money.", lists=LISTS) is None
    assert why("words", text="Visit our casino", lists=[]) is None
