"""Segments: spans cut into pieces, against an oracle that looks at every character."""

from hypothesis import given
from hypothesis import strategies as st

from reader.text.blocks import InlineKind, InlineMark
from reader.text.segments import Piece, Span, pieces
from tests.text.strategies import texts

offsets = st.integers(-3, 40)
some_spans = st.lists(st.builds(Span, offsets, offsets, st.integers(1, 6)), max_size=10)
some_marks = st.lists(
    st.builds(InlineMark, offsets, offsets, st.sampled_from(InlineKind)), max_size=4
)
Cover = tuple[tuple[int, ...], tuple[InlineMark, ...]]


def cover_of_each_character(text: str, spans: list[Span], marks: list[InlineMark]) -> list[Cover]:
    """What lies on each character; labels come in the order of first use in this text."""
    used = [s for s in spans if max(s.start, 0) < min(s.end, len(text))]
    order = list(dict.fromkeys(s.key for s in used))
    return [
        (
            tuple(key for key in order if any(s.key == key and s.start <= i < s.end for s in used)),
            tuple(dict.fromkeys(mark for mark in marks if mark.start <= i < mark.end)),
        )
        for i in range(len(text))
    ]


@given(texts(), some_spans, some_marks)
def test_pieces_say_of_each_character_what_lies_on_it(
    text: str, spans: list[Span], marks: list[InlineMark]
) -> None:
    answer = pieces(text, spans, marks)
    assert "".join(piece.text for piece in answer) == text
    assert all(piece.text for piece in answer)
    by_character = [(piece.keys, piece.inline) for piece in answer for _ in piece.text]
    assert by_character == cover_of_each_character(text, spans, marks)


def test_overlapping_spans_share_the_piece_in_the_middle() -> None:
    assert pieces("abcdef", [Span(0, 4, 9), Span(2, 6, 3)]) == [
        Piece("ab", (9,), ()),
        Piece("cd", (9, 3), ()),
        Piece("ef", (3,), ()),
    ]


def test_text_without_spans_is_one_piece_and_no_text_is_none() -> None:
    assert pieces("abc", []) == [Piece("abc", (), ())]
    assert pieces("", [Span(0, 3, 1)]) == []


def test_ten_thousand_spans_are_each_found_where_they_stand() -> None:
    text = "x" * 10_100
    answer = pieces(text, [Span(at, at + 100, at) for at in range(10_000)])
    at = 0
    for piece in answer:
        assert set(piece.keys) == set(range(max(0, at - 99), min(at + 1, 10_000)))
        at += len(piece.text)
    assert at == len(text)
