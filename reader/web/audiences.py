"""For whom somebody reads and writes at the moment: the switch on the reader's page."""

from urllib.parse import parse_qs, urlsplit

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from reader import policy
from reader.models import Annotation, Group, Visibility
from reader.policy import Viewer
from reader.queries import groups as group_queries
from reader.queries.checking import told_to_author
from reader.queries.groups import Audience
from reader.web.http import Request

FIELD = "for"
MOST_SIGNS = 60  # as many as a slug has
GROUP_CHOICE = f"{Visibility.GROUP}:"


def audience_of(request: Request) -> Audience:
    """Return whom the page is for: named in its address, in that of HTMX's page, or in a form."""
    name = request.GET.get(FIELD)
    if name is None:
        name = _named_on_page(request) if request.htmx else request.POST.get(FIELD)
    return Audience(request.viewer, (name or "")[:MOST_SIGNS])


def _named_on_page(request: Request) -> str:
    try:
        query = urlsplit(request.htmx.current_url_abs_path or "").query
        return parse_qs(query, max_num_fields=20).get(FIELD, [""])[0]
    except ValueError:  # a header that is no address
        return ""


def without_audience(request: Request) -> HttpResponse:
    """Lead to the page with everything, where its address names a group of others."""
    query = request.GET.copy()
    query.pop(FIELD, None)
    messages.warning(request, _("You are in no such group. This is everything that you may read."))
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}" if query else request.path)


def saved_words(annotation: Annotation) -> str:
    """Return what to say of an annotation that was saved: for whom, and whether it waits."""
    if annotation.group is not None:
        return _("Saved for %(group)s.") % {"group": annotation.group}
    if annotation.status == "approved":
        return _("Saved.")
    return _waiting_words(annotation) or _("Saved. It waits for review.")


def reply_words(annotation: Annotation) -> str:
    """Return what to say of a reply that was saved."""
    if annotation.status == "approved":
        return _("Reply saved.")
    return _waiting_words(annotation) or _("Your reply waits for review.")


def _waiting_words(annotation: Annotation) -> str:
    """Return what to say of an annotation that checks hold, or nothing; calmly, and in general."""
    why = told_to_author(annotation)
    if not why:
        return ""
    words = _("Saved. It waits until a moderator has seen it: %(why)s.")
    return words % {"why": "; ".join(why)}


def seen_by(viewer: Viewer, choice: str) -> tuple[str, Group | None]:
    """Return the visibility and the group that a form's choice stands for.

    Raises:
        policy.Refused: the viewer is in no such group.
    """
    if not choice.startswith(GROUP_CHOICE):
        return choice, None
    try:
        slug = choice.removeprefix(GROUP_CHOICE)
        validate_slug(slug)
        return Visibility.GROUP, group_queries.find_mine(viewer, slug)
    except (Group.DoesNotExist, ValidationError) as error:
        raise policy.Refused(_("You are in no such group.")) from error
