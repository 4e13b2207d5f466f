"""Quotations copied by hand: what may differ, what may not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.anchoring import find_quoted
from tests.text.strategies import texts

TEXT = (
    "The people’s “great” trust — that is,\u00a0the co\u00adoperation of all —\n\n"
    "must be kept. We say: Must be kept!"
)


def quoted_passages(text: str, quoted: str) -> list[str]:
    return [text[start:end] for start, end in find_quoted(text, quoted, 0, len(text))]


@pytest.mark.parametrize(
    ("quoted", "passages"),
    [
        ('people\'s "great" trust', ["people’s “great” trust"]),
        ("trust - that is, the", ["trust — that is,\u00a0the"]),
        ("cooperation", ["co\u00adoperation"]),
        ("of  all —\nmust be", ["of all —\n\nmust be"]),
        ("“…that is, the cooperation…”", ["that is,\u00a0the co\u00adoperation"]),
        ("  «must be kept»  ", ["must be kept"]),
        ("must be kept", ["must be kept"]),
        ("MUST BE KEPT", ["must be kept", "Must be kept"]),
        ("(.*)", []),
        ("", []),
        ("“…”", []),
    ],
)
def test_what_a_person_types_is_found(quoted: str, passages: list[str]) -> None:
    assert quoted_passages(TEXT, quoted) == passages


def test_only_the_asked_stretch_is_searched() -> None:
    second = TEXT.index("We say")
    found = find_quoted(TEXT, "Must be kept", second, len(TEXT))
    assert found == [(len(TEXT) - 13, len(TEXT) - 1)]
    assert find_quoted(TEXT, "great", second, len(TEXT)) == []


def test_letters_are_equal_however_their_accents_are_coded_and_never_cut() -> None:
    assert quoted_passages("le cafe\u0301 noir", "café") == ["cafe\u0301"]
    assert quoted_passages("le café noir", "cafe") == []
    assert quoted_passages("le cafe\u0301 noir", "cafe") == []
    assert quoted_passages("der Fuß und", "FUSS") == ["Fuß"]
    assert quoted_passages("der Fuß und", "FUS") == []
    assert quoted_passages("one 👩‍💻 two", "👩") == []
    assert quoted_passages("one 👍🏽 two", "👍") == []
    assert quoted_passages("one 👩‍💻 two", "👩‍💻") == ["👩‍💻"]


@given(texts(), st.data())
def test_any_word_copied_exactly_is_found_where_it_stands(text: str, data: st.DataObject) -> None:
    words = [word for word in text.split() if word.isalnum() and word.isascii()]
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    spans = find_quoted(text, word, 0, len(text))
    assert spans
    for start, end in spans:
        visible = text[start:end].translate(dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff")))
        assert visible == word
    assert spans == sorted(spans)


def test_a_long_repetitive_search_is_no_trap() -> None:
    text = "aaaaaaaa " * 20_000
    began = time.process_time()
    assert find_quoted(text, "aaaaaaaa " * 1_000 + "b", 0, len(text)) == []
    assert find_quoted(text, " " * 100_000 + "b", 0, len(text)) == []
    assert time.process_time() - began < 3
