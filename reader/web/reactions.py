"""Agreeing and disagreeing with what others wrote."""

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reader.actions import reactions
from reader.models import Annotation, User
from reader.queries import annotations as annotation_queries
from reader.web.annotations import get_annotation, place_url
from reader.web.answers import attempt, form_answer, signed_out
from reader.web.http import Request

TEMPLATE = "annotations/_reactions.html"


class ReactionForm(forms.Form):
    """What somebody thinks of an annotation; empty takes it back."""

    stance = forms.CharField(required=False)


@require_POST
def react(request: Request, uid: str) -> HttpResponse:
    """Agree, disagree, or take it back. HTMX gets the two buttons anew."""
    annotation = get_annotation(request, uid)
    person = request.user
    if not isinstance(person, User):
        back = place_url(request, annotation)
        return signed_out(request, back) if request.htmx else redirect_to_login(back)
    form = ReactionForm(request.POST)
    outcome = attempt(form, lambda: _react(person, annotation, form))
    if outcome.succeeded and not request.htmx:
        return HttpResponseRedirect(place_url(request, annotation))
    shown = annotation_queries.note_of(request.viewer, annotation)
    context = {
        "annotation": shown.annotation,
        "note": shown,
        "document": annotation.document,
        "title": _("Agree or disagree"),
        "refusals": [error for errors in form.errors.values() for error in errors],
    }
    return form_answer(request, TEMPLATE, context, outcome)


def _react(person: User, annotation: Annotation, form: ReactionForm) -> Annotation:
    stance = form.cleaned_data["stance"]
    return reactions.react(person=person, annotation=annotation, stance=stance)
