"""Publishing a draft, taking that back, and throwing a draft away."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reader.actions import editions
from reader.actions.errors import Invalid
from reader.models import Edition
from reader.queries import desk as desk_queries
from reader.queries.editions import edition_before
from reader.web.changes import signed_in
from reader.web.desk_access import Stale, answering_stale, check_seen, get_editable, mark_of
from reader.web.desk_progress import publishing_page
from reader.web.http import Request

MANY = 2_000
"""Publishing more annotations than this shows its progress."""


@require_POST
@answering_stale
def publish(request: Request, slug: str, number: int) -> HttpResponseBase:
    """Publish the draft: at once, or with a page that grows while it takes its time."""
    edition = get_draft(request, slug, number)
    editor = signed_in(request)
    if desk_queries.roots_in(edition) > MANY:
        return publishing_page(request, edition, editor)
    try:
        editions.publish_edition(editor=editor, edition=edition)
    except Invalid as error:
        raise Stale(edition.document, str(error)) from error
    messages.success(request, _("%(edition)s is published.") % {"edition": edition})
    return HttpResponseRedirect(edition.document.get_absolute_url())


def get_draft(request: Request, slug: str, number: int) -> Edition:
    """Return the draft that the form was made for.

    Raises:
        Http404, PermissionDenied, Stale: as for any edition that is worked on.
    """
    edition = get_editable(request, slug, number)
    if not edition.is_draft:
        words = _("%(edition)s is published already. Nothing was changed.")
        raise Stale(edition.document, words % {"edition": edition})
    check_seen(request, edition)
    return edition


@require_http_methods(["GET", "HEAD", "POST"])
@answering_stale
def undo_publish(request: Request, slug: str, number: int) -> HttpResponse:
    """Ask, and make the current edition a draft again."""
    edition = get_editable(request, slug, number)
    if edition.is_draft:
        words = _("%(edition)s is a draft: its publication was undone already.")
        raise Stale(edition.document, words % {"edition": edition})
    base = edition_before(edition)
    if base is None:
        raise PermissionDenied(_("There is no edition before this one."))
    if request.method != "POST":
        context = {"document": edition.document, "edition": edition, "base": base}
        return render(request, "desk/undo.html", {**context, "seen": mark_of(edition)})
    check_seen(request, edition)
    try:
        editions.undo_publication(editor=signed_in(request), edition=edition)
    except Invalid as error:
        raise Stale(edition.document, str(error)) from error
    said = _("%(edition)s is a draft again. Readers see %(base)s.")
    messages.success(request, said % {"edition": edition, "base": base})
    return HttpResponseRedirect(reverse("desk", args=[slug, number]))


@require_http_methods(["GET", "HEAD", "POST"])
@answering_stale
def discard(request: Request, slug: str, number: int) -> HttpResponse:
    """Ask, and throw the draft away."""
    edition = get_draft(request, slug, number)
    if request.method != "POST":
        context = {
            "document": edition.document,
            "edition": edition,
            "decided": desk_queries.decisions_in(edition),
            "seen": mark_of(edition),
        }
        return render(request, "desk/discard.html", context)
    said = _("The draft %(edition)s is discarded.") % {"edition": edition}
    try:
        editions.discard_draft(editor=signed_in(request), edition=edition)
    except Invalid as error:
        raise Stale(edition.document, str(error)) from error
    messages.success(request, said)
    return HttpResponseRedirect(reverse("editions", args=[slug]))
