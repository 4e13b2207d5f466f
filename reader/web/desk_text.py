"""The new text around a case of the desk, to choose words from."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reader.queries import desk as desk_queries
from reader.queries.desk import Desk, Entry
from reader.queries.desk_excerpts import Stretch, stretch_around, stretch_from, whereabouts
from reader.web.desk_access import answering_stale, get_editable
from reader.web.http import Request

LAST = 10_000_000
"""No text has as many paragraphs."""


@require_safe
@answering_stale
def desk_text(request: Request, slug: str, number: int, uid: str) -> HttpResponse:
    """Show the paragraphs around where the annotation stands, or would if it still did."""
    edition = get_editable(request, slug, number)
    annotation = desk_queries.find_root(request.viewer, edition, uid)
    if annotation is None:
        raise Http404
    first = request.GET.get("from", "")
    if first.isascii() and first.isdigit() and len(first) < len(str(LAST)):
        stretch = stretch_from(edition, int(first))
    else:
        lying = desk_queries.desk_of(request.viewer, edition)
        stretch = _around(lying, lying.entry_of(annotation.pk))
    context = {
        "document": edition.document,
        "edition": edition,
        "annotation": annotation,
        "stretch": stretch,
    }
    page = "desk/_text.html" if request.htmx else "desk/text.html"
    return render(request, page, context)


def _around(lying: Desk, entry: Entry | None) -> Stretch:
    at = 0
    if entry is not None and entry.resolution.start is not None:
        at = entry.resolution.start
    elif entry is not None and entry.was is not None and lying.base is not None:
        at = whereabouts(lying.base, lying.edition, entry.was[0])
    return stretch_around(lying.edition, at)
