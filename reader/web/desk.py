"""The editor's desk: the cases of a draft or of the current edition, and deciding them."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reader import policy
from reader.actions import placing
from reader.actions.errors import Conflict
from reader.models import Annotation, Edition, User
from reader.queries import desk as desk_queries
from reader.queries import desk_cases
from reader.queries.desk import Desk, Show
from reader.queries.desk_cases import Case
from reader.queries.desk_plan import changes_between
from reader.web import drafts
from reader.web.answers import Attempt, attempt, signed_out
from reader.web.desk_access import Stale, answering_stale, check_seen, get_editable, mark_of
from reader.web.desk_forms import BACK, CONFIRM, MOVE, ORPHAN, CaseForm, asked_show
from reader.web.http import Request

CASES_A_PAGE = 20


@require_safe
@answering_stale
def desk(request: Request, slug: str, number: int) -> HttpResponse:
    """Show what the edition changes, and the cases that wait for an editor."""
    edition = get_editable(request, slug, number)
    lying = desk_queries.desk_of(request.viewer, edition)
    show = asked_show(request.GET.get("show"))
    page = Paginator(lying.shown(show), CASES_A_PAGE).get_page(request.GET.get("page"))
    cases = desk_cases.cases_of(request.viewer, lying, list(page.object_list))
    context = {
        **desk_context(edition, lying, show),
        "page": page,
        "cases": cases,
        "adopted": desk_cases.adopted_in(request.viewer, lying),
    }
    return render(request, "desk/desk.html", context)


def desk_context(edition: Edition, lying: Desk, show: Show) -> dict[str, Any]:
    """Return what the head of the desk and each case needs."""
    return {
        "document": edition.document,
        "edition": edition,
        "past": edition if edition.is_draft else None,
        "base": lying.base,
        "desk": lying,
        "counts": lying.counts,
        "changes": changes_between(lying.base, edition) if lying.base else None,
        "tally": lying.tally(),
        "show": str(show),
        "seen": mark_of(edition),
        "desk_keys": True,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@answering_stale
def desk_case(request: Request, slug: str, number: int, uid: str) -> HttpResponse:
    """Show one case on a page of its own, or decide it."""
    is_sent = request.method == "POST"
    if (request.htmx or is_sent) and not request.user.is_authenticated:
        return signed_out(request, request.path)  # whatever is here or not
    edition = get_editable(request, slug, number)
    annotation = desk_queries.find_root(request.viewer, edition, uid)
    if annotation is None:
        raise Http404
    show = asked_show((request.POST if is_sent else request.GET).get("show"))
    if not is_sent:
        form = CaseForm(initial=drafts.take(request, request.path))
        return _case_page(request, edition, annotation, show, form)
    check_seen(request, edition)
    form = CaseForm(request.POST)
    if edition.is_draft or request.POST.get("act") == BACK:
        desk_queries.compare_ahead(edition)
    outcome = attempt(form, lambda: _decide(request, edition, annotation, form))
    if not outcome.succeeded:
        return _case_page(request, edition, annotation, show, form, outcome)
    said = SAID[form.cleaned_data["act"]]()
    if request.htmx:
        return _case_fragment(request, edition, annotation, show, said)
    messages.success(request, said)
    return HttpResponseRedirect(_next_case(request, edition, annotation, show))


PLACED: dict[str, Callable[..., object]] = {
    CONFIRM: placing.confirm_anchor,
    ORPHAN: placing.leave_orphan,
    BACK: placing.take_back_decision,
}
SAID: dict[str, Callable[[], str]] = {
    CONFIRM: lambda: _("Confirmed."),
    MOVE: lambda: _("Put on those words."),
    ORPHAN: lambda: _("Left without a passage."),
    BACK: lambda: _("The decision is taken back."),
}


def _decide(request: Request, edition: Edition, annotation: Annotation, form: CaseForm) -> None:
    """Save the decision.

    Raises:
        policy.Refused, Invalid: the action says why not.
        Conflict: the case is not as the editor saw it, who is told again what they chose.
    """
    editor = request.user
    if not isinstance(editor, User):
        raise policy.Refused(_("Sign in to edit."))
    act = form.cleaned_data["act"]
    case: dict[str, Any] = {
        "editor": editor,
        "annotation": annotation,
        "edition": edition,
        "seen": form.cleaned_data["case"],
    }
    try:
        if act == MOVE:
            placing.move_anchor(**case, passage=form.passage(edition))
        else:
            PLACED[act](**case)
    except Conflict as conflict:
        choice = _("You chose: %(choice)s.") % {"choice": form.choice(edition)}
        raise Conflict(conflict.current, f"{conflict} {choice}") from conflict


def _case_page(
    request: Request,
    edition: Edition,
    annotation: Annotation,
    show: Show,
    form: CaseForm,
    outcome: Attempt | None = None,
) -> HttpResponse:
    """Show the case alone, with what was wrong in its form.

    Raises:
        Http404: it is no case.
        Stale: it is none any more.
    """
    lying = desk_queries.desk_of(request.viewer, edition)
    cases = _cases(request, lying, annotation)
    if not cases and outcome is None:
        raise Http404
    if not cases:
        raise Stale(edition.document, _("There is nothing to decide here any more."))
    context = {
        **desk_context(edition, lying, show),
        "case": cases[0],
        "annotation": annotation,
        "form": form,
    }
    page = "desk/_decided.html" if request.htmx else "desk/case.html"
    return render(request, page, context, status=outcome.status if outcome else 200)


def _cases(request: Request, lying: Desk, annotation: Annotation) -> Sequence[Case]:
    found = lying.entry_of(annotation.pk)
    return desk_cases.cases_of(request.viewer, lying, [found] if found else [])


def _case_fragment(
    request: Request, edition: Edition, annotation: Annotation, show: Show, said: str
) -> HttpResponse:
    """Answer HTMX with the case as it is now, and the counts that changed with it."""
    lying = desk_queries.desk_of(request.viewer, edition)
    cases = _cases(request, lying, annotation)
    context = {**desk_context(edition, lying, show), "case": cases[0] if cases else None}
    return render(
        request, "desk/_decided.html", {**context, "annotation": annotation, "said": said}
    )


def _next_case(request: Request, edition: Edition, annotation: Annotation, show: Show) -> str:
    """Return where the editor goes on: the next open case, on the page that shows it."""
    lying = desk_queries.desk_of(request.viewer, edition)
    shown = lying.shown(show)
    following = lying.next_open(shown, annotation.pk)
    query = {"show": str(show)} if show != Show.OPEN else {}
    address = reverse("desk", args=[edition.document.slug, edition.number])
    if following is None:
        return f"{address}?{urlencode(query)}" if query else address
    number = shown.index(following) // CASES_A_PAGE + 1
    if number > 1:
        query["page"] = str(number)
    uid = Annotation.objects.values_list("uid", flat=True).get(pk=following.annotation_id)
    return f"{address}?{urlencode(query)}#case-{uid}" if query else f"{address}#case-{uid}"
