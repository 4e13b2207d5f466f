"""The difference between editions: every block accounted for, changes in the words people use."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.blocks import Block, BlockKind, numbered
from reader.text.diff import LONG, TOO_LONG, Change, Op, compare_blocks, compare_words
from tests.text.strategies import texts

FIRST = "The first sentence stands here. And the second one follows it closely."
SECOND = "Another paragraph about something else entirely, with many words."
THIRD = "Third thing: nothing in common with the others, really."
FOURTH = "A fourth paragraph says that rivers flow down to the sea."


def blocks(*words: str) -> list[Block]:
    return numbered(Block(BlockKind.PARAGRAPH, text) for text in words)


def changes(
    old: list[Block], new: list[Block]
) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    return [(row.change.value, row.old, row.new) for row in compare_blocks(old, new)]


@given(texts(), texts())
def test_the_parts_of_a_difference_give_both_texts_back(old: str, new: str) -> None:
    parts = compare_words(old, new)
    assert "".join(part.text for part in parts if part.op is not Op.INSERTED) == old
    assert "".join(part.text for part in parts if part.op is not Op.DELETED) == new
    assert all(part.text for part in parts)


@given(st.lists(texts(), max_size=6), st.lists(texts(), max_size=6))
def test_every_block_stands_in_exactly_one_row(old: list[str], new: list[str]) -> None:
    rows = compare_blocks(blocks(*old), blocks(*new))
    assert sorted(chain.from_iterable(row.old for row in rows)) == list(range(len(old)))
    in_order = [row.new[0] for row in rows if row.new]
    assert in_order == sorted(in_order)
    assert sorted(chain.from_iterable(row.new for row in rows)) == list(range(len(new)))


@given(st.lists(texts(), max_size=6))
def test_the_same_edition_has_no_difference(words: list[str]) -> None:
    rows = compare_blocks(blocks(*words), blocks(*words))
    assert {row.change for row in rows if "".join(p.text for p in row.words).strip()} <= {
        Change.SAME
    }


@pytest.mark.parametrize("count", [LONG // 2 - 1, LONG])  # a space is a word here
def test_one_changed_word_in_a_long_paragraph_is_all_that_changes(count: int) -> None:
    old = [f"word{n}" for n in range(count)]
    new = [*old[:700], "other", *old[701:]]
    changed = [one for one in compare_words(" ".join(old), " ".join(new)) if one.op != Op.SAME]
    assert [(one.op.value, one.text) for one in changed] == [
        ("deleted", "word700"),
        ("inserted", "other"),
    ]


def test_what_is_too_long_to_be_compared_is_gone_and_come() -> None:
    old, new = "a " * TOO_LONG, "a " * TOO_LONG + "b"
    assert [one.op.value for one in compare_words(old, new)] == ["deleted", "inserted"]


def test_a_changed_word_is_shown_as_that_word() -> None:
    parts = compare_words("They continue tocause damage.", "They continue to cause damage.")
    assert [(part.op.value, part.text) for part in parts] == [
        ("same", "They continue "),
        ("deleted", "tocause"),
        ("inserted", "to cause"),
        ("same", " damage."),
    ]


def test_a_paragraph_in_two_is_split_and_two_in_one_are_merged() -> None:
    whole, halves = blocks(FIRST, SECOND), blocks(*FIRST.replace(". ", ".|").split("|"), SECOND)
    assert changes(whole, halves) == [("split", (0,), (0, 1)), ("same", (1,), (2,))]
    assert changes(halves, whole) == [("merged", (0, 1), (0,)), ("same", (2,), (1,))]


def test_what_changed_places_is_moved_and_nothing_else_is() -> None:
    assert changes(blocks(FIRST, SECOND, THIRD, FOURTH), blocks(FOURTH, FIRST, SECOND, THIRD)) == [
        ("moved", (3,), (0,)),
        ("same", (0,), (1,)),
        ("same", (1,), (2,)),
        ("same", (2,), (3,)),
    ]


def test_moved_and_edited_is_edited_in_another_place() -> None:
    longer = FOURTH.replace("rivers", "all the rivers")
    row = compare_blocks(blocks(FIRST, SECOND, FOURTH), blocks(longer, FIRST, SECOND))[0]
    assert (row.change, row.moved) == (Change.EDITED, True)


def test_what_is_gone_stands_where_it_was() -> None:
    assert changes(blocks(FIRST, SECOND, THIRD), blocks(FIRST, FOURTH, THIRD)) == [
        ("same", (0,), (0,)),
        ("deleted", (1,), ()),
        ("inserted", (), (1,)),
        ("same", (2,), (2,)),
    ]
    assert changes(blocks(SECOND, FIRST), blocks(FIRST))[0] == ("deleted", (0,), ())


def test_many_deleted_blocks_stand_where_they_were_in_no_time() -> None:
    old = [f"{number}. {SECOND}" for number in range(3_000)]
    rows = compare_blocks(blocks(*old, FIRST), blocks(FIRST))
    assert [row.change for row in rows] == [Change.DELETED] * 3_000 + [Change.SAME]


def test_a_block_of_another_kind_is_edited_though_its_words_are_the_same() -> None:
    heading = [Block(BlockKind.HEADING, FIRST, level=2)]
    assert changes(blocks(FIRST), numbered(heading)) == [("edited", (0,), (0,))]
