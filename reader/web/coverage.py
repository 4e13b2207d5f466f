"""The map: where in the text the discussion is, as a picture and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from reader import policy
from reader.models import Document, Edition
from reader.queries import coverage as coverage_queries
from reader.queries import passages, reading, tallies
from reader.queries.coverage import Row, Stretch
from reader.web.documents import asked_edition, get_document
from reader.web.http import Request

ROWS_A_PAGE = 100
PASSAGES_SHOWN = 10
HEADS = {
    "people": gettext_lazy("People"),
    "threads": gettext_lazy("Threads"),
    "replies": gettext_lazy("Replies"),
    "questions": gettext_lazy("Questions"),
    "unanswered": gettext_lazy("Unanswered"),
    "contested": gettext_lazy("Contested"),
    "decided": gettext_lazy("Decided"),
    "undecided": gettext_lazy("Undecided"),
    "highlights": gettext_lazy("Highlights"),
}
AT_DESK = {  # what a reviewer gets to see behind a number: a filter of the review desk
    "threads": "",
    "questions": "&motivation=questioning",
    "unanswered": "&state=unanswered",
    "contested": "&contested=on",
    "decided": "&state=decided",
    "undecided": "&state=undecided",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table, with its addresses; ``cells`` are numbers and where each leads."""

    row: Row
    url: str
    cells: Sequence[tuple[int, str]]


class Addresses:
    """Where numbers lead: reviewers to the desk, everybody else to the paragraph."""

    def __init__(self, document: Document, past: Edition | None, reviews: bool) -> None:
        # One reverse for all of them: there may be thousands.
        self._page = reverse("paragraph", args=[document.slug, "p1"]).removesuffix("p1/")
        self._query = f"?edition={past.number}" if past else ""
        self._desk = reverse("review", args=[document.slug]) if reviews and not past else ""

    def paragraph(self, ref: str) -> str:
        """Return the address of a paragraph's own page."""
        return f"{self._page}{ref}/{self._query}"

    def cell(self, ref: str, kind: str) -> str:
        """Return where it is seen what a number counts."""
        if self._desk and kind in AT_DESK:
            return f"{self._desk}?in={ref}..{ref}{AT_DESK[kind]}"
        return self.paragraph(ref)

    def entry(self, row: Row) -> Entry:
        """Return the row with its numbers linked; a zero leads nowhere."""
        ref, tally = row.line.ref, row.tally
        counts = ((kind, int(getattr(tally, kind))) for kind in HEADS)
        cells = [(n, self.cell(ref, kind) if n else "") for kind, n in counts]
        return Entry(row, self.paragraph(ref), cells)


@require_safe
def coverage_map(request: Request, slug: str) -> HttpResponse:
    """Show how the public discussion is spread over the text, the same to everybody."""
    document = get_document(request, slug)
    edition = asked_edition(request, document)
    if edition.is_draft:
        raise Http404
    counted = tallies.tallies_of(document, edition)
    rows = coverage_queries.rows_of(counted, tallies.lines_of(edition))
    past, reviews = reading.past(document, edition), policy.may_review(request.viewer, document)
    order = request.GET.get("order", "")
    order = order if order in HEADS else ""
    page = Paginator(coverage_queries.in_order(rows, order), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    addresses = Addresses(document, past, reviews)
    shown = coverage_queries.with_words(edition, page.object_list)
    context = {
        "document": document,
        "edition": edition,
        "past": past,
        "base_url": edition.get_absolute_url() if past else document.get_absolute_url(),
        "total": counted.total,
        "orphans": counted.of(0),
        "first": rows[0].line,
        "last": rows[-1].line,
        "bars": _bars(rows, addresses, past),
        "heads": _heads(order, past),
        "order": order,
        "page": page,
        "entries": [addresses.entry(row) for row in shown],
        "passages": passages.most_marked(counted, edition, PASSAGES_SHOWN),
        "may_review": reviews,
        "may_read_responses": policy.may_read_responses(request.viewer, document),
    }
    return render(request, "coverage/map.html", context)


def _bars(
    rows: Sequence[Row], addresses: Addresses, past: Edition | None
) -> list[tuple[Stretch, str]]:
    """Return the columns of the picture: one block leads to its page, several to their rows."""

    def address(one: Stretch) -> str:
        if one.is_one:
            return addresses.paragraph(one.first.ref)
        return f"?{_query(past, page=one.row // ROWS_A_PAGE + 1)}#row-{one.first.ref}"

    return [(one, address(one)) for one in coverage_queries.stretches(rows)]


def _heads(order: str, past: Edition | None) -> list[dict[str, Any]]:
    """Return the heads of the table, each with the address that sorts by it."""
    return [
        {
            "name": name,
            "is_order": kind == order,
            "url": f"?{_query(past, order=kind)}#numbers",
        }
        for kind, name in HEADS.items()
    ]


def _query(past: Edition | None, **pairs: object) -> str:
    edition = {"edition": past.number} if past else {}
    return urlencode({**edition, **pairs})


@require_safe
def overview(request: Request, slug: str) -> HttpResponse:
    """Lead from the address that the map had before to the map."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(
        reverse("map", args=[slug]) + (f"?{query}" if query else ""), status=301
    )
