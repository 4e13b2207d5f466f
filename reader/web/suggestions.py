"""Answering suggested edits: an editor takes one into the next edition, or declines it."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from reader import policy
from reader.actions import suggestions
from reader.models import Annotation, Disposition, Motivation, User
from reader.web import drafts
from reader.web.annotations import get_annotation, thread_answer
from reader.web.answers import attempt, form_answer, signed_out
from reader.web.forms import Words
from reader.web.http import Request

WITHDRAW = "withdraw"


class AnswerForm(forms.Form):
    """What an editor makes of a suggested edit."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Answer"),
        choices=[
            (Disposition.Outcome.ACCEPTED, gettext_lazy("Accept: it goes into the next edition")),
            (Disposition.Outcome.DECLINED, gettext_lazy("Decline: the text stays as it is")),
            (WITHDRAW, gettext_lazy("Take the answer back")),
        ],
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = Words(gettext_lazy("Reason"), rows=2, help_text=gettext_lazy("Everybody can read it."))


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: Request, uid: str) -> HttpResponse:
    """Accept or decline a suggested edit, or take the answer back."""
    here = reverse("answer_suggestion", args=[uid])
    editor = request.user
    if not isinstance(editor, User):
        return signed_out(request, here)
    annotation = get_annotation(request, uid)
    if annotation.motivation != Motivation.EDITING:
        raise Http404
    try:
        policy.check_may_edit_document(request.viewer, annotation.document)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    context = {
        "annotation": annotation,
        "document": annotation.document,
        "title": _("Answer the suggestion"),
    }
    template = "annotations/_answer_form.html"
    if request.method != "POST":
        asked = {name: request.GET[name] for name in ("outcome",) if name in request.GET}
        form = AnswerForm(initial={**asked, **drafts.take(request, here)})
        return form_answer(request, template, {**context, "form": form})
    form = AnswerForm(request.POST)
    outcome = attempt(form, lambda: _answer(editor, annotation, form))
    if outcome.current is not None:
        context["annotation"] = outcome.current  # as it reads now, for another look
    if not outcome.succeeded:
        return form_answer(request, template, {**context, "form": form}, outcome)
    return thread_answer(request, annotation, outcome.result, f"answer-{uid}")


def _answer(editor: User, annotation: Annotation, form: AnswerForm) -> str:
    """Save the answer, and return words that say what became of it."""
    chosen, reason = form.cleaned_data["outcome"], form.cleaned_data["reason"]
    if chosen == WITHDRAW:
        suggestions.withdraw_answer(editor=editor, annotation=annotation)
        return _("The answer is taken back.")
    if chosen == Disposition.Outcome.DECLINED:
        suggestions.decline_suggestion(editor=editor, annotation=annotation, reason=reason)
        return _("Declined.")
    made = suggestions.accept_suggestion(
        editor=editor,
        annotation=annotation,
        reason=reason,
        version=form.cleaned_data["version"],
    )
    if made.addressed_in is None:
        return _("Accepted. It waits: the present draft comes from a file.")
    return _("Accepted. It is in the draft of the next edition.")
