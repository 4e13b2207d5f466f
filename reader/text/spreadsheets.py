"""Tables as comma-separated values, for programs and for spreadsheets.

A spreadsheet takes a cell that begins with certain signs for a formula and runs it, whoever wrote
it. :func:`defused` puts an apostrophe before such a sign, which makes the cell a text.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

BYTE_ORDER_MARK = "\ufeff"  # by which Excel knows UTF-8
# A program that separates cells by semicolons or tabs begins a new cell behind one, and a new row
# behind a line break, for which quotation marks that it did not expect are no hindrance.
BREAKS = r"\t\r\n\v\f\x85\u2028\u2029"
# What may stand before a sign without keeping a spreadsheet from taking it for the first: spaces,
# quotation marks, and characters that nobody sees.
UNSEEN = (
    rf"(?:[^\S{BREAKS}]|[\"'\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
    r"\x00-\x08\x0e-\x1f])*"
)
SIGNS = r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b]"
FORMULA = re.compile(rf"(?P<before>^|[;{BREAKS}])(?P<sign>{UNSEEN}{SIGNS})")
CONTROL = re.compile(r"^[\t\r\n]")


def defused(cell: str) -> str:
    """Return the cell with an apostrophe before everything that could be taken for a formula.

    That is ``=``, ``+``, ``-``, ``@`` and their full-width forms at the beginning of the cell, or
    in it behind a semicolon, a tab or a line break; and a tab or line break at the beginning.
    """
    safe = FORMULA.sub(r"\g<before>'\g<sign>", cell)
    return f"'{safe}" if CONTROL.match(safe) else safe


def csv_lines(rows: Iterable[Sequence[str]], *, for_spreadsheets: bool = False) -> Iterator[str]:
    """Yield rows as comma-separated values (RFC 4180), every cell in quotation marks.

    Args:
        rows: the cells.
        for_spreadsheets: mark the text as UTF-8 and defuse formulas.
    """
    if for_spreadsheets:
        yield BYTE_ORDER_MARK
    for row in rows:
        buffer = io.StringIO()
        cells = [defused(cell) for cell in row] if for_spreadsheets else row
        csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(cells)
        yield buffer.getvalue()
