"""Hiding what somebody writes, for oneself: a stylesheet of one's own beside pages all share."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reader import policy
from reader.actions import hiding
from reader.models import User
from reader.queries.hiding import edition_of, hidden_by, ids_hidden_by
from reader.web.annotations import get_annotation
from reader.web.answers import signed_out
from reader.web.http import Request, account_of

FOR_A_DAY = "private, max-age=86400"
RULES = """\
:is({who}):not(:focus-within, :target) > :not(.byline, .card-foot, .note),
:is({who}):not(:focus-within, :target) > .note > :not(.byline) {{ display: none; }}
:is({who}) > .byline::after,
:is({who}) > .note > .byline::after {{ content: "{said}"; font-style: italic; }}
:is({who}):is(:focus-within, :target) > .byline::after,
:is({who}):is(:focus-within, :target) > .note > .byline::after {{ content: none; }}
"""


@require_safe
def stylesheet(request: Request) -> HttpResponse:
    """Answer with the rules that fold the cards of those whom the viewer hides.

    A folded card keeps its author's name and opens when it is chosen: by a click, or by coming to
    its name with the keyboard. Numbers stand in the selectors and nothing else.
    """
    ids = ids_hidden_by(request.user)
    who = ", ".join(f'[data-by="{int(one)}"]' for one in ids)
    said = "".join(sign for sign in _("hidden by you: choose to show") if sign not in '"\\\n\r<')
    css = RULES.format(who=who, said=said) if who else ""
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    is_asked_for = request.GET.get("v", "") == edition_of(ids) != ""
    response["Cache-Control"] = FOR_A_DAY if is_asked_for else "private, no-store"
    patch_vary_headers(response, ("Cookie", "Accept-Language"))
    return response


@never_cache
@login_required
@require_safe
def hidden(request: Request) -> HttpResponse:
    """List whom the person hides."""
    return render(request, "people/hidden.html", {"hidden": hidden_by(account_of(request))})


@require_POST
def hide_author(request: Request, uid: str) -> HttpResponse:
    """Hide what the author of an annotation writes."""
    annotation = get_annotation(request, uid)
    if not isinstance(request.user, User):
        return signed_out(request, annotation.get_absolute_url())
    try:
        made = hiding.hide_author(viewer=request.user, annotation=annotation)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    words = _("What %(name)s writes is folded for you. Your settings have the list.")
    messages.success(request, words % {"name": made.person.get_full_name()})
    return HttpResponseRedirect(annotation.document.get_absolute_url())


@login_required
@require_POST
def show_again(request: Request, pk: int) -> HttpResponse:
    """Stop hiding somebody."""
    if hiding.show_again(viewer=account_of(request), pk=pk):
        messages.success(request, _("What they write is shown again."))
    return HttpResponseRedirect(reverse("hidden"))
