"""What a reader has seen: paragraph by paragraph, or all at once."""

from reader.actions.activity import mark_read
from reader.models import Document, ReadMark, User
from tests.factories import make_document


def marks_of(reader: User, document: Document) -> set[str]:
    """Return the refs that the reader has a mark for; ``""`` stands for the whole document."""
    rows = ReadMark.objects.filter(user=reader, document=document)
    return set(rows.values_list("ref", flat=True))


def test_marks_of_paragraphs_stand_side_by_side(author: User, document: Document) -> None:
    for ref in ("p1", "p2", "p1"):
        mark_read(reader=author, document=document, ref=ref)
    assert marks_of(author, document) == {"p1", "p2"}


def test_reading_again_moves_the_mark_on(author: User, document: Document) -> None:
    mark_read(reader=author, document=document, ref="p1")
    first = ReadMark.objects.get().seen_at
    mark_read(reader=author, document=document, ref="p1")
    assert ReadMark.objects.get().seen_at > first


def test_marking_all_replaces_the_marks_of_that_reader_and_document(
    author: User, stranger: User, document: Document
) -> None:
    other = make_document()
    for reader, read in ((author, document), (author, other), (stranger, document)):
        mark_read(reader=reader, document=read, ref="p1")
        mark_read(reader=reader, document=read, ref="p2")
    mark_read(reader=author, document=document)
    assert marks_of(author, document) == {""}
    assert marks_of(author, other) == marks_of(stranger, document) == {"p1", "p2"}
