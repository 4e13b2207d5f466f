"""Who works at the desk, and what they are told when what they saw is no longer so."""

import zlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from reader import policy
from reader.models import Document, Edition
from reader.queries import editions as edition_queries
from reader.web.documents import get_document, get_edition
from reader.web.http import Request


class Stale(Exception):
    """What the editor saw is no longer so. ``str()`` says how, in words to show."""

    def __init__(self, document: Document, words: str) -> None:
        """Keep the document, so that the answer can say what is now."""
        super().__init__(words)
        self.document = document


View = Callable[..., HttpResponseBase]


def answering_stale(view: View) -> View:
    """Answer 409 where the view finds that what the editor saw is no longer so.

    HTMX gets the words alone, of a refusal as well: a page has no place inside a case.
    """

    @wraps(view)
    def answered(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Stale as stale:
            document, viewer = stale.document, request.viewer
            document.refresh_from_db(fields=["current_edition"])
            context = {
                "document": document,
                "words": str(stale),
                "draft": edition_queries.draft_of(viewer, document),
            }
            page = "desk/_stale.html" if request.htmx else "desk/stale.html"
            return render(request, page, context, status=409)
        except PermissionDenied as refusal:
            if not request.htmx:
                raise
            return render(request, "desk/_stale.html", {"words": str(refusal)}, status=403)

    return answered


def get_editable(request: Request, slug: str, number: int) -> Edition:
    """Return an edition that the viewer works on: the draft or the current one.

    Raises:
        Http404: there is none for this viewer.
        PermissionDenied: the viewer may read it and no more.
        Stale: it is past, or it is gone since the editor's page was made.
    """
    document = get_document(request, slug)
    try:
        edition = get_edition(request, document, number)
    except Http404:
        if request.method == "POST" and policy.may_edit_document(request.viewer, document):
            words = _("There is no edition %(number)d any more: the draft was discarded.")
            raise Stale(document, words % {"number": number}) from None
        raise
    edition.document = document
    try:
        policy.check_may_edit_document(request.viewer, document)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    if not edition.is_draft and edition.pk != document.current_edition_id:
        words = _("%(edition)s is past: only the current edition and the draft are worked on.")
        raise Stale(document, words % {"edition": edition})
    return edition


def check_seen(request: Request, edition: Edition) -> None:
    """Pass silently when the form was made for this very text, or does not say for which.

    Raises:
        Stale: the draft was replaced by another one, which has its number.
    """
    seen = request.POST.get("seen")
    if seen is not None and seen != mark_of(edition):
        words = _("The draft was replaced by another text. Look at it before you go on.")
        raise Stale(edition.document, words)


def mark_of(edition: Edition) -> str:
    """Return what a form carries to say which text its editor saw."""
    return f"{edition.pk}-{zlib.crc32(edition.text.encode()):x}"
