"""Selectors made elsewhere: whatever they are, the quote is trusted and nothing is raised."""

from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.anchoring import Verdict, resolve_selectors
from reader.text.selectors import describe, text_fragment, to_utf16
from tests.text.strategies import texts

TEXT = (
    "🇰🇿 Dear compatriots.\n\n"
    "Law and order is the main guarantee. I gave orders to restore law and order.\n\n"
    "We will restore law and order in the whole country, 100%, and soon."
)


def found(selectors: list[dict[str, Any]], **options: Any) -> str | None:
    answer = resolve_selectors(TEXT, selectors, **options)
    return None if answer.start is None else TEXT[answer.start : answer.end]


def quote(exact: str, prefix: str = "", suffix: str = "") -> dict[str, Any]:
    return {"type": "TextQuoteSelector", "exact": exact, "prefix": prefix, "suffix": suffix}


def test_a_quote_alone_is_enough() -> None:
    assert found([quote("Dear compatriots")]) == "Dear compatriots"
    assert found([quote("restore law", suffix=" and order in")]) == "restore law"
    assert found([quote("restore law")]) is None  # it stands twice, and nothing says which


def test_a_quote_that_is_not_quite_right_is_found_and_said_to_be_fuzzy() -> None:
    answer = resolve_selectors(TEXT, [quote("is the maim guaranty. I gave order")])
    assert answer.verdict is Verdict.FUZZY
    assert TEXT[answer.start : answer.end] == "is the main guarantee. I gave orders"


@pytest.mark.parametrize("utf16", [None, True])
def test_positions_in_utf16_units_are_understood(utf16: bool | None) -> None:
    start = TEXT.rindex("law and order")
    units = to_utf16(TEXT, start), to_utf16(TEXT, start + len("law and order"))
    assert units[0] != start
    position = {"type": "TextPositionSelector", "start": units[0], "end": units[1]}
    answer = resolve_selectors(TEXT, [position, quote("law and order")], utf16=utf16)
    assert answer.start == start


def test_a_position_in_code_points_is_understood_beside_its_quote() -> None:
    start = TEXT.rindex("law and order")
    position = {"type": "TextPositionSelector", "start": start, "end": start + 13}
    assert resolve_selectors(TEXT, [quote("law and order"), position]).start == start


def test_a_position_without_a_quote_is_taken_at_its_word() -> None:
    start = TEXT.index("Law")
    position = {"type": "TextPositionSelector", "start": start, "end": start + 3}
    assert found([position], utf16=False) == "Law"
    assert found([{"type": "TextPositionSelector", "start": 5, "end": 10**9}]) is None


def test_a_range_runs_from_the_one_to_the_beginning_of_the_other() -> None:
    selector = {
        "type": "RangeSelector",
        "startSelector": quote("I gave"),
        "endSelector": quote(" law and order.\n"),
    }
    assert found([selector]) == "I gave orders to restore"


def test_the_quote_that_comes_with_a_range_in_a_page_is_used() -> None:
    page_range = {"type": "RangeSelector", "startContainer": "/p[1]", "startOffset": 3}
    assert found([{**page_range, "exact": "Dear compatriots"}]) == "Dear compatriots"
    assert found([page_range, quote("Dear compatriots")]) == "Dear compatriots"


@pytest.mark.parametrize(
    ("directive", "words"),
    [
        ("Dear%20compatriots", "Dear compatriots"),
        ("dear%20COMPATRIOTS", "Dear compatriots"),
        ("whole%20country,soon", "whole country, 100%, and soon"),
        ("orders%20to-,restore%20law", "restore law"),
        ("law%20and%20order,-in%20the%20whole", "law and order"),
        ("We%20will-,restore,order,-in%20the", "restore law and order"),
        ("100%25&text=other", "100%"),
        ("nowhere", None),
        ("", None),
        (",,,", None),
        ("a-,b,c,d,-e", None),
    ],
)
def test_text_directives(directive: str, words: str | None) -> None:
    selector = {"type": "FragmentSelector", "value": f":~:text={directive}"}
    assert found([selector]) == words


def test_a_directive_of_common_words_takes_no_longer_than_reading_the_text() -> None:
    text = "and so on " * 3_000 + "to the end."
    for directive, words in (("and,the%20end", text[:-1]), ("and,nowhere", None)):
        selector = {"type": "FragmentSelector", "value": f":~:text={directive}"}
        began = process_time()
        answer = resolve_selectors(text, [selector])
        assert process_time() - began < 5  # compared pair by pair, it would be minutes
        assert (answer.start is not None and text[answer.start : answer.end]) == (words or False)


def test_a_directive_that_names_two_places_says_how_unsure_it_is() -> None:
    answer = resolve_selectors(
        TEXT, [{"type": "FragmentSelector", "value": "p2:~:text=restore%20law"}]
    )
    assert answer.start == TEXT.index("restore law")
    assert answer.score == 0.5


@given(texts(), st.data())
def test_the_directive_that_we_write_is_one_that_we_read(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    if start == end:
        return
    selector = {"type": "FragmentSelector", "value": text_fragment(describe(text, start, end)[0])}
    answer = resolve_selectors(text, [selector])
    if answer.start is not None:
        assert answer.end is not None
        assert 0 <= answer.start < answer.end <= len(text)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["type", "exact", "prefix", "suffix", "start", "end", "value", "startSelector"]
            ),
            st.sampled_from(
                ["TextQuoteSelector", "TextPositionSelector", "RangeSelector", "FragmentSelector"]
            )
            | st.integers()
            | st.text(max_size=6)
            | st.none()
            | st.booleans()
            | st.just({"type": "RangeSelector"}),
            max_size=5,
        ),
        max_size=3,
    )
)
def test_no_selector_raises(selectors: list[dict[str, Any]]) -> None:
    answer = resolve_selectors(TEXT, selectors)
    assert (answer.start is None) == (answer.verdict is Verdict.ORPHANED)


def test_what_stands_beside_is_compared_at_once_for_all_places() -> None:
    text = "All men are equal before the law, he wrote. " * 1_500
    for directive in ("a%20" * 200 + "-,e,e,-" + "b%20" * 200, "e,e,-" + "b%20" * 200):
        selector = {"type": "FragmentSelector", "value": f":~:text={directive}"}
        began = process_time()
        assert resolve_selectors(text, [selector] * 10).start is None
        assert process_time() - began < 5  # folded anew for each place, it would be minutes


@pytest.mark.parametrize(
    ("directive", "start"),
    [
        ("the%20-,end", 4),  # white space at the seam, on either side
        ("the-,%20end", 4),
        ("THE-,end", 4),
        ("%22the%22-,end", 4),
        ("he-,end", 4),
        ("a-,end", None),
        ("end,-of%20“it”", 4),
        ("end,-OF", 4),
        ("end,-f", None),
        ("the%20end%20of%20it,-x", None),
        ("end,-" + "o" * 2_000, None),
    ],
)
def test_what_stands_before_and_after_a_directives_words(directive: str, start: int | None) -> None:
    selector = {"type": "FragmentSelector", "value": f":~:text={directive}"}
    assert resolve_selectors("the end of “it”, an end.", [selector]).start == start
