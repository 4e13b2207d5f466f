"""Searching: the whole site, or one document."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reader.queries import search as searching
from reader.queries.search import HITS_A_PAGE
from reader.text.search_query import parse
from reader.web.converters import as_number
from reader.web.documents import get_document
from reader.web.http import Request

KINDS = (searching.EVERYTHING, searching.TEXT, searching.DISCUSSION)


@require_safe
def search(request: Request, slug: str | None = None) -> HttpResponse:
    """Answer a search with the form and a page of what was found."""
    document = get_document(request, slug) if slug else None
    raw = request.GET.get("q", "")
    query = parse(raw)
    kind = request.GET.get("show", "")
    kind = kind if kind in KINDS else searching.EVERYTHING
    number = as_number(request.GET.get("page", "")) or 1
    results = searching.search(request.viewer, query, document, number, kind)
    context = {
        "document": document,
        "raw": raw,
        "query": query,
        "kind": kind,
        "results": results,
        "page": Paginator(range(results.count), HITS_A_PAGE).page(results.number),
    }
    template = "search/_results.html" if request.htmx else "search/search.html"
    return render(request, template, context)
