"""What a reader has seen: paragraph by paragraph, or all at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reader.actions.activity import mark_read
from reader.models import Annotation, Document, ReadMark, User
from reader.queries import read_until, reading, threads
from tests.factories import make_annotation, make_document, make_reply


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


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=-2)])
def test_what_is_written_after_reading_is_new_whatever_the_clock_says(
    author: User, stranger: User, document: Document, ahead: timedelta
) -> None:
    root = make_annotation(author, document, "The margin")
    Annotation.objects.update(created_at=timezone.now() + ahead)  # by a clock that was wrong
    mark_read(reader=stranger, document=document)
    ReadMark.objects.update(seen_at=timezone.now() + ahead)

    def unread() -> tuple[int, int]:
        edition = document.current_edition
        assert edition is not None
        views = reading.reading_page(stranger, document, edition)
        marks = read_until.read_marks(stranger, document.pk)
        seen = read_until.seen_until(marks, "p1")
        assert seen is not None
        rows = threads.roots(stranger, edition).filter(read_until.is_news(stranger, seen))
        return sum(view.unread for view in views), rows.count()

    assert unread() == (0, 0)
    make_reply(author, root, "An answer.")
    assert unread() == (1, 1)
    mark_read(reader=stranger, document=document, ref="p1")
    assert unread() == (0, 0)
    make_annotation(author, document, "The margin", body="Another.")
    assert unread() == (1, 1)
    make_reply(stranger, root, "My own words.")
    assert unread() == (1, 1)


def test_marks_from_before_there_were_numbers_go_by_their_time(
    author: User, stranger: User, document: Document
) -> None:
    ReadMark.objects.create(user=stranger, document=document, seen_at=timezone.now())
    make_annotation(author, document, "The margin")
    edition = document.current_edition
    assert edition is not None
    assert reading.reading_page(stranger, document, edition)[0].unread == 1
    ReadMark.objects.update(seen_at=timezone.now())
    assert reading.reading_page(stranger, document, edition)[0].unread == 0
