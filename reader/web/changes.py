"""Changing one's own annotations: new words, another passage, or taking them back."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from reader import policy
from reader.actions import changes
from reader.models import Annotation, User
from reader.policy import Viewer
from reader.queries import annotations as annotation_queries
from reader.queries.groups import Audience, stands_for
from reader.web import drafts
from reader.web.annotations import get_annotation, place_url, stands_in, thread_answer
from reader.web.answers import attempt, form_answer, signed_out
from reader.web.audiences import saved_words, seen_by
from reader.web.documents import get_edition
from reader.web.forms import AdjustForm, EditForm
from reader.web.http import Request


def get_own(
    request: Request,
    uid: str,
    check: Callable[[Viewer, Annotation], None] = policy.check_may_change,
) -> Annotation:
    """Return an annotation of the viewer's.

    Raises:
        Http404: the viewer may not see it.
        PermissionDenied: ``check`` refuses it.
    """
    annotation = get_annotation(request, uid)
    try:
        check(request.viewer, annotation)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return annotation


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, uid: str) -> HttpResponse:
    """Change the words of one's own annotation."""
    here = reverse("edit", args=[uid])
    if not request.viewer.is_authenticated:
        return signed_out(request, here)
    annotation, audience = get_own(request, uid), Audience(request.viewer)
    context = {"annotation": annotation, "document": annotation.document, "title": _("Edit")}
    if request.method != "POST":
        initial = {
            "body": annotation.body,
            "replacement": annotation.replacement,
            "tags": ", ".join(annotation.tags.values_list("name", flat=True)),
            "visibility": stands_for(annotation),
            "version": annotation.version,
            **drafts.take(request, here),
        }
        form = EditForm(annotation=annotation, audience=audience, initial=initial)
        return form_answer(request, "annotations/_edit_form.html", {**context, "form": form})
    form = EditForm(request.POST, annotation=annotation, audience=audience)
    outcome = attempt(form, lambda: _edit(request, annotation, form))
    if outcome.succeeded:
        return thread_answer(request, outcome.result, saved_words(outcome.result), f"edit-{uid}")
    if outcome.current is not None:
        context["theirs"] = outcome.current
        take_over_version(form, outcome.current)
    return form_answer(request, "annotations/_edit_form.html", {**context, "form": form}, outcome)


def _edit(request: Request, annotation: Annotation, form: EditForm) -> Annotation:
    sent = form.cleaned_data.get("visibility") or ""
    if sent == stands_for(annotation):
        sent = ""  # it stays where it is, though its author may have left the group
    visibility, group = seen_by(request.viewer, sent)
    return changes.edit_annotation(
        editor=signed_in(request),
        annotation=annotation,
        version=form.cleaned_data["version"],
        wording=form.wording(),
        visibility=visibility or None,
        group=group,
    )


def signed_in(request: Request) -> User:
    """Return the viewer of a request that was let in because somebody is signed in."""
    if not isinstance(request.viewer, User):
        raise PermissionDenied
    return request.viewer


def take_over_version(form: EditForm | AdjustForm, current: Annotation) -> None:
    """Let the form, shown again beside the saved text, be sent once more on purpose."""
    form.data = {**form.data, **form.cleaned_data, "version": str(current.version)}


@require_http_methods(["GET", "HEAD", "POST"])
def adjust(request: Request, uid: str) -> HttpResponse:
    """Move one's own annotation to other words."""
    here = reverse("adjust", args=[uid])
    if not request.viewer.is_authenticated:
        return signed_out(request, here)
    annotation = get_own(request, uid)
    edition = get_edition(request, annotation.document)
    if not annotation.is_root:
        raise Http404
    ref = annotation_queries.place_of(annotation, edition) or ""
    context = {
        "annotation": annotation,
        "document": annotation.document,
        "title": _("Move to other words"),
        "block": edition.blocks.filter(ref=ref).first(),
    }
    if request.method != "POST":
        initial = {"exact": annotation.exact, "ref": ref, "version": annotation.version}
        form = AdjustForm(initial={**initial, **drafts.take(request, here)})
        return form_answer(request, "annotations/_adjust_form.html", {**context, "form": form})
    form = AdjustForm(request.POST)
    stood = stands_in(request, annotation)
    outcome = attempt(
        form,
        lambda: changes.adjust_passage(
            editor=signed_in(request),
            annotation=annotation,
            version=form.cleaned_data["version"],
            passage=form.passage(),
        ),
    )
    if outcome.succeeded:
        message = _("Moved.")
        if request.htmx and not stood:
            # It stood nowhere and is among the text again: the page is another one.
            messages.success(request, message, extra_tags=f"passage-{uid}")
            return HttpResponseClientRedirect(place_url(request, outcome.result))
        return thread_answer(request, outcome.result, message, f"passage-{uid}", stood=stood)
    if outcome.current is not None:
        take_over_version(form, outcome.current)
    return form_answer(request, "annotations/_adjust_form.html", {**context, "form": form}, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request, uid: str) -> HttpResponse:
    """Take back one's own annotation, after a question."""
    if not request.viewer.is_authenticated:
        return signed_out(request, reverse("delete", args=[uid]))
    annotation = get_own(request, uid, policy.check_may_delete)
    if request.method != "POST":
        context = {"annotation": annotation, "document": annotation.document, "title": _("Delete")}
        return form_answer(request, "annotations/_delete_form.html", context)
    back = place_url(request, annotation).split("?")[0]
    stood = stands_in(request, annotation)
    changes.delete_annotation(editor=signed_in(request), annotation=annotation)
    if request.htmx:
        return thread_answer(request, annotation, _("Deleted."), f"edit-{uid}", stood=stood)
    messages.success(request, _("Deleted."), extra_tags=f"edit-{uid}")
    return HttpResponseRedirect(back)
