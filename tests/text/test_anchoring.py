"""Anchoring: the quote is trusted, the position a hint, and no anchor better than a wrong one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.anchoring import MAX_CANDIDATES, Resolution, Verdict, resolve
from reader.text.selectors import TextPositionSelector, TextQuoteSelector, describe
from tests.text.strategies import texts

TEXT = "Law and order. I gave orders to restore law and order in the country. Order is law."


def passage(text: str, words: str, occurrence: int = 0) -> tuple[int, int]:
    at = -1
    for _ in range(occurrence + 1):
        at = text.index(words, at + 1)
    return at, at + len(words)


def found(text: str, answer: Resolution) -> str:
    assert answer.start is not None
    assert answer.end is not None
    return text[answer.start : answer.end]


@given(texts(), st.data())
def test_in_the_same_text_every_description_is_exact(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    if start < end:
        answer = resolve(text, *describe(text, start, end))
        assert answer == Resolution(Verdict.EXACT, 1.0, start, end)


@given(texts(), texts(), texts(), st.data())
def test_what_is_found_is_always_the_words_of_the_quote(
    text: str, before: str, after: str, data: st.DataObject
) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    if start == end:
        return
    quote, position = describe(text, start, end)
    changed = before + text[start // 2 :] + after
    answer = resolve(changed, quote, position)
    assert answer.verdict in {Verdict.EXACT, Verdict.MOVED, Verdict.ORPHANED}
    assert 0.0 <= answer.score <= 1.0
    if answer.verdict is Verdict.ORPHANED:
        assert (answer.start, answer.end) == (None, None)
    else:
        assert found(changed, answer) == quote.exact


def test_text_put_in_before_the_passage_moves_it() -> None:
    start, end = passage(TEXT, "restore law")
    answer = resolve("A new first sentence. " + TEXT, *describe(TEXT, start, end))
    assert answer == Resolution(Verdict.MOVED, 1.0, start + 22, end + 22)


def test_the_context_tells_two_occurrences_apart() -> None:
    start, end = passage(TEXT, "order", 2)
    quote, _ = describe(TEXT, start, end)
    changed = TEXT.replace("Law", "The law").replace("restore", "bring back")
    answer = resolve(changed, quote)
    assert answer.verdict is Verdict.MOVED
    assert answer.start == changed.index("order in the country")
    assert answer.score < 1.0


def test_context_elsewhere_outweighs_the_same_word_at_the_position() -> None:
    old = "First the army. Then the people of the cities spoke at last."
    new = "First the army was sent, then the people of the cities spoke at last."
    start, end = passage(new, "the", 1)
    quote, _ = describe(new, start, end)
    stale = TextPositionSelector(*passage(new, "the", 0))
    assert resolve(new, quote, stale) == Resolution(Verdict.MOVED, 1.0, start, end)
    bare = TextQuoteSelector("the")
    assert resolve(old, bare, stale).verdict is Verdict.EXACT


def test_equal_occurrences_without_evidence_are_orphaned() -> None:
    assert resolve("yes yes yes", TextQuoteSelector("yes")).verdict is Verdict.ORPHANED


def test_the_position_decides_only_where_one_occurrence_is_clearly_nearer() -> None:
    text = "yes" + "." * 97 + "yes"
    near = resolve(text, TextQuoteSelector("yes"), TextPositionSelector(10, 13))
    assert (near.verdict, near.start) == (Verdict.MOVED, 0)
    between = resolve(text, TextQuoteSelector("yes"), TextPositionSelector(48, 51))
    assert between.verdict is Verdict.ORPHANED


def test_a_few_words_without_any_of_their_context_are_not_believed() -> None:
    quote = TextQuoteSelector("order", "I have given an ", " to law enforcement agencies")
    assert resolve("Restoring public order", quote).verdict is Verdict.ORPHANED
    long = TextQuoteSelector("a joint peacekeeping contingent", "to introduce ", " to assist")
    assert resolve("They sent a joint peacekeeping contingent.", long).verdict is Verdict.MOVED


def test_words_that_are_gone_are_orphaned() -> None:
    position = TextPositionSelector(0, 3)
    assert resolve(TEXT, TextQuoteSelector("peace"), position).verdict is Verdict.ORPHANED
    assert resolve(TEXT, TextQuoteSelector(""), position).verdict is Verdict.ORPHANED


@pytest.mark.parametrize(
    ("start", "end", "verdict"),
    [
        (0, 3, Verdict.EXACT),
        (3, 3, Verdict.ORPHANED),
        (-1, 3, Verdict.ORPHANED),
        (0, len(TEXT) + 1, Verdict.ORPHANED),
    ],
)
def test_a_position_alone_is_taken_when_it_lies_inside(
    start: int, end: int, verdict: Verdict
) -> None:
    assert resolve(TEXT, None, TextPositionSelector(start, end)).verdict is verdict


def test_nothing_to_go_by_is_orphaned() -> None:
    assert resolve(TEXT, None).verdict is Verdict.ORPHANED


def test_a_negative_position_is_no_place() -> None:
    answer = resolve("abcabc", TextQuoteSelector("c"), TextPositionSelector(-1, 0))
    assert answer.verdict is not Verdict.EXACT


def test_what_occurs_too_often_is_found_by_its_context_only() -> None:
    text = "ab" * (MAX_CANDIDATES + 1) + "ac" + "ab" * (2 * MAX_CANDIDATES)
    at = text.index("ac")
    assert resolve(text, TextQuoteSelector("a", "ab", "c")).start == at
    in_part = TextQuoteSelector("a", "x", "cababab")
    for crowd in (text, text[at:]):
        assert resolve(crowd, in_part).verdict is Verdict.ORPHANED


@pytest.mark.parametrize(
    "quote",
    [
        TextQuoteSelector("a"),
        TextQuoteSelector("a", "a" * 32, "a" * 32),
        TextQuoteSelector("a" * 5_000, "b", "b"),
        TextQuoteSelector("b" + "a" * 5_000),
    ],
)
def test_two_million_letters_are_no_trap(quote: TextQuoteSelector) -> None:
    text = "a" * 2_000_000
    began = time.process_time()
    assert resolve(text, quote, TextPositionSelector(3_000_000, 3_000_001)).start is None
    assert time.process_time() - began < 2
