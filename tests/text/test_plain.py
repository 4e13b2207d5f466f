"""Plain text files: the address as published, and files that cannot be read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.blocks import SEPARATOR, plain_text
from reader.text.importers import UnreadableFile, importer_for
from reader.text.importers.plain import read
from tests.text.strategies import texts

TRANSCRIPT = Path(__file__).parents[2] / "seeds" / "transcript.txt"


def test_the_address_comes_in_exactly_as_published() -> None:
    data = TRANSCRIPT.read_bytes()
    imported = importer_for(TRANSCRIPT.name)(data)
    assert len(imported.blocks) == 53
    assert imported.blocks[-1].ref == "p53"
    whole = SEPARATOR.join([imported.title, *(block.text for block in imported.blocks)])
    assert whole.encode() == data


def test_line_endings_and_byte_order_mark_make_no_difference() -> None:
    unix = "Title\n\nFirst line\nsecond line\n\n\n \t\nNext"
    for ending in ("\r\n", "\r"):
        assert read(b"\xef\xbb\xbf" + unix.replace("\n", ending).encode()) == read(unix.encode())


def test_a_line_break_inside_a_paragraph_stays() -> None:
    imported = read("Title\nFirst line\n  second line\n\n  Next\u00a0word ".encode())
    assert imported.title == "Title"
    texts_read = [block.text for block in imported.blocks]
    assert texts_read == ["First line\n  second line", "Next\u00a0word"]


def test_without_a_title_the_first_line_is_text() -> None:
    imported = read(b"One\n\nTwo", first_line_is_title=False)
    assert (imported.title, plain_text(imported.blocks)) == ("", "One\n\nTwo")


@given(st.lists(texts(5), min_size=1))
def test_no_word_is_lost_and_no_paragraph_holds_a_blank_line(paragraphs: list[str]) -> None:
    source = SEPARATOR.join(["Title", "x", *paragraphs])
    imported = read(source.encode())
    assert " ".join([imported.title, plain_text(imported.blocks)]).split() == source.split()
    for block in imported.blocks:
        assert all(line.strip() for line in block.text.split("\n"))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"caf\xe9", "not UTF-8"),
        (b"\xff\xfeT\x00", "not UTF-8"),
        (b"Title\n\nnul \x00 inside", r"U\+0000"),
        (b"Title\n\nescape \x1b[0m", r"U\+001B"),
        (b"", "no paragraphs"),
        (b" \n\n\t\n", "no paragraphs"),
        (b"Only a title\n\n", "no paragraphs"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableFile, match=complaint):
        read(data)


def test_an_unknown_suffix_is_refused_by_name() -> None:
    with pytest.raises(UnreadableFile, match=r"\.docx"):
        importer_for("speech.docx")
