"""Reporting an annotation to the moderators."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reader import policy
from reader.actions import moderation
from reader.models import User
from reader.web import drafts
from reader.web.annotations import get_annotation, thread_answer
from reader.web.answers import attempt, form_answer, signed_out
from reader.web.forms import FlagForm
from reader.web.http import Request


@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: Request, uid: str) -> HttpResponse:
    """Report an annotation with a reason."""
    here = reverse("flag", args=[uid])
    reporter = request.user
    if not isinstance(reporter, User):
        return signed_out(request, here)
    annotation = get_annotation(request, uid)
    try:
        policy.check_may_flag(request.viewer, annotation)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    context = {"annotation": annotation, "document": annotation.document, "title": _("Report")}
    if request.method != "POST":
        form = FlagForm(initial=drafts.take(request, here))
        return form_answer(request, "annotations/_flag_form.html", {**context, "form": form})
    form = FlagForm(request.POST)
    outcome = attempt(
        form,
        lambda: moderation.flag(
            reporter=reporter,
            annotation=annotation,
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
        ),
    )
    if not outcome.succeeded:
        return form_answer(
            request, "annotations/_flag_form.html", {**context, "form": form}, outcome
        )
    message = _("Thank you. The moderators will look at it.")
    return thread_answer(request, annotation, message, f"flag-{uid}")
