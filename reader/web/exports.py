"""Taking a document with its annotations away, and bringing annotations in."""

import logging
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from reader import policy
from reader.actions.importing import bring_in
from reader.models import Document, Edition, User
from reader.queries import documents as document_queries
from reader.queries import editions as edition_queries
from reader.queries import exporting
from reader.text.exporters import FORMATS, Format
from reader.web.answers import attempt
from reader.web.documents import asked_edition, get_document
from reader.web.export_forms import ImportForm
from reader.web.http import Request

logger = logging.getLogger(__name__)
TOKEN = re.compile(r"[0-9A-Za-z-]{8,64}")
TOLD_EVERY = 0.5  # seconds
TOLD_FOR = 600
CHUNK = 32_768  # characters
STOPPED = (
    "\n\n]]> THIS EXPORT IS NOT COMPLETE: an error stopped it here. "
    "Please throw this file away and export again.\n"
)


@require_safe
def export(request: Request, slug: str) -> HttpResponseBase:
    """Explain the formats, or hand out the document in the one that ``?format=`` names."""
    document = get_document(request, slug)
    edition = asked_edition(request, document)
    edition.document = document
    if edition.is_draft:
        raise Http404
    name = request.GET.get("format")
    if name is not None:
        if name not in FORMATS:
            raise Http404
        return _download(request, edition, FORMATS[name])
    editions = edition_queries.editions_of(request.viewer, document)
    context = {
        "document": document,
        "edition": edition,
        "editions": [one for one in editions if not one.is_draft],
        "life": document_queries.lives_of(request.viewer, [document]).get(document.pk),
        "may_import": policy.may_edit_document(request.viewer, document),
    }
    return render(request, "exports/export.html", context)


def _download(request: Request, edition: Edition, chosen: Format) -> HttpResponseBase:
    headers = {
        "Content-Disposition": f'attachment; filename="{_filename(edition, chosen)}"',
        "X-Content-Type-Options": "nosniff",
        "X-Accel-Buffering": "no",
        "Cache-Control": "private, no-store",
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=chosen.content_type, headers=headers)
    token = request.GET.get("token", "")
    pieces = _pieces(request, edition, chosen, _Told(token if TOKEN.fullmatch(token) else ""))
    return StreamingHttpResponse(pieces, content_type=chosen.content_type, headers=headers)


def _filename(edition: Edition, chosen: Format) -> str:
    return f"{edition.document.slug}-edition-{edition.number}.{chosen.extension}"


class _Told:
    """Notes down how far an export is, where the page that waits for it can read it."""

    def __init__(self, token: str) -> None:
        self._key = _key(token) if token else ""
        self._next = 0.0
        self.done, self.total = 0, 0

    def progress(self, done: int, total: int) -> None:
        """Note it, but not more often than anybody looks."""
        self.done, self.total = done, total
        if time.monotonic() >= self._next:
            self.say("running")
            self._next = time.monotonic() + TOLD_EVERY

    def say(self, state: str) -> None:
        """Note the state. An export does not fail because nobody can be told how far it is."""
        if not self._key:
            return
        try:
            caches["pages"].set(self._key, (state, self.done, self.total), TOLD_FOR)
        except DatabaseError:
            logger.warning("the progress of an export could not be noted", exc_info=True)


def _key(token: str) -> str:
    return f"export:{token}"


def _pieces(request: Request, edition: Edition, chosen: Format, told: _Told) -> Iterator[str]:
    """Yield the export; where an error stops it, the file says so and the connection breaks off."""
    try:
        told.say("running")
        viewer = request.viewer
        placed = exporting.layout(viewer, edition, everything=chosen.everything)
        yield from _gathered(exporting.stream(viewer, edition, chosen, placed, told.progress))
        told.say("done")
    except Exception:  # whatever it was: it is raised again, once the file says so
        told.say("failed")
        yield STOPPED
        raise


def _gathered(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the same text in fewer pieces."""
    waiting: list[str] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= CHUNK:
            yield "".join(waiting)
            waiting, length = [], 0
    yield "".join(waiting)


@require_safe
def export_progress(request: Request, slug: str) -> HttpResponse:
    """Answer HTMX with how far the export is that was asked for under ``?token=``."""
    document = get_document(request, slug)
    token = request.GET.get("token", "")
    if not TOKEN.fullmatch(token):
        raise Http404
    state, done, total = caches["pages"].get(_key(token)) or ("waiting", 0, 0)
    context = {"document": document, "token": token, "state": state}
    share = 100 * done // total if total else 0
    return render(request, "exports/_progress.html", {**context, "share": share})


@require_http_methods(["GET", "HEAD", "POST"])
def import_annotations(request: Request, slug: str) -> HttpResponse:
    """Bring annotations in from a file, or say what would come of it."""
    document = get_document(request, slug)
    _check_may_import(request, document)
    context: dict[str, Any] = {"document": document, "form": ImportForm(), "report": None}
    status = 200
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        outcome = attempt(form, lambda: _bring_in(request, document, form), atomic=False)
        status = outcome.status
        only_tried = outcome.succeeded and form.cleaned_data["act"] == "try"
        context |= {"form": form, "report": outcome.result, "only_tried": only_tried}
    return render(request, "exports/import.html", context, status=status)


def _check_may_import(request: Request, document: Document) -> None:
    try:
        policy.check_may_edit_document(request.viewer, document)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal


def _bring_in(request: Request, document: Document, form: ImportForm) -> Any:
    editor = request.viewer
    return bring_in(
        editor=editor if isinstance(editor, User) else None,
        document=document,
        data=form.cleaned_data["file"].read(),
        with_groups=form.cleaned_data["with_groups"],
        only_try=form.cleaned_data["act"] == "try",
    )
