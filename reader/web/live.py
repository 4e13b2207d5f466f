"""What an open page fetches when it hears that something changed: blocks and their threads anew."""

import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reader.models import Annotation, Document, Edition
from reader.queries import annotations as annotation_queries
from reader.queries import reading
from reader.queries.block_views import BlockView
from reader.queries.sections import sections_of
from reader.queries.versions import shared_look
from reader.web.annotations import get_thread
from reader.web.audiences import audience_of
from reader.web.converters import RefConverter, UidConverter
from reader.web.documents import annotating, get_document, get_edition
from reader.web.drawing import Page, draw_page
from reader.web.http import Request

MOST_AT_ONCE = 20


@never_cache
@require_safe
def fresh(request: Request, slug: str) -> HttpResponse:
    """Answer with blocks of the current edition and their sections of the margin, as they are now.

    ``refs`` names the blocks; ``open`` the threads that stand open on the page; ``edition`` which
    edition that is: 409 says that it is the current one no more.
    """
    look = shared_look()
    document = get_document(request, slug)
    edition = get_edition(request, document)
    audience = audience_of(request)
    if request.GET.get("edition") != str(edition.number) or not audience.is_known:
        return HttpResponse(status=409)
    refs = _named(request, "refs", RefConverter.regex)
    if not request.GET.get("open") and not audience.name:
        return HttpResponse("\n".join(_drawn(request, document, edition, refs, look)))
    views = reading.block_views(request.viewer, document, edition, refs, audience)
    opened = _open_threads(request, edition, views)
    context = {
        "document": document,
        "edition": edition,
        "opened_here": opened,
        **annotating(request, document, audience),
    }
    parts = [
        render_to_string(template, {**context, "view": view}, request)
        for view in views
        for template in ("documents/_block.html", "documents/_threads.html")
    ]
    return HttpResponse("\n".join(parts))


def _drawn(
    request: Request, document: Document, edition: Edition, refs: Sequence[str], look: int
) -> list[str]:
    """Return the blocks as the page has them: when many hear of a change, it is drawn once."""
    sections, drawn = sections_of(edition), {}
    may_edit = bool(annotating(request, document)["may_edit"])
    for section in {sections.holding(ref) for ref in refs} - {None}:
        assert section is not None  # noqa: S101 -- for the type checker
        page = Page(document, edition, section, look, may_edit)
        drawn.update({block.ref: block for block in draw_page(request.viewer, page)})
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
