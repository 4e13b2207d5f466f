"""The editions of a document: the list, two of them compared, and what lost its passage."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reader.queries import comparison, reading
from reader.queries import editions as edition_queries
from reader.queries import orphans as orphan_queries
from reader.web.converters import as_number
from reader.web.documents import annotating, asked_edition, get_document, get_edition, reading_in
from reader.web.http import Request

CHANGES_A_PAGE = 50
ORPHANS_A_PAGE = 20
HIGHLIGHTS_SHOWN = 20
TALLIED = 10  # steps from edition to edition whose changes are counted for the list
VIEWS = ("inline", "side")


@require_safe
def editions(request: Request, slug: str) -> HttpResponse:
    """List the editions, newest first, with how the text changed from each to the next."""
    document = get_document(request, slug)
    found = edition_queries.editions_of(request.viewer, document)
    if not found:
        raise Http404
    tallies = comparison.tallies(request.viewer, found[-TALLIED - 1 :])
    before = dict(zip([one.pk for one in found[1:]], found, strict=False))
    rows = [
        {"edition": one, "before": before.get(one.pk), "tally": tallies.get(one.pk)}
        for one in reversed(found)
    ]
    context = {"document": document, "rows": rows, "editions": found}
    return render(request, "editions/list.html", context)


@require_safe
def choose(request: Request, slug: str) -> HttpResponse:
    """Lead from two editions chosen in the list's form to their comparison."""
    document = get_document(request, slug)
    numbers = {as_number(request.GET.get(name, "")) for name in ("from", "to")} - {None}
    if len(numbers) != 2:  # noqa: PLR2004 -- two are compared
        return HttpResponseRedirect(reverse("editions", args=[document.slug]))
    older, newer = sorted(number for number in numbers if number)
    return HttpResponseRedirect(reverse("compare", args=[document.slug, older, newer]))


@require_safe
def compare(request: Request, slug: str, older: int, newer: int) -> HttpResponse:
    """Show two editions beside each other, or in one, with the threads of what changed."""
    document = get_document(request, slug)
    if older > newer:
        return HttpResponseRedirect(reverse("compare", args=[slug, newer, older]))
    before, after = (get_edition(request, document, number) for number in (older, newer))
    if older == newer:
        return HttpResponseRedirect(before.get_absolute_url())
    rows = comparison.rows_of(before, after)
    changes = [row.index for row in rows if row.is_change]
    page = Paginator(changes, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    shown = comparison.rows_between(rows, list(page.object_list))
    shown = comparison.with_threads(request.viewer, before, after, shown)
    view = request.GET.get("view", "")
    context: dict[str, Any] = {
        **annotating(request, document),
        "document": document,
        "compared": True,
        "older": before,
        "newer": after,
        "older_past": reading.past(document, before),
        "newer_past": reading.past(document, after),
        "stretches": comparison.stretches(shown, as_number(request.GET.get("open", ""))),
        "tally": comparison.counts(rows),
        "total": len(changes),
        "page": page,
        "view": view if view in VIEWS else "",
    }
    return render(request, "editions/compare.html", context)


@require_safe
def orphans(request: Request, slug: str) -> HttpResponse:
    """List all threads whose passage is not in the edition any more."""
    document = get_document(request, slug)
    edition = asked_edition(request, document)
    total = orphan_queries.orphans_of(request.viewer, edition, limit=0).threads
    page = Paginator(range(total), ORPHANS_A_PAGE).get_page(request.GET.get("page"))
    found = orphan_queries.orphans_of(
        request.viewer,
        edition,
        first=max(0, page.start_index() - 1),
        limit=ORPHANS_A_PAGE,
    )
    context = {
        **reading_in(request, document, edition),
        "orphans": found,
        "highlights": orphan_queries.highlights_of(request.viewer, edition, HIGHLIGHTS_SHOWN)
        if found.highlights
        else [],
        "page": page,
    }
    return render(request, "editions/orphans.html", context)
