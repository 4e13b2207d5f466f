"""The public record of moderation, to read and to take away."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from reader.models import Decision, Document, Reason
from reader.queries import public_record
from reader.queries.public_record import Entry
from reader.text.spreadsheets import csv_lines
from reader.web.documents import get_document
from reader.web.http import Request

LONGEST_NUMBER = 18  # digits
BY = {
    public_record.MODERATOR: _("A moderator"),
    public_record.JUDGE: _("Another moderator, on appeal"),
    public_record.OUTSIDE: _("The outside judge"),
}
FIELDS = (
    "number",
    "at",
    "act",
    "reason",
    "rule",
    "by",
    "about",
    "item",
    "document",
    "before",
    "after",
    "until",
    "waited",
    "undoes",
    "judges",
    "is_undone",
)
KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}


@require_safe
def record(request: Request, slug: str = "") -> HttpResponse:
    """Show the record of a document, or of the whole site, page by page."""
    document = get_document(request, slug) if slug else None
    before = _before(request)
    summary = public_record.summary(document)
    window = public_record.entries(document, before)
    context = {
        "document": document,
        "entries": [(entry, BY[entry.by]) for entry in window.entries],
        "older": window.older,
        "is_newest": before is None,
        "summary": summary,
        "acts": [(Decision.Act(code).label, number) for code, number in summary.acts],
        "reasons": [(Reason(code).label, number) for code, number in summary.reasons],
        "seal": public_record.seal(),
        "here": _address("decisions", document),
        "downloads": {kind: _address(f"decisions_{kind}", document) for kind in KINDS},
    }
    return render(request, "decisions/record.html", context)


def _address(name: str, document: Document | None) -> str:
    return reverse(name, args=[document.slug]) if document else reverse(f"site_{name}")


def _before(request: Request) -> int | None:
    """Return the number whose older ones are asked for; what is not understood asks for none."""
    asked = request.GET.get("before", "")
    understood = asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_NUMBER
    return int(asked) if understood else None


@require_safe
def record_csv(request: Request, slug: str = "") -> HttpResponseBase:
    """Hand out the whole record as comma-separated values."""
    document = get_document(request, slug) if slug else None
    for_spreadsheets = request.GET.get("for") == "spreadsheets"
    rows = csv_lines(_table(document), for_spreadsheets=for_spreadsheets)
    more = "-for-spreadsheets" if for_spreadsheets else ""
    return _download(request, document, "csv", rows, more)


@require_safe
def record_json(request: Request, slug: str = "") -> HttpResponseBase:
    """Hand out the whole record as JSON."""
    document = get_document(request, slug) if slug else None
    return _download(request, document, "json", _json(document))


def _download(
    request: Request, document: Document | None, kind: str, parts: Iterator[str], more: str = ""
) -> HttpResponseBase:
    name = f"{document.slug if document else 'site'}-decisions{more}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "X-Accel-Buffering": "no",
        "Cache-Control": "private, no-store",
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=KINDS[kind], headers=headers)
    return StreamingHttpResponse(parts, content_type=KINDS[kind], headers=headers)


def _told(entry: Entry) -> dict[str, Any]:
    """Return what an export holds of an entry; times to the second."""
    values = asdict(entry)
    values["at"] = entry.at.replace(microsecond=0)
    values["until"] = entry.until.replace(microsecond=0) if entry.until else None
    return {name: values[name] for name in FIELDS}


def _table(document: Document | None) -> Iterator[list[str]]:
    yield list(FIELDS)
    for entry in public_record.all_entries(document):
        yield [_cell(value) for value in _told(entry).values()]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return "" if value is None else str(value)


def _json(document: Document | None) -> Iterator[str]:
    head = {
        "site": settings.SITE_URL,
        "document": document.slug if document else None,
        "made_at": timezone.now().replace(microsecond=0),
        "seal": public_record.seal(),
    }
    yield _dump(head).removesuffix("}") + ',"decisions":['
    for number, entry in enumerate(public_record.all_entries(document)):
        yield f"{',' if number else ''}\n{_dump(_told(entry))}"
    yield "\n]}\n"


def _dump(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
