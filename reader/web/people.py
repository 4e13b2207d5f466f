"""People's own pages: profile, reading preferences, settings, export, leaving."""

from typing import Any

from django.conf import settings as site_settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from reader.actions import people as people_actions
from reader.models import User
from reader.queries import annotations as annotation_queries
from reader.queries import people, personal_data
from reader.queries.hypothesis import username_in
from reader.queries.threads import as_note
from reader.web.answers import attempt
from reader.web.http import Request
from reader.web.people_forms import EraseForm, PreferencesForm, SettingsForm
from reader.web.preferences import Preferences

NOTES_A_PAGE = 25


@require_safe
def profile(request: Request, username: str) -> HttpResponse:
    """Show a person and what they wrote, as far as the viewer may read it.

    Hypothesis's client asks by the whole name of an account, ``acct:name@host``.
    """
    viewer = request.viewer
    if username.startswith("acct:"):
        return HttpResponseRedirect(reverse("profile", args=[username_in(username) or "-"]))
    try:
        person = people.find_person(viewer, username)
    except User.DoesNotExist as error:
        raise Http404 from error
    rows = annotation_queries.by_author(viewer, person.pk)
    page: Page[Any] = Paginator(rows, NOTES_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = [as_note(viewer, row) for row in page.object_list]
    context = {
        "person": person,
        "page": page,
        "counts": people.counts_of(viewer, person),
        "is_me": viewer.pk == person.pk,
    }
    return render(request, "people/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: Request) -> HttpResponse:
    """Choose how to read; kept in a cookie, for everybody, signed in or not."""
    before = Preferences.from_cookie(request.COOKIES.get(Preferences.COOKIE, ""))
    back = _local(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        form = PreferencesForm(initial=dict(before.items()))
        return render(request, "people/preferences.html", {"form": form, "next": back})
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "next": back}
        return render(request, "people/preferences.html", context, status=422)
    is_script = request.htmx or "X-Requested-With" in request.headers
    response = HttpResponse(status=204) if is_script else HttpResponseRedirect(back)
    response.set_cookie(
        Preferences.COOKIE,
        form.preferences(before).as_cookie(),
        max_age=Preferences.MAX_AGE,
        secure=site_settings.SECURE,
        samesite="Lax",
    )
    return response


def _local(request: Request, address: str) -> str:
    """Return the address when it is on this site, else the page of the preferences."""
    is_local = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_local else reverse("preferences")


def _me(request: Request) -> User:
    """Return a fresh copy of who is signed in: the header must not show what is not saved."""
    return User.objects.get(username=request.user.get_username())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: Request) -> HttpResponse:
    """Change what others see of you, your time zone and your language."""
    person = _me(request)
    if request.method != "POST":
        names = ("name", "bio", "time_zone")
        form = SettingsForm(initial={name: getattr(person, name) for name in names})
        return render(request, "people/settings.html", {"form": form, "person": person})
    form = SettingsForm(request.POST)
    outcome = attempt(
        form,
        lambda: people_actions.change_settings(
            person=person,
            name=form.cleaned_data["name"],
            bio=form.cleaned_data["bio"],
            time_zone=form.cleaned_data["time_zone"],
        ),
    )
    if not outcome.succeeded:
        context = {"form": form, "person": request.user}
        return render(request, "people/settings.html", context, status=outcome.status)
    messages.success(request, _("Saved."))
    response = HttpResponseRedirect(reverse("settings"))
    if "language" in form.cleaned_data:
        response.set_cookie(
            site_settings.LANGUAGE_COOKIE_NAME,
            form.cleaned_data["language"],
            max_age=Preferences.MAX_AGE,
            secure=site_settings.SECURE,
            samesite="Lax",
        )
    return response


@login_required
@require_safe
def export(request: Request) -> StreamingHttpResponse:
    """Hand out everything the site holds about the person, as one JSON file."""
    person = _me(request)
    response = StreamingHttpResponse(
        personal_data.as_json(person), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="postil-{person.username}.json"'
    return response


@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: Request) -> HttpResponse:
    """Say what goes when the account goes; with the username and the password, let it go."""
    person = _me(request)
    form, status = EraseForm(person=person), 200
    if request.method == "POST":
        form = EraseForm(request.POST, person=person)
        outcome = attempt(form, lambda: people_actions.erase_account(person=person))
        if outcome.succeeded:
            return _farewell(request, outcome.result)
        status = outcome.status
    context = {"form": form, "person": person, "holdings": people.holdings_of(person)}
    return render(request, "people/erase.html", context, status=status)


def _farewell(request: Request, gone: int) -> HttpResponse:
    logout(request)
    message = ngettext(
        "Your account and %(count)d annotation are gone. Replies by others stay.",
        "Your account and %(count)d annotations are gone. Replies by others stay.",
        gone,
    )
    messages.success(request, message % {"count": gone})
    return HttpResponseRedirect(reverse("library"))
