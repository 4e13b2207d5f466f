"""How a write is answered: the same outcome for a browser's form and for HTMX."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter as get_account_adapter
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import retarget, trigger_client_event

from reader import policy
from reader.actions.errors import Conflict, Invalid, TooMany
from reader.actions.limits import check_new_guest
from reader.actions.people import create_guest, guest_made_of
from reader.models import Annotation, User
from reader.queries.sessions import GUEST_KEY
from reader.web import drafts
from reader.web.http import Request

VARYING = frozenset({"csrfmiddlewaretoken"})


@dataclass(slots=True)
class Attempt:
    """What became of a write: its result, or the status and the words to answer with."""

    result: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    current: Annotation | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it was saved."""
        return self.status == HTTPStatus.OK


def attempt(form: Form, write: Callable[[], Any], *, atomic: bool = True) -> Attempt:
    """Run the write when the form is valid; put what went wrong into the form.

    ``atomic``: in one transaction; False for a write that begins its own when it is ready to save.
    """
    if not form.is_valid():
        return Attempt(status=422)
    try:
        with transaction.atomic() if atomic else nullcontext():
            return Attempt(write())
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return Attempt(status=422)
    except policy.Refused as error:
        form.add_error(None, str(error))
        return Attempt(status=403)
    except TooMany as error:
        form.add_error(None, str(error))
        return Attempt(status=429, headers={"Retry-After": str(error.retry_after)})
    except Conflict as error:
        form.add_error(None, str(error))
        return Attempt(status=409, current=error.current)


def signed_out(request: Request, back: str) -> HttpResponse:
    """Answer a write by nobody: keep the words, ask to sign in, come back to the form.

    HTMX gets 401 and no content, so that a sign-in page never lands inside a fragment; the browser
    keeps the words in its own draft.
    """
    if request.htmx:
        response = HttpResponse(status=401)
        return trigger_client_event(response, "postil:signed-out", {"next": back})
    if request.method == "POST":
        drafts.keep(request, back)
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def author_of(request: Request, form: Form) -> User:
    """Return who writes: the viewer, or a new guest under the name in the form.

    The same words under the same key are those of the guest who sent them first.

    Raises:
        Invalid: the guest gave no usable name.
    """
    viewer = request.viewer
    if isinstance(viewer, User):
        return viewer
    username = guest_made_of(_all_of(request) if form.cleaned_data.get("client_key") else "")
    earlier = User.objects.filter(username=username, kind=User.Kind.GUEST, is_active=True).first()
    if earlier is not None:
        return earlier
    check_new_guest(get_account_adapter().get_client_ip(request))
    return create_guest(name=form.cleaned_data.get("name", ""), username=username)


def _all_of(request: Request) -> str:
    """Return everything that was sent: where to, the key, and all the words."""
    fields = sorted((name, values) for name, values in request.POST.lists() if name not in VARYING)
    return json.dumps([request.path, fields])


def welcome_guest(request: Request, author: User | None) -> None:
    """Remember in the session a guest whose first words were saved just now.

    The session gets a new key, so that nobody who knew the old one becomes the same guest. Nor does
    anybody by sending what the guest has sent: they are told that it is saved, and no more.
    """
    if author is not None and author.is_made_here:
        request.session.cycle_key()
        request.session[GUEST_KEY] = author.pk
        request.viewer = author


def form_answer(
    request: Request, template: str, context: dict[str, Any], outcome: Attempt | None = None
) -> HttpResponse:
    """Answer with a form: as a fragment for HTMX, in a page of its own otherwise."""
    page = template if request.htmx else "annotations/form_page.html"
    status = outcome.status if outcome else 200
    response = render(request, page, {**context, "fragment": template}, status=status)
    for name, value in (outcome.headers if outcome else {}).items():
        response[name] = value
    return response


def fragments(
    request: Request, target: str, parts: list[tuple[str, dict[str, Any]]], **saved: str
) -> HttpResponse:
    """Answer HTMX with fragments: the first replaces ``target``, the others find their own place.

    ``saved`` goes to the browser as the event ``postil:saved``.
    """
    contents = [render(request, name, context).content.decode() for name, context in parts]
    response = retarget(HttpResponse("\n".join(contents)), target)
    response["HX-Reswap"] = "outerHTML"
    if saved:
        trigger_client_event(response, "postil:saved", saved)
    return response
