"""What an open page fetches when it hears that something changed.

These are blocks and their threads anew, and what the page says of all of them: the density strip
and the counts of the title.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reader.databases import read_from, reading_from
from reader.models import Annotation, Document, Edition
from reader.queries import annotations as annotation_queries
from reader.queries import reading
from reader.queries.block_views import BlockView
from reader.queries.groups import Audience
from reader.queries.sections import sections_of
from reader.queries.versions import shared_look
from reader.web.annotations import get_thread
from reader.web.audiences import audience_of
from reader.web.converters import RefConverter, UidConverter, as_number
from reader.web.cross_site import NO_TOKEN
from reader.web.documents import annotating, get_document, get_edition
from reader.web.drawing import DrawnBlock, Page, draw_page
from reader.web.http import Request
from reader.web.reading_page import summed_up

MOST_AT_ONCE = 20
OF_THE_WHOLE = ("documents/_life.html", "documents/_unread.html", "documents/_density.html")


@never_cache
@require_safe
def fresh(request: Request, slug: str) -> HttpResponse:
    """Answer with blocks of the current edition and their sections of the margin, as they are now.

    With them comes what the page says of the whole section of the text that the first is in.

    ``refs`` names the blocks; ``open`` the threads that stand open on the page; ``edition`` which
    edition that is: 409 says that it is the current one no more. ``event`` is the number of the
    last event that the page heard of: what is older than that is no answer, and 503 asks to come
    again.
    """
    document = _document_with(request, slug, as_number(request.GET.get("event", "")) or 0)
    if document is None:
        return HttpResponse(status=503, headers={"Retry-After": "1"})
    look = shared_look()
    edition = get_edition(request, document)
    audience = audience_of(request)
    if request.GET.get("edition") != str(edition.number) or not audience.is_known:
        return HttpResponse(status=409)
    refs = _named(request, "refs", RefConverter.regex)
    section = next(iter(sections_of(edition).holding_any(refs[:1])), None)
    if section is None:
        return HttpResponse()
    blocks: list[DrawnBlock] | list[BlockView]
    if audience.name:
        blocks = reading.reading_page(request.viewer, document, edition, audience, section)
        parts = _with_open(request, document, edition, refs, audience)
    else:
        may_edit = bool(annotating(request, document)["may_edit"])
        page = Page(document, edition, section, look, may_edit)
        blocks = draw_page(request.viewer, page)
        is_plain = not request.GET.get("open")
        parts = (
            _drawn(request, page, refs, blocks)
            if is_plain
            else _with_open(request, document, edition, refs, audience)
        )
    context = {
        "document": document,
        "edition": edition,
        "csrf_token": NO_TOKEN,
        **summed_up(request, edition, audience, blocks),
    }
    parts += [render_to_string(template, context, request) for template in OF_THE_WHOLE]
    return HttpResponse("\n".join(parts))


def _document_with(request: Request, slug: str, event: int) -> Document | None:
    """Return the document as it is once this event has happened; None: nobody knows of it.

    A replica may be behind what its readers have been told; the primary is asked then.
    """
    document = get_document(request, slug)
    if document.last_event < event and reading_from() != DEFAULT_DB_ALIAS:
        read_from(DEFAULT_DB_ALIAS)
        document = get_document(request, slug)
    return document if document.last_event >= event else None


def _with_open(
    request: Request, document: Document, edition: Edition, refs: Sequence[str], audience: Audience
) -> list[str]:
    """Return the blocks with the threads that stand open on the page, and for whom it is."""
    views = reading.block_views(request.viewer, document, edition, refs, audience)
    opened = _open_threads(request, edition, views)
    context = {
        "document": document,
        "edition": edition,
        "opened_here": opened,
        **annotating(request, document, audience),
    }
    return [
        render_to_string(template, {**context, "view": view}, request)
        for view in views
        for template in ("documents/_block.html", "documents/_threads.html")
    ]


def _drawn(
    request: Request, page: Page, refs: Sequence[str], here: Sequence[DrawnBlock]
) -> list[str]:
    """Return the blocks as the page has them: when many hear of a change, it is drawn once."""
    drawn = {block.ref: block for block in here}
    others = [ref for ref in refs if ref not in drawn]
    for section in sections_of(page.edition).holding_any(others) if others else ():
        there = draw_page(request.viewer, replace(page, section=section))
        drawn.update({block.ref: block for block in there})
    found = [drawn[ref] for ref in refs if ref in drawn]
    return [html for block in found for html in (block.block, block.threads)]


def _named(request: Request, field: str, pattern: str) -> list[str]:
    names = request.GET.get(field, "").split(",")[:MOST_AT_ONCE]
    return [name for name in names if re.fullmatch(pattern, name)]


def _open_threads(request: Request, edition: Edition, views: Sequence[BlockView]) -> list[str]:
    """Put the threads that stand open on the page into the views, whole; return their uids."""
    by_ref: dict[str, Any] = {view.block.ref: view.threads for view in views}
    found = []
    for uid in _named(request, "open", UidConverter.regex):
        try:
            root = annotation_queries.find_placeholder(request.viewer, uid)
        except Annotation.DoesNotExist:
            continue
        thread = get_thread(request, root, edition)
        threads = by_ref.get(thread.place.first_ref) if thread and thread.place else None
        if threads is None:
            continue
        at = [one.root.annotation.uid for one in threads]
        if uid in at:
            threads[at.index(uid)] = thread
        else:
            threads.append(thread)
        found.append(uid)
    return found
