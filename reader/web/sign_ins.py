"""The list of browsers in which somebody is signed in, and signing them out."""

import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reader.actions.sign_ins import Looks, end_sign_in, end_sign_ins, note_seen, note_sign_in
from reader.models import User
from reader.outages import outage_in
from reader.queries.sessions import sign_ins_of
from reader.text.agents import browser_of, system_of
from reader.web.http import Request, account_of
from reader.web.middleware import Handler
from reader.web.request_log import address_of, kept_address

NOTED = "sign_in"  # in the session: the row, the session's key then, and when
SEEN_EVERY = 15 * 60  # seconds


def looks_of(request: HttpRequest) -> Looks:
    """Return what is kept of the browser; of its address at most the neighbourhood.

    Where the site notes no addresses (``POSTIL_LOG_ADDRESSES``) none is kept here either.
    """
    agent = request.META.get("HTTP_USER_AGENT", "")
    is_kept = settings.LOG_ADDRESSES != "none"
    network = kept_address(address_of(request.META), "short") if is_kept else ""
    return Looks(browser_of(agent), system_of(agent), network)


def note(request: HttpRequest, person: User) -> None:
    """Note that somebody has signed in with this browser."""
    if not request.session.session_key:
        request.session.save()
    key = str(request.session.session_key)
    noted = note_sign_in(person=person, session_key=key, looks=looks_of(request))
    request.session[NOTED] = [noted.pk, key, int(time.time())]


def seen_middleware(get_response: Handler) -> Handler:
    """Note now and then that a browser in the list was here, and what its session is called now."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and NOTED in request.session and not settings.READ_ONLY:
            try:
                _note_seen(request)
            except DatabaseError as error:
                if outage_in(error) is None:
                    raise
        return response

    return middleware


def _note_seen(request: HttpRequest) -> None:
    noted, known_as, at = request.session[NOTED]
    key = request.session.session_key
    assert isinstance(request.user, User)  # noqa: S101 -- for the type checker; who asks knows
    if not key or (key == known_as and time.time() - at < SEEN_EVERY):
        return
    if note_seen(noted=noted, person=request.user, session_key=key, looks=looks_of(request)):
        request.session[NOTED] = [noted, key, int(time.time())]
    else:
        del request.session[NOTED]


@login_required
@never_cache
@require_safe
def sign_ins(request: Request) -> HttpResponse:
    """Show the browsers in which somebody is signed in."""
    person = account_of(request)
    found = sign_ins_of(person)
    here = request.session.session_key
    if here not in {one.session_key for one in found}:
        note(request, person)  # it was signed in before there was a list
        found = sign_ins_of(person)
    context: dict[str, Any] = {
        "sign_ins": [(one, one.session_key == here) for one in found],
        "keeps_networks": settings.LOG_ADDRESSES != "none",
    }
    return render(request, "people/sign_ins.html", context)


@login_required
@require_POST
def end_one(request: Request, pk: int) -> HttpResponse:
    """Sign one browser out; somebody else's is as good as none."""
    ended = end_sign_in(person=account_of(request), noted=pk)
    if ended is not None and ended == request.session.session_key:
        logout(request)
        return HttpResponseRedirect(reverse("account_login"))
    if ended is not None:
        messages.success(request, _("It is signed out."))
    return HttpResponseRedirect(reverse("sign_ins"))


@login_required
@require_POST
def end_all(request: Request) -> HttpResponse:
    """Sign out everywhere, or everywhere else."""
    person = account_of(request)
    if request.POST.get("keep") == "this":
        end_others(request, person)
        messages.success(request, _("You are signed out everywhere but here."))
        return HttpResponseRedirect(reverse("sign_ins"))
    end_sign_ins(person=person)
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    return HttpResponseRedirect(reverse("account_login"))


def end_others(request: HttpRequest, person: User) -> None:
    """End all sessions of somebody but this one."""
    end_sign_ins(person=person, but=str(request.session.session_key))
    update_session_auth_hash(request, person)
