"""Choosing threads at the review desk: the form, and the filters that are kept and shared."""

import re
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from reader import policy
from reader.actions import saved_filters as filter_actions
from reader.models import Disposition, Document, SavedFilter, Status, User
from reader.queries import saved_filters as filter_queries
from reader.queries.review_filters import (
    DECIDED,
    ME,
    NOBODY,
    REPLIED,
    UNANSWERED,
    UNDECIDED,
    Filters,
)
from reader.web.answers import attempt, signed_out
from reader.web.converters import RefConverter
from reader.web.forms import OFFERED
from reader.web.http import Request
from reader.web.review_answers import find_desk

RANGE = re.compile(rf"({RefConverter.regex})(?:\s*(?:\.\.|-|–)\s*({RefConverter.regex}))?")
UNFOLDED = "0"
STATES = [
    ("", gettext_lazy("Any")),
    (UNDECIDED, gettext_lazy("Undecided")),
    (UNANSWERED, gettext_lazy("Questions nobody has answered")),
    (REPLIED, gettext_lazy("Replied to since the decision")),
    (DECIDED, gettext_lazy("Decided")),
    *Disposition.Outcome.choices,
]


class ReviewFilterForm(forms.Form):
    """Which threads to list. It is sent with GET; what cannot be understood asks for nothing."""

    state = forms.ChoiceField(label=gettext_lazy("Decision"), required=False, choices=STATES)
    motivation = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[("", gettext_lazy("Any kind")), *OFFERED],
    )
    range = forms.RegexField(
        label=gettext_lazy("Paragraphs"),
        regex=rf"^{RANGE.pattern}$",
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"placeholder": "p12..p20"}),
    )
    tag = forms.CharField(label=gettext_lazy("Tag or label"), required=False, max_length=40)
    author = forms.CharField(
        label=gettext_lazy("Somebody’s username"), required=False, max_length=30
    )
    group = forms.CharField(label=gettext_lazy("Group"), required=False, max_length=60)
    language = forms.CharField(label=gettext_lazy("Language"), required=False, max_length=35)
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", gettext_lazy("Any status")), *Status.choices],
    )
    assigned = forms.CharField(label=gettext_lazy("Assigned to"), required=False, max_length=30)
    edition = forms.IntegerField(
        label=gettext_lazy("Written since edition"), required=False, min_value=1, max_value=10**6
    )
    campaign = forms.IntegerField(
        required=False, min_value=1, max_value=2**53, widget=forms.HiddenInput
    )
    fold = forms.ChoiceField(
        label=gettext_lazy("Form letters"),
        required=False,
        choices=[
            ("", gettext_lazy("One card for all copies")),
            (UNFOLDED, gettext_lazy("Every copy of a form letter")),
        ],
    )
    unread = forms.BooleanField(label=gettext_lazy("New since my last visit"), required=False)
    contested = forms.BooleanField(label=gettext_lazy("Contested"), required=False)

    SHORT: ClassVar = {"range": "in"}

    def add_prefix(self, field_name: str) -> str:
        """Return the name that a field has in the address: ``in=p12..p20``."""
        return super().add_prefix(self.SHORT.get(field_name, field_name))

    def chosen(self) -> dict[str, Any]:
        """Return what is asked for, by the names of the fields."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def query(self, without: str = "", **instead: str) -> str:
        """Return the query string of what is asked for, in one way of writing it."""
        pairs = [
            (self.add_prefix(name), "on" if value is True else str(value))
            for name, value in {**self.chosen(), **instead}.items()
            if name != without
        ]
        return urlencode(pairs)

    def chips(self) -> list[tuple[str, str]]:
        """Return what is asked for in words, each with the query that asks for it no more."""
        return [
            (self._in_words(name, value), self.query(name)) for name, value in self.chosen().items()
        ]

    def _in_words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if value is True:
            return str(field.label)
        if isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            return str(dict(choices).get(value, value))
        if name == "campaign":
            return _("One campaign")
        said = {ME: _("me"), NOBODY: _("nobody")}.get(value, value) if name == "assigned" else value
        return f"{field.label}: {said}"

    def filters(self, since: datetime | None) -> Filters:
        """Return the filters asked for."""
        data = self.chosen()
        found = RANGE.fullmatch(data.get("range", ""))
        return Filters(
            first=found[1] if found else "",
            last=(found[2] or found[1]) if found else "",
            unread_since=since,
            edition=data.get("edition"),
            is_unread=bool(data.get("unread")),
            is_contested=bool(data.get("contested")),
            campaign=data.get("campaign"),
            is_unfolded=data.get("fold") == UNFOLDED,
            **{
                name: data.get(name, "")
                for name in (
                    "motivation",
                    "tag",
                    "author",
                    "group",
                    "language",
                    "status",
                    "state",
                    "assigned",
                )
            },
        )

    def misunderstood(self) -> list[str]:
        """Return in words which parts of the address ask for nothing that there is."""
        self.is_valid()
        return [str(self.fields[name].label) for name in self.errors if name in self.fields]


class SaveFilterForm(forms.Form):
    """A name for the present choice."""

    name = forms.CharField(label=gettext_lazy("Save it as"), max_length=80)
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    is_shared = forms.BooleanField(
        label=gettext_lazy("Share it with the other reviewers"), required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
def save_filter(request: Request, slug: str) -> HttpResponse:
    """Show the form for choosing threads with the saved filters; POST saves a choice."""
    reviewer = request.user
    if not isinstance(reviewer, User):
        return signed_out(request, reverse("save_filter", args=[slug]))
    document = find_desk(request, slug)
    if request.method != "POST":
        form = ReviewFilterForm(request.GET)
        return _page(request, document, form, SaveFilterForm(initial={"query": form.query()}))
    chosen = ReviewFilterForm(QueryDict(request.POST.get("query", "")[:2000]))
    saving = SaveFilterForm(request.POST)
    outcome = attempt(
        saving,
        lambda: filter_actions.save_filter(
            reviewer=reviewer,
            document=document,
            name=saving.cleaned_data["name"],
            query=chosen.query(),
            is_shared=saving.cleaned_data["is_shared"],
        ),
    )
    if not outcome.succeeded:
        return _page(request, document, chosen, saving, outcome.status)
    return HttpResponseRedirect(f"{reverse('review', args=[slug])}?{outcome.result.query}")


def _page(
    request: Request,
    document: Document,
    form: ReviewFilterForm,
    saving: SaveFilterForm,
    status: int = 200,
) -> HttpResponse:
    """Answer with the filters: as a fragment for HTMX, in a page of its own otherwise."""
    context = {
        "document": document,
        "form": form,
        "saving": saving,
        "query": form.query(),
        "saved": filter_queries.saved_filters(request.viewer, document),
        "reviewers": policy.reviewers_of(document).order_by("username"),
    }
    template = "review/_filters.html" if request.htmx else "review/filters.html"
    return render(request, template, context, status=status)


@require_POST
def delete_filter(request: Request, slug: str, uid: str) -> HttpResponse:
    """Delete a saved filter."""
    reviewer = request.user
    if not isinstance(reviewer, User):
        return signed_out(request, reverse("save_filter", args=[slug]))
    document = find_desk(request, slug)
    try:
        saved = filter_queries.saved_filters(reviewer, document).get(uid=uid)
        filter_actions.delete_filter(reviewer=reviewer, saved=saved)
    except SavedFilter.DoesNotExist as error:
        raise Http404 from error
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return HttpResponseRedirect(reverse("save_filter", args=[slug]))
