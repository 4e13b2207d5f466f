"""A form letter and everybody who sent it, for the reviewers of a document."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reader import policy
from reader.actions import campaigns as campaign_actions
from reader.actions.errors import Invalid
from reader.models import Document, User
from reader.queries import campaigns as campaign_queries
from reader.web.answers import signed_out
from reader.web.http import Request
from reader.web.review_answers import find_desk, get_root

MEMBERS_A_PAGE = 100
TICKED_NONE = "none"


@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: Request, slug: str, pk: int) -> HttpResponse:
    """Show the letter once, and who sent it with what they add; POST takes one out or puts it back.

    The field ``apart`` names a thread to take out, ``fold`` one to put back.
    """
    reviewer = request.user
    if not isinstance(reviewer, User):
        return signed_out(request, reverse("campaign", args=[slug, pk]))
    document = find_desk(request, slug)
    sizes = campaign_queries.sizes_of(request.viewer, document, pk)
    if not sizes.total:
        raise Http404
    if request.method == "POST":
        return _move(request, reviewer, document, pk)
    shown, letter = campaign_queries.letter_of(request.viewer, document, pk)
    page: Any = Paginator(range(sizes.total), MEMBERS_A_PAGE).get_page(request.GET.get("page"))
    start = page.start_index() - 1
    members = campaign_queries.members_of(
        request.viewer, document, pk, letter, slice(start, start + MEMBERS_A_PAGE)
    )
    context = {
        "document": document,
        "campaign": pk,
        "sizes": sizes,
        "shown": shown,
        "members": members,
        "page": page,
        "is_ticked": request.GET.get("tick") != TICKED_NONE,
    }
    return render(request, "review/campaign.html", context)


def _move(request: Request, reviewer: User, document: Document, pk: int) -> HttpResponse:
    """Take a thread out of the campaign, or put it back, and show the campaign."""
    act, message = campaign_actions.take_apart, _("The thread stands by itself now.")
    if "fold" in request.POST:
        act, message = campaign_actions.put_back, _("The thread is folded with the others again.")
    uid = (request.POST.get("fold") or request.POST.get("apart", "")).replace("\0", "")
    root = get_root(request, uid)
    try:
        act(reviewer=reviewer, root=root)
    except policy.Refused as refusal:
        raise Http404 from refusal
    except Invalid as error:
        messages.error(request, str(error))
    else:
        messages.success(request, message)
    return HttpResponseRedirect(reverse("campaign", args=[document.slug, pk]))
