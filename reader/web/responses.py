"""The response matrix: read, taken away as a table, published and withdrawn."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reader import policy
from reader.actions import responses as response_actions
from reader.models import Disposition, Document, Edition, User
from reader.queries import responses as response_queries
from reader.queries import tallies
from reader.queries.responses import DECIDED, NO_DECISION, Response
from reader.text.spreadsheets import csv_lines
from reader.web.answers import attempt, signed_out
from reader.web.documents import get_document, get_edition
from reader.web.http import Request

ROWS_A_PAGE = 50
OUTCOMES = [
    ("", gettext_lazy("All")),
    (DECIDED, gettext_lazy("Decided")),
    (NO_DECISION, gettext_lazy("No decision yet")),
    *Disposition.Outcome.choices,
]
NOTHING = "—"


class PublishForm(forms.Form):
    """What a reviewer confirms before the matrix is published."""

    with_open = forms.BooleanField(
        label=gettext_lazy("Publish with these threads open"), required=False
    )


def find_matrix(request: Request, slug: str) -> tuple[Document, Edition]:
    """Return the document and its current edition, where the viewer may read the responses.

    Raises:
        Http404: there is none for this viewer.
    """
    document = get_document(request, slug)
    if not policy.may_read_responses(request.viewer, document):
        raise Http404
    return document, get_edition(request, document)


@require_safe
def responses(request: Request, slug: str) -> HttpResponse:
    """Show the response matrix, page by page."""
    document, edition = find_matrix(request, slug)
    return _page(request, document, edition, PublishForm())


def _page(
    request: Request, document: Document, edition: Edition, form: PublishForm, status: int = 200
) -> HttpResponse:
    outcome = _outcome(request)
    total = tallies.tallies_of(document, edition).total
    threads = response_queries.threads_in_matrix(document, outcome)
    ids = response_queries.in_reading_order(threads, edition)
    page = Paginator(ids, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "document": document,
        "edition": edition,
        "rows": response_queries.responses_to(edition, page.object_list),
        "page": page,
        "outcome": outcome,
        "outcomes": OUTCOMES,
        "total": total,
        "form": form,
        "may_review": policy.may_review(request.viewer, document),
    }
    return render(request, "responses/responses.html", context, status=status)


def _outcome(request: Request) -> str:
    """Return the outcome asked for; what is not understood asks for all."""
    asked = request.GET.get("outcome", "")
    return asked if asked in dict(OUTCOMES) else ""


@require_safe
def responses_csv(request: Request, slug: str) -> HttpResponseBase:
    """Hand out the whole matrix as comma-separated values, row by row."""
    document, edition = find_matrix(request, slug)
    for_spreadsheets = request.GET.get("for") == "spreadsheets"
    name = f"{document.slug}-responses{'-for-spreadsheets' if for_spreadsheets else ''}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "X-Accel-Buffering": "no",
        "Cache-Control": "private, no-store",
    }
    kind = "text/csv; charset=utf-8"
    if request.method == "HEAD":
        return HttpResponse(content_type=kind, headers=headers)
    rows = _table(document, edition, _outcome(request), timezone.get_current_timezone())
    lines = csv_lines(rows, for_spreadsheets=for_spreadsheets)
    return StreamingHttpResponse(lines, content_type=kind, headers=headers)


def _table(document: Document, edition: Edition, outcome: str, zone: tzinfo) -> Iterator[list[str]]:
    """Yield the head and the rows; it runs when the request's own time zone is forgotten."""
    yield [
        _("Paragraph"),
        _("Passage"),
        _("Kind"),
        _("By"),
        _("Written"),
        _("Words"),
        _("Suggested wording"),
        _("Thread"),
        _("Decision"),
        _("Reason"),
        _("Addressed in"),
        _("Decided by"),
        _("Decided on"),
    ]
    for one in response_queries.all_responses(document, edition, outcome):
        yield [cell or NOTHING for cell in (*_thread_cells(one, zone), *_decision_cells(one, zone))]


def _thread_cells(one: Response, zone: tzinfo) -> list[str]:
    root = one.root
    suggested = "" if root.replacement is None else root.replacement or _("Strike the passage")
    return [
        str(one.number or one.ref) if one.ref else _("No longer in the text"),
        root.exact,
        root.get_motivation_display(),
        root.author.get_full_name() if root.author else _("A former reader"),
        _day(root.created_at, zone),
        root.body,
        suggested,
        _address(root.get_absolute_url()),
    ]


def _decision_cells(one: Response, zone: tzinfo) -> list[str]:
    decision = one.decision
    if decision is None:
        return [_("No decision yet"), "", "", "", ""]
    return [
        decision.get_outcome_display(),
        decision.reason,
        _addressed(one),
        decision.decided_by.get_full_name() if decision.decided_by else _("a reviewer"),
        _day(decision.decided_at, zone),
    ]


def _addressed(one: Response) -> str:
    if one.edition is not None:
        return f"{one.edition} ({_address(one.edition.get_absolute_url())})"
    if one.repeats is not None:
        return _("Duplicate of %(address)s") % {"address": _address(one.repeats.get_absolute_url())}
    if one.is_duplicate:
        return _("Duplicate of a thread that cannot be read")
    return _("Waits for the next edition") if one.awaits_edition else ""


def _day(at: datetime, zone: tzinfo) -> str:
    return timezone.localtime(at, zone).date().isoformat()


def _address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


@require_POST
def publish_responses(request: Request, slug: str) -> HttpResponse:
    """Publish the matrix, or withdraw it."""
    document = get_document(request, slug)
    here = reverse("responses", args=[slug])
    reviewer = request.user
    if not isinstance(reviewer, User):
        return signed_out(request, here)
    try:
        policy.check_may_review(reviewer, document)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    form = PublishForm(request.POST)
    withdraws = request.POST.get("act") == "withdraw"
    outcome = attempt(form, lambda: _write(reviewer, document, form, withdraws))
    if not outcome.succeeded:
        edition = get_edition(request, document)
        return _page(request, document, edition, form, outcome.status)
    done = _("The responses are withdrawn.") if withdraws else _("The responses are published.")
    messages.success(request, done)
    return HttpResponseRedirect(here)


def _write(reviewer: User, document: Document, form: PublishForm, withdraws: bool) -> Document:
    if withdraws:
        return response_actions.withdraw_responses(reviewer=reviewer, document=document)
    return response_actions.publish_responses(
        reviewer=reviewer, document=document, with_open=form.cleaned_data["with_open"]
    )
