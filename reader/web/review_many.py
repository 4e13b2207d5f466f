"""Deciding several threads together, with one reason: all of them or none."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from reader.actions import dispositions
from reader.models import Document, User
from reader.queries import campaigns, review_threads
from reader.queries.dispositions import thread_states
from reader.queries.review_threads import Happened
from reader.queries.threads import Note
from reader.web.answers import Attempt, attempt, signed_out
from reader.web.http import Request
from reader.web.review_acts import decide_options
from reader.web.review_answers import desk_url, find_desk, reviewer_of
from reader.web.review_forms import DecideForm
from reader.web.review_outcomes import FORM_PAGE

TEMPLATE = "review/_decide_many_form.html"
MOST_OF_A_CAMPAIGN = 1_000  # threads on one form


@require_http_methods(["GET", "HEAD", "POST"])
def decide_many(request: Request, slug: str) -> HttpResponse:
    """Show the ticked threads and ask for a decision; then decide all of them or none.

    Each field ``threads`` is a uid, and after a blank the state that the reviewer saw. Without a
    state the thread is decided as this form shows it. The field ``campaign`` stands for the threads
    of a form letter that are undecided and add nothing of their own.
    """
    reviewer = reviewer_of(request)
    here = reverse("decide_many", args=[slug])
    if reviewer is None:
        return signed_out(request, reverse("review", args=[slug]))
    document = find_desk(request, slug)
    back = request.POST.get("back", "")
    if request.method != "POST":
        return HttpResponseRedirect(desk_url(document, request.GET.get("back", "")))
    seen = _of_campaign(reviewer, document, request.POST.get("campaign", ""))
    seen = seen or _ticked([one for one in request.POST.getlist("threads") if "\0" not in one])
    context: dict[str, Any] = {"document": document, "here": here, "title": _("Decide together")}
    options = decide_options(document)
    if "outcome" not in request.POST and "decide" not in request.POST:
        context["form"] = DecideForm(initial={"back": back}, **options)
        return _form(request, reviewer, context, seen)
    form = DecideForm(request.POST, **options)
    threads = [(uid, state or None) for uid, state in seen.items()]
    outcome = attempt(
        form,
        lambda: dispositions.decide_threads(
            reviewer=reviewer, document=document, threads=threads, ruling=form.ruling()
        ),
    )
    if not outcome.succeeded:
        return _form(request, reviewer, {**context, "form": form}, seen, outcome)
    number = len(outcome.result)
    said = ngettext("%(n)d thread decided.", "%(n)d threads decided.", number) % {"n": number}
    messages.success(request, said, extra_tags=f"decide-many-{slug}")
    return HttpResponseRedirect(desk_url(document, form.cleaned_data["back"]))


def _of_campaign(reviewer: User, document: Document, pk: str) -> dict[str, str]:
    """Return the threads of a campaign that wait for a decision, with no state seen."""
    if not (pk.isdecimal() and len(pk) < 18):  # noqa: PLR2004 -- what fits into a database's id
        return {}
    uids = campaigns.undecided_in(reviewer, document, int(pk), MOST_OF_A_CAMPAIGN)
    return dict.fromkeys(uids, "")


def _ticked(values: Sequence[str]) -> dict[str, str]:
    """Return the state seen by uid, in the order of the page."""
    pairs = (value.partition(" ") for value in values[: dispositions.MAX_AT_ONCE + 1])
    return {uid: state.strip()[:100] for uid, _blank, state in pairs if uid}


def _form(
    request: Request,
    reviewer: User,
    context: dict[str, Any],
    seen: dict[str, str],
    outcome: Attempt | None = None,
) -> HttpResponse:
    """Answer with the form on its page; where threads are stale, with what happened to them."""
    document: Document = context["document"]
    notes = review_threads.find_roots(reviewer, document, list(seen))
    states = thread_states(reviewer, [note.annotation.pk for note in notes])
    lines = []
    for note in notes:
        state, uid = states[note.annotation.pk], note.annotation.uid
        is_stale = bool(outcome and seen[uid] not in ("", state))
        happened = _happened(reviewer, note, seen[uid]) if is_stale else None
        value = f"{uid} {state if is_stale or not seen[uid] else seen[uid]}"
        lines.append({"note": note, "value": value, "happened": happened})
    lines.sort(key=lambda line: line["happened"] is None)  # what is new comes first
    context = {
        **context,
        "lines": lines,
        "stale": sum(line["happened"] is not None for line in lines),
        "missing": len(seen) - len(notes),
        "fragment": TEMPLATE,
        "cancel_url": desk_url(document, context["form"]["back"].value() or ""),
    }
    return render(request, FORM_PAGE, context, status=outcome.status if outcome else 200)


def _happened(reviewer: User, note: Note, seen: str) -> Happened:
    return review_threads.happened_since(reviewer, note.annotation, seen)
