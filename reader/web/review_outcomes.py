"""How an act at the review desk is answered, and where the reviewer goes on."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from reader.models import Annotation, Document
from reader.queries import review_threads
from reader.web.annotations import place_url
from reader.web.answers import Attempt, fragments
from reader.web.http import Request
from reader.web.review import card_context
from reader.web.review_answers import desk_url

FORM_PAGE = "review/form_page.html"
CARD = "review/_card.html"
READER = "reader"
"""What the field ``place`` holds where the form was opened from the reader's page."""


def opened_with(request: Request) -> dict[str, str]:
    """Return where a form was opened from, as its address says."""
    return {name: request.GET[name] for name in ("place", "back") if name in request.GET}


def act_form(
    request: Request,
    template: str,
    root: Annotation,
    context: dict[str, Any],
    outcome: Attempt | None = None,
) -> HttpResponse:
    """Answer with the form of an act: alone for HTMX, with the thread on a page otherwise."""
    context = {"document": root.document, "root": root, "fragment": template, **context}
    if not request.htmx:
        form: Form = context["form"]
        place = form["place"].value() if "place" in form.fields else ""
        back = form["back"].value() if "back" in form.fields else ""
        context["thread"] = review_threads.read_thread(request.viewer, root)
        context["cancel_url"] = _onward(request, root, place or "", back or "")
    status = outcome.status if outcome else 200
    page = template if request.htmx else FORM_PAGE
    response = render(request, page, context, status=status)
    for name, value in (outcome.headers if outcome else {}).items():
        response[name] = value
    return response


def done(
    request: Request, root: Annotation, form: Form, message: str, draft: str, **saved: str
) -> HttpResponse:
    """Answer an act that was saved: the desk's card anew, or a redirect to where one came from."""
    if request.htmx:
        last = Document.objects.values_list("last_event", flat=True).get(pk=root.document_id)
        # Asked before the card is: what happens in between is told again, and not passed over.
        told = {"draft": draft, "uid": root.uid, "message": message, "key": "", "event": str(last)}
        parts = [(CARD, card_context(request, root))]
        told |= saved
        return fragments(request, f"#r-{root.uid}", parts, **told)
    messages.success(request, message, extra_tags=draft)
    data = form.cleaned_data
    address = _onward(request, root, data.get("place", ""), data.get("back", ""))
    return HttpResponseRedirect(address)


def _onward(request: Request, root: Annotation, place: str, back: str) -> str:
    if place == READER:
        return place_url(request, root)
    return desk_url(root.document, back, root)
