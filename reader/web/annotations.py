"""Writing in the margin: annotate, reply, edit, move, delete; and the permalink."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from reader import policy
from reader.actions import annotations as annotation_actions
from reader.models import Annotation, Document, Edition
from reader.queries import annotations as annotation_queries
from reader.queries import placements, reading, review_threads
from reader.queries.groups import Audience
from reader.queries.threads import Thread
from reader.web import drafts
from reader.web.answers import (
    attempt,
    author_of,
    form_answer,
    fragments,
    signed_out,
    welcome_guest,
)
from reader.web.audiences import audience_of, reply_words, saved_words, seen_by
from reader.web.converters import RefConverter
from reader.web.documents import (
    annotating,
    asked_edition,
    get_document,
    get_edition,
    reading_in,
)
from reader.web.forms import AnnotationForm, ReplyForm
from reader.web.http import Request


def get_annotation(request: Request, uid: str) -> Annotation:
    """Return an annotation whose words the viewer may read, or answer 404.

    Raises:
        Http404: there is none for this viewer.
    """
    try:
        return annotation_queries.find(request.viewer, uid)
    except Annotation.DoesNotExist as error:
        raise Http404 from error


def get_thread(request: Request, root: Annotation, edition: Edition | None = None) -> Thread | None:
    """Return the root's thread as the viewer may see it in the current edition, if at all."""
    try:
        edition = edition or get_edition(request, root.document)
        return annotation_queries.find_thread(request.viewer, root, edition)
    except Annotation.DoesNotExist:
        return None


def stands_in(request: Request, annotation: Annotation) -> Sequence[str]:
    """Return the first and last block of the annotation's passage in the current edition."""
    shown = get_thread(request, annotation) if annotation.is_root else None
    place = shown.place if shown else None
    return (place.first_ref, place.last_ref) if place else ()


def place_url(request: Request, annotation: Annotation, audience: Audience | None = None) -> str:
    """Return the address where the annotation's thread stands open.

    That is its paragraph's page, and the reader's page when its passage is in the current edition
    no more.
    """
    document, root = annotation.document, annotation.root or annotation
    ref = annotation_queries.place_of(annotation, get_edition(request, document))
    page = reverse("paragraph", args=[document.slug, ref]) if ref else document.get_absolute_url()
    kept = audience.pair if audience and audience.shows(root) else {}
    query = urlencode({**kept, "thread": root.uid})
    return f"{page}?{query}#a-{annotation.uid}"


@require_safe
def permalink(request: Request, uid: str) -> HttpResponse:
    """Land on the annotation's passage with its thread open."""
    return HttpResponseRedirect(place_url(request, _get_shown(request, uid)))


def _get_shown(request: Request, uid: str) -> Annotation:
    """Return an annotation the viewer may read, or a root whose empty place they may see."""
    try:
        return annotation_queries.find_placeholder(request.viewer, uid)
    except Annotation.DoesNotExist:
        return get_annotation(request, uid)


@require_safe
def thread(request: Request, uid: str) -> HttpResponse:
    """Answer HTMX with the whole thread, as it stands in the edition that is being read."""
    annotation = _get_shown(request, uid)
    edition = asked_edition(request, annotation.document)
    shown = get_thread(request, annotation.root or annotation, edition)
    if shown is None or edition.is_draft:
        raise Http404
    if not request.htmx:
        return HttpResponseRedirect(annotation.get_absolute_url())
    context = {**reading_in(request, annotation.document, edition), "thread": shown}
    return render(request, "annotations/_thread.html", context)


def _thread_context(request: Request, document: Document, shown: Thread) -> dict[str, Any]:
    return {"document": document, "thread": shown, **annotating(request, document)}


def thread_answer(
    request: Request,
    annotation: Annotation,
    message: str,
    draft: str,
    *,
    key: str = "",
    stood: Sequence[str] = (),
) -> HttpResponse:
    """Answer a write inside a thread: the thread and its blocks anew, or a redirect to it.

    ``stood`` names the first and last block of a passage that has been left or emptied.
    """
    document, root = annotation.document, annotation.root or annotation
    if not request.htmx:
        messages.success(request, message, extra_tags=draft)
        return HttpResponseRedirect(place_url(request, annotation))
    shown = get_thread(request, root)
    parts = []
    if shown is not None:
        parts.append(("annotations/_thread.html", _thread_context(request, document, shown)))
    if shown is not None and shown.place is not None:
        refs = [shown.place.first_ref, shown.place.last_ref]
        parts += _block_parts(request, document, refs, root)
    if stood:
        drawn = {context["view"].block.ref for _name, context in parts[1:]}
        left = _block_parts(request, document, stood, root)
        parts += [part for part in left if part[1]["view"].block.ref not in drawn]
    saved = {"key": key, "draft": draft, "uid": annotation.uid, "message": message}
    return fragments(request, f"#a-{root.uid}", parts, **saved)


def _block_parts(
    request: Request,
    document: Document,
    refs: Sequence[str],
    written: Annotation,
    *,
    with_threads: bool = False,
) -> list[tuple[str, dict[str, Any]]]:
    """Return the blocks from the first to the last ref as out-of-band fragments.

    The thread that was written in is drawn whoever the page is for.
    """
    edition, audience = get_edition(request, document), audience_of(request)
    views = reading.views_between(
        request.viewer, document, edition, refs, audience, written.pk, with_threads=with_threads
    )
    return [
        ("documents/_block.html", {"view": view, "document": document, "oob": True})
        for view in views
    ]


@require_POST
def annotate(request: Request, slug: str) -> HttpResponse:
    """Attach a highlight, comment, question or suggested edit to a passage."""
    document = get_document(request, slug)
    ref = request.POST.get("ref", "")
    if policy.needs_account(request.viewer, document):
        known = re.fullmatch(RefConverter.regex, ref)
        back = reverse("paragraph", args=[slug, ref]) if known else document.get_absolute_url()
        return signed_out(request, back + "#annotate")
    audience = audience_of(request)
    form = AnnotationForm(request.POST, audience=audience)
    # A guest is made and writes, or neither; whoever is here already waits for nobody until saving.
    is_new = not request.viewer.is_authenticated
    outcome = attempt(form, lambda: _create(request, document, form), atomic=is_new)
    if not outcome.succeeded:
        context = {
            "form": form,
            "document": document,
            "title": _("Annotate"),
            "audience": audience,
        }
        return form_answer(request, "annotations/_form.html", context, outcome)
    welcome_guest(request, outcome.result.author)
    return _annotated(request, document, outcome.result, form)


def _create(request: Request, document: Document, form: AnnotationForm) -> Annotation:
    data = form.cleaned_data
    visibility, group = seen_by(request.viewer, data["visibility"])
    return annotation_actions.create_annotation(
        author=author_of(request, form),
        document=document,
        motivation=data["motivation"],
        passage=form.passage(),
        wording=form.wording(),
        visibility=visibility,
        group=group,
        client_key=data["client_key"] or None,
    )


def _annotated(
    request: Request, document: Document, annotation: Annotation, form: AnnotationForm
) -> HttpResponse:
    message = saved_words(annotation)
    draft = f"new-{form.cleaned_data['ref']}"
    if not request.htmx:
        messages.success(request, message, extra_tags=draft)
        return HttpResponseRedirect(place_url(request, annotation, form.audience))
    ends = reading.ends_of(annotation, get_edition(request, document))
    if ends is None:
        raise Http404
    if _is_on_paragraph_page(request, document, ends[0]):
        messages.success(request, message, extra_tags=draft)
        return HttpResponseClientRedirect(place_url(request, annotation))
    blocks = _block_parts(request, document, ends, annotation, with_threads=True)
    view = blocks[0][1]["view"]
    section = ("documents/_threads.html", {"view": view, "document": document})
    saved = {
        "key": form.cleaned_data["client_key"],
        "draft": draft,
        "uid": annotation.uid,
        "ref": ends[0],
        "message": message,
    }
    return fragments(request, f"#t-{ends[0]}", [section, *blocks], **saved)


def _is_on_paragraph_page(request: Request, document: Document, ref: str) -> bool:
    """Whether HTMX asks from the page that shows all of the block's threads, filtered and open."""
    try:
        here = urlsplit(request.htmx.current_url_abs_path or "").path
    except ValueError:  # a header that is no address
        return False
    return here == reverse("paragraph", args=[document.slug, ref])


@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: Request, uid: str) -> HttpResponse:
    """Answer an annotation."""
    here = reverse("reply", args=[uid])
    try:
        parent = get_annotation(request, uid)
    except Http404:
        if request.method == "POST" and not request.viewer.is_authenticated:
            return signed_out(request, here)  # a session that ended: the words must not be lost
        raise
    context = {
        "annotation": parent,
        "document": parent.document,
        "is_looked_at": policy.is_looked_at(request.viewer, parent.document),
        "title": _("Reply"),
    }
    if request.method != "POST":
        initial = {"client_key": get_random_string(22), **drafts.take(request, here)}
        return form_answer(
            request, "annotations/_reply_form.html", {**context, "form": ReplyForm(initial=initial)}
        )
    if policy.needs_account(request.viewer, parent.document):
        return signed_out(request, here)
    form = ReplyForm(request.POST)
    outcome = attempt(
        form,
        lambda: annotation_actions.reply(
            author=author_of(request, form),
            parent=parent,
            wording=form.wording(),
            client_key=form.cleaned_data["client_key"] or None,
        ),
    )
    if not outcome.succeeded:
        return form_answer(
            request, "annotations/_reply_form.html", {**context, "form": form}, outcome
        )
    welcome_guest(request, outcome.result.author)
    message, key = reply_words(outcome.result), form.cleaned_data["client_key"]
    return thread_answer(request, outcome.result, message, f"reply-{uid}", key=key)


@require_safe
def history(request: Request, uid: str) -> HttpResponse:
    """Show an annotation's earlier wordings and places to whoever may read it."""
    annotation = get_annotation(request, uid)
    context = {
        "annotation": annotation,
        "document": annotation.document,
        "versions": annotation_queries.history(request.viewer, annotation),
        "placements": placements.placements_of(annotation) if annotation.is_root else [],
        "decisions": review_threads.decisions_on(annotation) if annotation.is_root else [],
    }
    return render(request, "annotations/history.html", context)
