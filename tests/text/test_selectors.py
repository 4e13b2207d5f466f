"""Selectors: spans in W3C's words and back, UTF-16 offsets, and text fragments."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reader.text.selectors import (
    CONTEXT,
    FRAGMENT_QUOTE_LIMIT,
    TextQuoteSelector,
    describe,
    from_utf16,
    text_fragment,
    to_utf16,
    whole_words,
)
from tests.text.strategies import texts

DIRECTIVE = re.compile(
    r":~:text=(?:(?P<prefix>[^,&-]+)-,)?(?P<start>[^,&-]+)(?:,(?P<end>[^,&-]+))?"
    r"(?:,-(?P<suffix>[^,&-]+))?"
)
words = st.lists(
    st.sampled_from(["law", "and", "order,", "Ұлт", "tail-end", "100%", "a&b", "x" * 50, "\n\n"]),
    min_size=1,
    max_size=60,
).map(" ".join)


@given(texts(), st.data())
def test_a_description_names_the_span_and_what_is_around_it(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    if start == end:
        return
    quote, position = describe(text, start, end)
    assert text[position.start : position.end] == quote.exact
    assert text[:start].endswith(quote.prefix)
    assert text[end:].startswith(quote.suffix)
    assert len(quote.prefix) == min(CONTEXT, start)
    assert len(quote.suffix) == min(CONTEXT, len(text) - end)


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (-1, 2), (0, 5)])
def test_no_description_of_what_is_not_there(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="No passage"):
        describe("text", start, end)


@given(texts())
def test_utf16_offsets_there_and_back(text: str) -> None:
    units = 0
    for offset, char in enumerate(text):
        assert to_utf16(text, offset) == units
        assert from_utf16(text, units) == offset
        if ord(char) > 0xFFFF:
            with pytest.raises(ValueError, match="surrogate pair"):
                from_utf16(text, units + 1)
        units += 2 if ord(char) > 0xFFFF else 1
    assert from_utf16(text, units) == len(text)
    for outside in (-1, units + 1):
        with pytest.raises(ValueError, match="outside"):
            from_utf16(text, outside)


def fragment_terms(fragment: str) -> dict[str, str]:
    """The decoded terms of a directive, read by its grammar."""
    found = DIRECTIVE.fullmatch(fragment)
    assert found, fragment
    return {name: unquote(term) for name, term in found.groupdict().items() if term}


def squeezed(text: str) -> str:
    return " ".join(text.split())


@given(words, st.data())
@example("one two three four five six seven", None)
def test_a_fragment_names_whole_words_of_one_block_each(
    text: str, data: st.DataObject | None
) -> None:
    cuts = [found.start() for found in re.finditer(r"(?<!\S)\S", text)]
    if not cuts:
        return
    start = data.draw(st.sampled_from(cuts)) if data else cuts[0]
    length = data.draw(st.integers(1, 400)) if data else 7
    quote, _ = describe(text, start, min(start + length, len(text)))
    terms = fragment_terms(text_fragment(quote))
    exact = squeezed(quote.exact)
    assert exact.startswith(terms["start"])
    assert exact.endswith(terms.get("end", terms["start"]))
    if "end" not in terms:
        assert terms["start"] == exact
    assert squeezed(quote.prefix).endswith(terms.get("prefix", ""))
    assert squeezed(quote.suffix).startswith(terms.get("suffix", ""))
    all_words = {squeezed(word) for word in text.split()}
    assert set(terms.get("prefix", "").split()) <= all_words
    blocks = [squeezed(block) for block in text.split("\n\n")]
    for term in terms.values():
        assert any(term in block for block in blocks)


def test_the_context_of_a_fragment_does_not_hold_cut_words() -> None:
    text = "Constitutional legitimacy is being restored across the country, slowly however."
    quote, _ = describe(text, text.index("being"), text.index(" across"))
    assert quote.suffix == " across the country, slowly howe"
    assert fragment_terms(text_fragment(quote)) == {
        "prefix": "Constitutional legitimacy is",
        "start": "being restored",
        "suffix": "across the country, slowly",
    }


def test_a_long_quote_is_named_by_its_ends() -> None:
    numbers = " ".join(map(str, range(1000, 1100)))
    terms = fragment_terms(text_fragment(TextQuoteSelector(numbers)))
    assert len(numbers) > FRAGMENT_QUOTE_LIMIT
    assert terms["start"].startswith("1000 1001")
    assert terms["end"].endswith("1098 1099")
    assert len(terms["start"]) + len(terms["end"]) < FRAGMENT_QUOTE_LIMIT


def test_the_signs_of_the_grammar_are_encoded() -> None:
    assert text_fragment(TextQuoteSelector("a-b,c&d e")) == ":~:text=a%2Db%2Cc%26d%20e"


def test_a_quote_without_words_has_no_fragment() -> None:
    assert text_fragment(TextQuoteSelector(" \n\n ", "before", "after")) == ""


@pytest.mark.parametrize(
    ("words", "whole"),
    [("tatewas no", "statewas not"), ("militants.", "andmilitants."), ("why the", "why the")],
)
def test_whole_words_reach_out_to_the_edges_of_words(words: str, whole: str) -> None:
    text = "understand why the statewas not alert to sleeper cells andmilitants. Almost20 thousand"
    start = text.index(words)
    quote, _position = describe(text, start, start + len(words))
    assert whole_words(quote).exact == whole
    assert whole_words(quote).prefix + whole in text
