"""Rewording passages of a text, block by block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.blocks import Block, BlockKind, InlineKind, InlineMark, numbered, plain_text
from reader.text.revising import Edit, revise

TEXTS = ("They go tocause harm, really.", "Second one.", "Third.")


def blocks_of(*texts: str, inline: tuple[InlineMark, ...] = ()) -> list[Block]:
    return numbered(Block(BlockKind.PARAGRAPH, text, inline=inline) for text in texts)


def edit(blocks: list[Block], words: str, new: str) -> Edit:
    start = plain_text(blocks).index(words)
    return Edit(start, start + len(words), new)


def revised(*changes: tuple[str, str]) -> tuple[list[str], list[str | None]]:
    """Return the texts of the new blocks, and the words that each edit stands on."""
    blocks = blocks_of(*TEXTS)
    new, spans = revise(blocks, [edit(blocks, *change) for change in changes])
    text = plain_text(new)
    assert [block.text for block in new] == [
        text[block.start : block.start + len(block.text)] for block in new
    ]
    return [block.text for block in new], [text[slice(*s)] if s else None for s in spans]


@pytest.mark.parametrize(
    ("changes", "texts", "words"),
    [
        ([("tocause", "to cause")], ["They go to cause harm, really.", *TEXTS[1:]], ["to cause"]),
        ([("harm", "")], ["They go tocause, really.", *TEXTS[1:]], [None]),
        ([("They", "")], ["go tocause harm, really.", *TEXTS[1:]], [None]),
        ([("Second one.", "")], [TEXTS[0], TEXTS[2]], [None]),
        (
            [("really.\n\nSecond", "indeed, second")],
            ["They go tocause harm, indeed, second one.", "Third."],
            ["indeed, second"],
        ),
        ([("Third.", " A.\n \nB c\n\n")], [*TEXTS[:2], "A.", "B c"], ["A.\n\nB c"]),
        ([("They", ""), ("go", "Men")], ["Men tocause harm, really.", *TEXTS[1:]], [None, "Men"]),
        ([("Second", ""), ("one", "")], [TEXTS[0], ".", TEXTS[2]], [None, None]),
        (
            [("harm", "ill"), ("tocause", "to do")],
            ["They go to do ill, really.", *TEXTS[1:]],
            ["ill", "to do"],
        ),
        (
            [("harm, really.\n\nSecond one", "a"), (".\n\nThird", "b")],
            ["They go tocause ab."],
            ["a", "b"],
        ),
    ],
)
def test_blocks_and_places(
    changes: list[tuple[str, str]], texts: list[str], words: list[str | None]
) -> None:
    assert revised(*changes) == (texts, words)


@pytest.mark.parametrize(
    ("words", "new", "marked"),
    [
        ("go", "went", "bold word"),  # before
        ("end", "stop", "bold word"),  # after
        ("bold", "strong", "strong word"),  # its first word
        ("word", "one", "bold one"),  # its last
        ("go bold", "went", "word"),  # runs into it: what is left of it
        ("word end", "stop", "bold"),
        ("ld wo", "ld, ple wo", "bold, ple word"),
        ("go bold word end", "gone", None),  # with all of it
    ],
)
def test_marks_keep_to_their_words(words: str, new: str, marked: str | None) -> None:
    text = "They go bold word end."
    start = text.index("bold")
    mark = InlineMark(start, start + len("bold word"), InlineKind.STRONG)
    blocks = blocks_of(text, inline=(mark,))
    result, _spans = revise(blocks, [edit(blocks, words, new)])
    found = [result[0].text[m.start : m.end].strip() for m in result[0].inline]
    assert found == ([] if marked is None else [marked])


def test_marks_follow_into_joined_and_parted_blocks() -> None:
    mark = InlineMark(7, 10, InlineKind.EM)
    blocks = blocks_of("Second one.", "Second two.", inline=(mark,))
    joined, _spans = revise(blocks, [edit(blocks, ".\n\nSecond", ", then")])
    assert joined[0].text == "Second one, then two."
    assert [joined[0].text[m.start : m.end] for m in joined[0].inline] == ["one", "two"]
    parted, _spans = revise(blocks, [Edit(8, 10, "\n\nne")])
    assert [[block.text[m.start : m.end] for m in block.inline] for block in parted] == [
        ["o"],
        ["ne"],
        ["two"],
    ]


def test_preformatted_text_keeps_its_indentation() -> None:
    blocks = numbered([Block(BlockKind.PREFORMATTED, "    one = 1\n    two = 2")])
    result, _spans = revise(blocks, [edit(blocks, "two", "three")])
    assert result[0].text == "    one = 1\n    three = 2"


def test_overlapping_edits_are_refused() -> None:
    blocks = blocks_of(*TEXTS)
    with pytest.raises(ValueError, match="overlap"):
        revise(blocks, [Edit(0, 5, "a"), Edit(4, 6, "b")])


@given(
    texts=st.lists(st.text("ab .\n", min_size=1).filter(str.strip), min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    words=st.lists(st.text("xy \n", max_size=6), min_size=3, max_size=3),
)
def test_blocks_are_always_well_formed(texts: list[str], cuts: list[int], words: list[str]) -> None:
    blocks = blocks_of(*(text.strip() for text in texts))
    text = plain_text(blocks)
    points = sorted({cut for cut in cuts if cut <= len(text)})
    edits = []
    for (start, end), new in zip(zip(points[::2], points[1::2], strict=False), words, strict=False):
        if text[start:end].strip():
            edits.append(Edit(start, end, new))
    result, spans = revise(blocks, edits)
    new_text = plain_text(result)
    assert all(block.text.strip() for block in result)
    assert [block.start for block in numbered(result)] == [block.start for block in result]
    for one, span in zip(edits, spans, strict=True):
        assert (span is None) == (not one.words.strip())
        if span:
            assert new_text[slice(*span)].split() == one.words.split()
