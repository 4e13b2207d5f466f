"""Rows, stretches and pages of a comparison."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader.models import Document, Edition, User
from reader.policy import Viewer
from reader.queries import comparison
from reader.queries.comparison import ComparedRow, How
from reader.queries.editions import editions_of, find_edition
from reader.text.diff import Change, Row
from tests.editions import make_edition
from tests.factories import make_annotation, make_document, make_user

OLD = (
    "The first paragraph is about rivers and what they carry to the sea.",
    "The second one tells of mountains. It also tells of valleys and of snow.",
    "The third one, about forests, is going to be deleted altogether.",
    "The fourth one lists the cities that everybody has heard of.",
    "The fifth one is short.",
    "The sixth one follows it closely.",
)
NEW = (
    "The fourth one lists the cities that everybody has heard of.",
    "The first paragraph is about rivers and what they bring to the sea.",
    "The second one tells of mountains.",
    "It also tells of valleys and of snow.",
    "The fifth one is short. The sixth one follows it closely.",
    "A wholly different matter begins here.",
)


def compare(viewer: Viewer, older: Edition, newer: Edition) -> list[ComparedRow]:
    """Return all rows of the comparison, with the threads of all changes."""
    return comparison.with_threads(viewer, older, newer, comparison.rows_of(older, newer))


def rows_of(marks: str) -> list[ComparedRow]:
    """Return rows that are changes (x) or not (.), as they come from a comparison."""
    rows, place = [], 0
    for index, mark in enumerate(marks):
        change = Change.EDITED if mark == "x" else Change.SAME
        place += mark == "x"
        row = Row(change, (index,), (index,), ())
        rows.append(ComparedRow(index, row, [], [], place if mark == "x" else 0))
    return rows


def drawn(marks: str, opened: int | None = None) -> str:
    """Return how the rows are shown, a letter for each row, a space between stretches."""
    signs = {How.SHOWN: "s", How.FOLDED: "-", How.OPENED: "o"}
    runs = comparison.stretches(rows_of(marks), opened)
    return " ".join(signs[run.how] * len(run.rows) for run in runs)


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        ("x", "s"),
        ("....x....", "--- sss ---"),
        ("x...x", "sssss"),
        ("x....x", "ss -- ss"),
        (".x.x.", "sssss"),
        ("..x", "sss"),
        ("x..", "sss"),
        ("....", "----"),
        ("", ""),
    ],
)
def test_what_did_not_change_is_folded_save_for_its_edges(marks: str, shown: str) -> None:
    assert drawn(marks) == shown


@pytest.mark.parametrize(
    ("opened", "shown"),
    [
        (3, "ss oooo ss"),
        (4, "ss - ooo ss"),
        (1, "ss ---- ss"),
        (99, "ss ---- ss"),
        (None, "ss ---- ss"),
    ],
)
def test_a_fold_opens_from_the_row_asked_for(opened: int | None, shown: str) -> None:
    assert drawn("x......x", opened) == shown


def test_only_so_much_is_opened_at_once() -> None:
    run = drawn("x" + "." * 500 + "x", 3).split()
    assert [len(part) for part in run] == [2, comparison.UNFOLDED, 298, 2]


def test_pages_together_are_the_comparison() -> None:
    rows = rows_of("..x..x.x...x..")
    changes = [row.index for row in rows if row.is_change]
    pages = [comparison.rows_between(rows, changes[at : at + 2]) for at in (0, 2)]
    assert [row.index for page in pages for row in page] == list(range(len(rows)))
    assert sum(row.is_change for row in pages[0]) == 2
    assert list(comparison.rows_between(rows, [])) == rows


@pytest.fixture
def revised(db: None) -> Document:
    """A document whose second edition has every kind of change."""
    document = make_document(*OLD, slug="revised")
    make_edition(document, *NEW)
    return document


def test_rows_name_what_became_of_the_blocks(revised: Document) -> None:
    older, newer = editions_of(AnonymousUser(), revised)
    rows = comparison.rows_of(older, newer)
    found = {row.row.change for row in rows}
    assert found >= {Change.MOVED, Change.EDITED, Change.SPLIT, Change.MERGED, Change.INSERTED}
    for row in rows:
        assert [block.edition_id for block in row.old] == [older.pk] * len(row.row.old)
        assert [block.edition_id for block in row.new] == [newer.pk] * len(row.row.new)
    assert [row.place for row in rows if row.is_change] == list(
        range(1, sum(row.is_change for row in rows) + 1)
    )
    assert sum(comparison.counts(rows).values()) == sum(row.is_change for row in rows)


def test_tallies_of_all_steps_take_one_query(revised: Document) -> None:
    make_edition(revised, *OLD)
    editions = editions_of(AnonymousUser(), revised)
    with CaptureQueriesContext(connection) as captured:
        tallies = comparison.tallies(AnonymousUser(), editions)
    assert len(captured) == 1
    assert set(tallies) == {edition.pk for edition in editions[1:]}


def test_each_note_stands_once_and_where_it_is(author: User) -> None:
    document = make_document(*OLD, slug="notes")
    bodies = {
        "what they carry": "stays with its paragraph",
        "about forests": "has no place any more",
        "tells of mountains": "stands in the first half",
        "valleys": "stands in the second half",
    }
    for words, body in bodies.items():
        make_annotation(author, document, words, body=body)
    make_edition(document, *NEW)
    older, newer = editions_of(AnonymousUser(), document)
    rows = compare(AnonymousUser(), older, newer)
    standing = [t.root.annotation.body for row in rows for t in row.threads]
    left = [t.root.annotation.body for row in rows for t in row.left]
    assert sorted(standing + left) == sorted(bodies.values())
    assert left == ["has no place any more"]


def test_threads_take_a_constant_number_of_queries(db: None) -> None:
    taken = []
    for amount in (1, 9):
        document = make_document(*OLD, slug=f"amount-{amount}")
        for _number in range(amount):
            make_annotation(make_user(), document, "what they carry")
            make_annotation(make_user(), document, "about forests")
        make_edition(document, *NEW)
        older = find_edition(AnonymousUser(), document, 1)
        newer = find_edition(AnonymousUser(), document, 2)
        with CaptureQueriesContext(connection) as captured:
            rows = compare(AnonymousUser(), older, newer)
        taken.append(len(captured))
        shown = sum(len(row.threads) + len(row.left) for row in rows)
        assert shown + sum(row.more + row.more_left for row in rows) == 2 * amount
    assert taken[0] == taken[1]
