"""Places that resemble lost words, offered to a person."""

from hypothesis import given

from reader.text.anchoring import Places
from tests.text.strategies import texts

TEXT = (
    "The council met on Monday and discussed the budget of the school.\n\n"
    "On Tuesday the mayor spoke about the harbour, its cranes and its debts.\n\n"
    "Nobody spoke about the budget for the schools after that."
)


def test_the_most_similar_place_comes_first_and_whole_words_are_taken() -> None:
    places = Places(TEXT).like("discussed a budget of the schools")
    assert TEXT[places[0].start : places[0].end] == "discussed the budget of the school"
    assert [place.score for place in places] == sorted(
        (place.score for place in places), reverse=True
    )


def test_words_that_resemble_nothing_have_no_candidates() -> None:
    assert Places(TEXT).like("zebra crossing quietly") == []
    assert Places("").like("anything") == []


def test_there_are_no_more_than_asked_for() -> None:
    assert len(Places("\n\n".join([TEXT] * 20)).like("the budget of the school", limit=2)) == 2


@given(texts(), texts())
def test_candidates_lie_inside_the_text(text: str, words: str) -> None:
    for place in Places(text).like(words):
        assert 0 <= place.start < place.end <= len(text)
        assert 0.0 <= place.score <= 1.0
