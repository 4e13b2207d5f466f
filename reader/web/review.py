"""The review desk: every thread of a document, paragraph by paragraph."""

import re
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reader.models import Annotation, Document, Edition, User
from reader.queries import review as review_queries
from reader.queries.review_filters import UNDECIDED
from reader.queries.review_places import BEGINNING, Cursor, cursor_at
from reader.queries.review_presence import last_visit_ended
from reader.queries.review_progress import progress_kept
from reader.web.answers import signed_out
from reader.web.converters import RefConverter, UidConverter
from reader.web.http import Request
from reader.web.review_answers import desk_url, find_desk, get_root
from reader.web.review_filters import ReviewFilterForm

CURSOR = re.compile(r"(-?)(x|[0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,18})")
ORPHANS = "orphans"


@require_safe
def review(request: Request, slug: str) -> HttpResponse:
    """Show a window of the desk: from the beginning, a paragraph, a thread, or a cursor on."""
    reviewer = request.user
    if not isinstance(reviewer, User):
        return signed_out(request, request.get_full_path())
    document = find_desk(request, slug)
    edition = document.current_edition
    if edition is None:
        raise Http404
    since = last_visit_ended(reviewer, document)
    form = ReviewFilterForm(request.GET)
    filters = form.filters(since)
    groups: int = getattr(document, "viewer_groups", None) or 0
    progress = progress_kept(request.viewer, document, edition, filters, groups)
    cursor = asked_cursor(request, edition)
    window = review_queries.window(
        request.viewer,
        document,
        edition,
        filters,
        cursor,
        has_orphans=progress.orphans > 0,
        has_campaigns=getattr(document, "has_campaigns", True),
        since=since,
        shown=request.GET.get("thread", ""),
    )
    context = {
        **desk_context(document, edition),
        "form": form,
        "query": form.query(),
        "undecided_query": form.query(state=UNDECIDED),
        "progress": progress,
        "window": window,
        "is_beginning": cursor.is_beginning,
        "review_keys": True,
    }
    return render(request, "review/desk.html", context)


def desk_context(document: Document, edition: Edition) -> dict[str, Any]:
    """Return what the cards of the desk need; nothing is written in the reader's way there."""
    return {
        "document": document,
        "edition": edition,
        "past": None,
        "may_annotate": False,
        "may_edit": False,
        "may_review": False,
    }


def card_context(request: Request, root: Annotation) -> dict[str, Any]:
    """Return the context of one thread's card, as it is now.

    Raises:
        Http404: it is not under review for this viewer.
    """
    edition = root.document.current_edition
    if edition is None:
        raise Http404
    try:
        card = review_queries.one_thread(request.viewer, root, edition)
    except Annotation.DoesNotExist as error:
        raise Http404 from error
    return {**desk_context(root.document, edition), "card": card}


@require_safe
def review_thread(request: Request, uid: str) -> HttpResponse:
    """Answer HTMX with one card of the desk, all replies in it; else go to it at the desk."""
    if not isinstance(request.user, User):
        return signed_out(request, reverse("review_thread", args=[uid]))
    root = get_root(request, uid)
    if not request.htmx:
        return HttpResponseRedirect(desk_url(root.document, root=root))
    return render(request, "review/_card.html", card_context(request, root))


def asked_cursor(request: Request, edition: Edition) -> Cursor:
    """Return where the window begins; what is not understood is the beginning."""
    at, thread = request.GET.get("at", ""), request.GET.get("thread", "")
    if re.fullmatch(UidConverter.regex, thread):
        return cursor_at(request.viewer, edition, thread)
    if at == ORPHANS:
        return Cursor()
    if re.fullmatch(RefConverter.regex, at):
        return Cursor(position=0, ref=at)
    if found := CURSOR.fullmatch(at):
        position = None if found[2] == "x" else int(found[2])
        return Cursor(position, int(found[3]), int(found[4]), bool(found[1]))
    return BEGINNING
