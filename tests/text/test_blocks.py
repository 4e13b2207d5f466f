"""Blocks: numbering, the plain text, and which blocks a span touches."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.blocks import (
    SEPARATOR,
    Block,
    BlockKind,
    InlineKind,
    InlineMark,
    locate,
    numbered,
    plain_text,
)
from tests.text.strategies import texts

some_blocks = st.lists(st.builds(Block, st.sampled_from(BlockKind), texts(4)), max_size=8)
marks = st.builds(InlineMark, st.integers(0), st.integers(0), st.sampled_from(InlineKind), texts(2))


@given(some_blocks)
def test_every_block_stands_where_its_start_says(blocks: list[Block]) -> None:
    whole = plain_text(blocks)
    for block in numbered(blocks):
        assert whole[block.start : block.start + len(block.text)] == block.text


def test_headings_have_no_number_and_everything_else_is_counted_together() -> None:
    kinds = [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.VERSE, BlockKind.HEADING]
    named = numbered(Block(kind, "x") for kind in [*kinds, BlockKind.LIST_ITEM])
    assert [block.ref for block in named] == ["h1", "p1", "p2", "h2", "p3"]
    assert [block.number for block in named] == [None, 1, 2, None, 3]


@given(some_blocks)
def test_numbering_again_changes_nothing(blocks: list[Block]) -> None:
    assert numbered(numbered(blocks)) == numbered(blocks)


@given(marks)
def test_inline_marks_survive_json(mark: InlineMark) -> None:
    assert InlineMark.from_json(json.loads(json.dumps(mark.as_json()))) == mark


def test_an_unknown_inline_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="blink"):
        InlineMark.from_json({"start": 0, "end": 1, "kind": "blink"})


@given(some_blocks, st.data())
def test_locate_agrees_with_looking_at_every_character(
    blocks: list[Block], data: st.DataObject
) -> None:
    named = numbered(blocks)
    whole = plain_text(named)
    start, end = data.draw(st.tuples(st.integers(-2, len(whole) + 2), st.integers(-2, 300)))
    starts, lengths = [b.start for b in named], [len(b.text) for b in named]
    touched = [
        (index, offset)
        for index, block in enumerate(named)
        for offset in range(len(block.text))
        if start <= block.start + offset < end
    ]
    if not 0 <= start < end <= len(whole) or not touched:
        with pytest.raises(ValueError, match="The span"):
            locate(starts, lengths, start, end)
    else:
        (first, first_offset), (last, last_offset) = touched[0], touched[-1]
        assert locate(starts, lengths, start, end) == (first, first_offset, last, last_offset + 1)


def test_a_span_that_ends_in_the_separators_is_tightened() -> None:
    starts, lengths = [0, 3 + len(SEPARATOR)], [3, 3]
    assert locate(starts, lengths, 1, 4) == (0, 1, 0, 3)
    assert locate(starts, lengths, 4, 7) == (1, 0, 1, 2)
    with pytest.raises(ValueError, match="only the space between"):
        locate(starts, lengths, 3, 5)
