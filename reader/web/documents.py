"""The library, one paragraph, and what pages of a document have in common."""

import re
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from reader import policy
from reader.actions import activity
from reader.models import Block, Document, DocumentRole, Edition, User
from reader.queries import annotations as annotation_queries
from reader.queries import documents as document_queries
from reader.queries import editions as edition_queries
from reader.queries import read_until, reading
from reader.queries import threads as thread_queries
from reader.queries.groups import Audience
from reader.web import drafts
from reader.web.audiences import audience_of, without_audience
from reader.web.converters import RefConverter, as_number
from reader.web.forms import AnnotationForm, FilterForm
from reader.web.http import Request

DOCUMENTS_A_PAGE = 20
THREADS_A_PAGE = 20
HIGHLIGHTS_SHOWN = 20


def get_document(request: Request, slug: str) -> Document:
    """Return the document, or answer 404 when the viewer may not read it.

    Raises:
        Http404: there is none for this viewer.
    """
    try:
        return document_queries.find_document(request.viewer, slug)
    except Document.DoesNotExist as error:
        raise Http404 from error


def get_edition(request: Request, document: Document, number: int | None = None) -> Edition:
    """Return the edition, or answer 404: a draft is there for the document's editors only.

    Raises:
        Http404: there is no such edition for this viewer.
    """
    try:
        return edition_queries.find_edition(request.viewer, document, number)
    except Edition.DoesNotExist as error:
        raise Http404 from error


def asked_edition(request: Request, document: Document) -> Edition:
    """Return the edition that ``?edition=`` names, the current one without it.

    Raises:
        Http404: there is no such edition for this viewer.
    """
    named = request.GET.get("edition")
    if named is None:
        return get_edition(request, document)
    number = as_number(named)
    if number is None:
        raise Http404
    return get_edition(request, document, number)


def reading_in(
    request: Request, document: Document, edition: Edition, audience: Audience | None = None
) -> dict[str, Any]:
    """Return what templates need to show an edition: only the current one is written in.

    ``past`` is the edition where it is not the current one, a draft included.
    """
    past = reading.past(document, edition)
    audience = audience or audience_of(request)
    context = {"document": document, "edition": edition, "past": past, "audience": audience}
    if past is None:
        return {**context, **annotating(request, document, audience)}
    return {**context, "may_annotate": False, "why_not": "", "form": None}


def annotating(
    request: Request, document: Document, audience: Audience | None = None
) -> dict[str, Any]:
    """Return what templates need for writing: whether the viewer may, why not, and the form.

    ``is_looked_at``: what they write for everybody waits for a moderator.
    ``parts``: what else the viewer does in the document (``may_edit``: answers suggested edits,
    ``may_review``: decides threads); asked once, and only where it is shown.
    """
    why_not = ""
    try:
        policy.check_may_annotate(request.viewer, document)
    except policy.Refused as refusal:
        why_not = str(refusal)
    parts = SimpleLazyObject(partial(policy.parts_of, request.viewer, document))
    return {
        "may_annotate": not why_not,
        "why_not": why_not,
        "is_looked_at": SimpleLazyObject(partial(policy.is_looked_at, request.viewer, document)),
        "parts": parts,
        "may_edit": SimpleLazyObject(lambda: DocumentRole.Role.EDITOR in parts),
        "may_review": SimpleLazyObject(lambda: DocumentRole.Role.REVIEWER in parts),
        "form": new_form(request, audience or audience_of(request)),
    }


def new_form(request: Request, audience: Audience) -> AnnotationForm:
    """Return an empty form under a fresh key, or one with words kept from before signing in."""
    kept = drafts.take(request, request.path) if drafts.SESSION_KEY in request.session else {}
    initial = {"ref": "", "client_key": get_random_string(22), **kept}
    return AnnotationForm(initial=initial, audience=audience)


@require_safe
def library(request: Request) -> HttpResponse:
    """List the documents with their life at a glance."""
    documents = document_queries.library(request.viewer)
    page = Paginator(documents, DOCUMENTS_A_PAGE).get_page(request.GET.get("page"))
    entries = document_queries.with_life(request.viewer, list(page.object_list))
    return render(request, "library.html", {"entries": entries, "page": page})


@require_safe
def paragraph(request: Request, slug: str, ref: str) -> HttpResponse:
    """Show one paragraph in its context, with all its threads."""
    found = get_document(request, slug)
    edition = asked_edition(request, found)
    audience = audience_of(request)
    if not audience.is_known:
        return without_audience(request)
    try:
        before, view, after = reading.neighbourhood(request.viewer, found, edition, ref, audience)
    except Block.DoesNotExist as error:
        raise Http404 from error
    tags, authors = annotation_queries.facets(request.viewer, edition, ref)
    filter_form = FilterForm(request.GET, tags, authors)
    filters = filter_form.filters()
    rows = threads_of_block(request, edition, ref, filters, audience)
    opened = request.GET.get("thread", "")
    page = Paginator(rows, THREADS_A_PAGE).get_page(request.GET.get("page"))
    marks = read_until.read_marks(request.viewer, found.pk)
    shown = list(page.object_list)
    if opened and all(row.uid != opened for row in shown):
        shown = list(rows.filter(uid=opened)) + shown
    threads = thread_queries.as_threads(request.viewer, shown, marks)
    highlights = annotation_queries.bare_highlights(
        request.viewer, edition, ref, HIGHLIGHTS_SHOWN, audience.condition
    )
    context = {
        **reading_in(request, found, edition, audience),
        "view": view,
        "before": before,
        "after": after,
        "threads": thread_queries.with_replies(request.viewer, threads, marks),
        "highlights": highlights if not edition.is_draft else [],
        "page": page,
        "filter_form": filter_form,
        "filters": filters,
        "opened": opened,
    }
    return render(request, "documents/paragraph.html", context)


def threads_of_block(
    request: Request,
    edition: Edition,
    ref: str,
    filters: annotation_queries.Filters,
    audience: Audience,
) -> thread_queries.PlacedRoots:
    """Return the block's threads; in a draft there are none yet."""
    rows = annotation_queries.threads_of_block(
        request.viewer, edition, ref, filters, audience.condition
    )
    return rows.none() if edition.is_draft else rows


@require_safe
def block_threads(request: Request, slug: str, ref: str) -> HttpResponse:
    """Answer HTMX with the margin section of one block, all threads in it, page by page."""
    found = get_document(request, slug)
    edition = asked_edition(request, found)
    if not request.htmx:
        past = reading.past(found, edition)
        query = f"?edition={past.number}" if past else ""
        return HttpResponseRedirect(reverse("paragraph", args=[slug, ref]) + query)
    audience = audience_of(request)
    views = reading.block_views(request.viewer, found, edition, [ref], audience)
    if not views:
        raise Http404
    rows = threads_of_block(request, edition, ref, annotation_queries.Filters(), audience)
    page = Paginator(rows, THREADS_A_PAGE).get_page(request.GET.get("page"))
    marks = read_until.read_marks(request.viewer, found.pk)
    context = {
        **reading_in(request, found, edition, audience),
        "view": views[0],
        "threads": thread_queries.as_threads(request.viewer, page.object_list, marks),
        "page": page,
    }
    return render(request, "documents/_threads_open.html", context)


@require_POST
def mark_read(request: Request, slug: str) -> HttpResponse:
    """Remember that the viewer has read the threads of a block, or of the whole document."""
    found = get_document(request, slug)
    ref = request.POST.get("ref", "")
    edition = get_edition(request, found)
    is_ref = re.fullmatch(RefConverter.regex, ref)
    if ref and not (is_ref and edition.blocks.filter(ref=ref).exists()):
        raise Http404
    if isinstance(request.user, User):
        activity.mark_read(reader=request.user, document=found, ref=ref)
    if request.htmx:
        return HttpResponse(status=204)
    return HttpResponseRedirect(
        reverse("paragraph", args=[slug, ref]) if ref else found.get_absolute_url()
    )
