"""The library, the reader's page, one paragraph, the overview."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from reader import policy
from reader.actions import activity
from reader.models import Block, Document, Edition, User
from reader.queries import annotations as annotation_queries
from reader.queries import documents as document_queries
from reader.queries import reading
from reader.queries import threads as thread_queries
from reader.web import drafts
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


def get_edition(document: Document, number: int | None = None) -> Edition:
    """Return the edition, or answer 404.

    Raises:
        Http404: there is no such edition.
    """
    try:
        return document_queries.find_edition(document, number)
    except Edition.DoesNotExist as error:
        raise Http404 from error


def annotating(request: Request, document: Document) -> dict[str, Any]:
    """Return what templates need for writing: whether the viewer may, why not, and the form."""
    why_not = ""
    try:
        policy.check_may_annotate(request.viewer, document)
    except policy.Refused as refusal:
        why_not = str(refusal)
    return {"may_annotate": not why_not, "why_not": why_not, "form": new_form(request)}


def new_form(request: Request, ref: str = "") -> AnnotationForm:
    """Return an empty form under a fresh key, or one with words kept from before signing in."""
    kept = drafts.take(request, request.path) if drafts.SESSION_KEY in request.session else {}
    return AnnotationForm(initial={"ref": ref, "client_key": get_random_string(22), **kept})


@require_safe
def library(request: Request) -> HttpResponse:
    """List the documents with their life at a glance."""
    documents = document_queries.library(request.viewer)
    page = Paginator(documents, DOCUMENTS_A_PAGE).get_page(request.GET.get("page"))
    entries = document_queries.with_life(request.viewer, list(page.object_list))
    return render(request, "library.html", {"entries": entries, "page": page})


@require_safe
def document(request: Request, slug: str, number: int | None = None) -> HttpResponse:
    """Show an edition to read, with its marks in the text and its threads in the margin."""
    found = get_document(request, slug)
    edition = get_edition(found, number)
    views = reading.reading_page(request.viewer, found, edition)
    is_current = edition.pk == found.current_edition_id
    writing = annotating(request, found)
    context = {
        "document": found,
        "edition": edition,
        "is_current": is_current,
        "blocks": views,
        "headings": [view for view in views if view.block.kind == "heading"],
        "bars": reading.bars_of(views),
        "life": reading.life_of(views),
        "thread_total": sum(view.thread_count for view in views),
        "unread": sum(view.unread for view in views),
        **writing,
        "may_annotate": writing["may_annotate"] and is_current,
    }
    return render(request, "documents/detail.html", context)


@require_safe
def overview(request: Request, slug: str) -> HttpResponse:
    """Show how the discussion is spread over the text, as a picture and as a table."""
    found = get_document(request, slug)
    edition = get_edition(found)
    blocks = document_queries.blocks_of(edition)
    context = {
        "document": found,
        "edition": edition,
        "bars": document_queries.overview(request.viewer, edition, blocks),
        "headings": [block for block in blocks if block.kind == "heading"],
        "life": document_queries.lives_of(request.viewer, [found]).get(found.pk),
    }
    return render(request, "documents/overview.html", context)


@require_safe
def paragraph(request: Request, slug: str, ref: str) -> HttpResponse:
    """Show one paragraph in its context, with all its threads."""
    found = get_document(request, slug)
    edition = get_edition(found)
    try:
        before, view, after = reading.neighbourhood(request.viewer, found, edition, ref)
    except Block.DoesNotExist as error:
        raise Http404 from error
    tags, authors = annotation_queries.facets(request.viewer, edition, ref)
    filter_form = FilterForm(request.GET, tags, authors)
    filters = filter_form.filters()
    rows = annotation_queries.threads_of_block(request.viewer, edition, ref, filters)
    opened = request.GET.get("thread", "")
    page = Paginator(rows, THREADS_A_PAGE).get_page(request.GET.get("page"))
    marks = thread_queries.read_marks(request.viewer, found.pk)
    shown = list(page.object_list)
    if opened and all(row.uid != opened for row in shown):
        shown = list(rows.filter(uid=opened)) + shown
    threads = thread_queries.as_threads(request.viewer, shown, marks)
    highlights = annotation_queries.bare_highlights(request.viewer, edition, ref, HIGHLIGHTS_SHOWN)
    context = {
        "document": found,
        "edition": edition,
        "view": view,
        "before": before,
        "after": after,
        "threads": thread_queries.with_replies(request.viewer, threads, marks),
        "highlights": highlights,
        "page": page,
        "filter_form": filter_form,
        "filters": filters,
        "opened": opened,
        **annotating(request, found),
    }
    return render(request, "documents/paragraph.html", context)


@require_safe
def block_threads(request: Request, slug: str, ref: str) -> HttpResponse:
    """Answer HTMX with the margin section of one block, all threads in it, page by page."""
    found = get_document(request, slug)
    if not request.htmx:
        return HttpResponseRedirect(reverse("paragraph", args=[slug, ref]))
    edition = get_edition(found)
    views = reading.block_views(request.viewer, found, edition, [ref])
    if not views:
        raise Http404
    rows = annotation_queries.threads_of_block(
        request.viewer, edition, ref, annotation_queries.Filters()
    )
    page = Paginator(rows, THREADS_A_PAGE).get_page(request.GET.get("page"))
    marks = thread_queries.read_marks(request.viewer, found.pk)
    context = {
        "document": found,
        "view": views[0],
        "threads": thread_queries.as_threads(request.viewer, page.object_list, marks),
        "page": page,
        **annotating(request, found),
    }
    return render(request, "documents/_threads_open.html", context)


@require_POST
def mark_read(request: Request, slug: str) -> HttpResponse:
    """Remember that the viewer has read the threads of a block, or of the whole document."""
    found = get_document(request, slug)
    ref = request.POST.get("ref", "")
    edition = get_edition(found)
    if ref and not edition.blocks.filter(ref=ref).exists():
        raise Http404
    if isinstance(request.user, User):
        activity.mark_read(reader=request.user, document=found, ref=ref)
    if request.htmx:
        return HttpResponse(status=204)
    return HttpResponseRedirect(
        reverse("paragraph", args=[slug, ref]) if ref else found.get_absolute_url()
    )
