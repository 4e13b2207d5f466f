"""Keys for people's own programs, and the programs that speak for them."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from reader.actions.oauth import revoke_grant
from reader.actions.tokens import DAYS, MAX_NAME, make_token, revoke_personal_token
from reader.models import Scope, User
from reader.queries.access import live_tokens, scopes_offered_to
from reader.queries.oauth import live_grants
from reader.web.answers import attempt
from reader.web.http import Request, account_of

FOR_EVER = "0"


class TokenForm(forms.Form):
    """A name, what the token may do, and how long."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=MAX_NAME,
        help_text=gettext_lazy("So that you know it again, as in “backup script”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple, initial=[Scope.READ]
    )
    days = forms.ChoiceField(
        label=gettext_lazy("It is good for"),
        choices=[
            *((str(days), gettext_lazy("%(days)d days") % {"days": days}) for days in DAYS),
            (FOR_EVER, gettext_lazy("ever, until you revoke it")),
        ],
        initial=str(DAYS[1]),
    )

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [(one, Scope(one).label) for one in scopes_offered_to(person)]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]  # it has choices


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: Request) -> HttpResponse:
    """Show what speaks for somebody; POST makes a token, which is shown in the answer alone."""
    if request.method == "POST":
        answer: HttpResponse = _make(request)
        return answer
    return _page(request, TokenForm(person=account_of(request)))


@reauthentication_required
def _make(request: Request) -> HttpResponse:
    person = account_of(request)
    form = TokenForm(request.POST, person=person)
    outcome = attempt(
        form,
        lambda: make_token(
            user=person,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            days=int(form.cleaned_data["days"]) or None,
        ),
    )
    if not outcome.succeeded:
        return _page(request, form, status=outcome.status)
    made, secret = outcome.result
    return _page(request, TokenForm(person=person), made=made, secret=secret)


def _page(request: Request, form: TokenForm, status: int = 200, **made: Any) -> HttpResponse:
    person = account_of(request)
    context = {
        "form": form,
        "tokens": [(one, [Scope(s).label for s in one.scopes]) for one in live_tokens(person)],
        "grants": live_grants(person),
        **made,
    }
    return render(request, "people/tokens.html", context, status=status)


@login_required
@require_POST
def revoke_token(request: Request, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    if revoke_personal_token(user=account_of(request), token_id=pk):
        messages.success(request, _("The token opens nothing any more."))
    return HttpResponseRedirect(reverse("tokens"))


@login_required
@require_POST
def revoke_program(request: Request, pk: int) -> HttpResponse:
    """Take back what one let a program do."""
    if revoke_grant(user=account_of(request), grant_id=pk):
        messages.success(request, _("It does not speak for you any more."))
    return HttpResponseRedirect(reverse("tokens"))
