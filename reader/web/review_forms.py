"""Forms of the review desk: they parse and keep what was sent. Actions decide what is saved."""

import re
from typing import Any

from django import forms
from django.template.defaultfilters import truncatewords
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.actions.dispositions import Ruling
from reader.models import Annotation, Disposition, Motivation
from reader.text import markup
from reader.web.converters import UidConverter
from reader.web.forms import Words

Outcome = Disposition.Outcome
UID = re.compile(rf"(?<![A-Za-z0-9]){UidConverter.regex}(?![A-Za-z0-9])")
NAMED = [rf"{before}({UidConverter.regex})" for before in ("[?&]thread=", "/a/", "#[ar]-")]


def uid_in(text: str) -> str:
    """Return the uid of the thread that a pasted link leads to; empty where there is none."""
    for shape in NAMED:
        if named := re.search(shape, text):
            return named[1]
    bare = UID.search(text)
    return bare[0] if bare else ""


class BackFields(forms.Form):
    """Where the reviewer goes on: at the desk (with its filters), or where they were reading."""

    place = forms.CharField(required=False, widget=forms.HiddenInput)
    back = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)


class SeenFields(BackFields):
    """The state of the thread that the reviewer saw."""

    seen = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)


class DecideForm(SeenFields):
    """A decision on one thread or on several."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a decision."),
            "invalid_choice": gettext_lazy("Choose a decision."),
        },
    )
    reason = Words(
        gettext_lazy("Reason"),
        rows=3,
        help_text=gettext_lazy("It is public: everybody who reads the thread can read it."),
    )
    addressed_in = forms.ChoiceField(
        label=gettext_lazy("Addressed in"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("There is no such edition.")},
    )
    nearby = forms.ChoiceField(
        label=gettext_lazy("Duplicate of"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a thread from the list.")},
    )
    duplicate_of = forms.CharField(
        label=gettext_lazy("Or paste the link to another thread"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        *args: Any,
        editions: list[tuple[int, str]],
        threads: list[Annotation],
        root: Annotation | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.is_suggestion = root is not None and root.replacement is not None
        numbered = [(str(number), name) for number, name in editions]
        self._choices("addressed_in", [("", _("No edition")), *numbered])
        self._choices("nearby", [("", _("Choose a thread")), *map(_as_choice, threads)])
        if not threads:
            del self.fields["nearby"]
            self.fields["duplicate_of"].label = _("Link to the thread that it repeats")
        if self.is_suggestion:
            words = _("Accepted: its words go into the draft of the next edition")
            first = [(Outcome.ACCEPTED, words)]
            self._choices("outcome", [*first, *Outcome.choices[1:]])

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has choices

    def ruling(self) -> Ruling:
        """Return what is decided; fields that do not belong to the outcome are left out."""
        data = self.cleaned_data
        outcome = data["outcome"]
        in_draft = self.is_suggestion and outcome == Outcome.ACCEPTED
        addressed = data["addressed_in"] if outcome in Disposition.ADDRESSABLE else ""
        twin = ""
        if outcome == Outcome.DUPLICATE:
            twin = uid_in(data["duplicate_of"]) or data.get("nearby", "")
        return Ruling(
            outcome=outcome,
            reason=data["reason"],
            addressed_in=int(addressed) if addressed and not in_draft else None,
            duplicate_of=twin,
        )


def _as_choice(annotation: Annotation) -> tuple[str, str]:
    author = annotation.author
    name = author.get_full_name() if author else _("A former reader")
    says = markup.excerpt(annotation.body) or annotation.replacement or annotation.exact
    return annotation.uid, f"{name}: {truncatewords(says, 12)}"


class ReopenForm(SeenFields):
    """Taking a decision back."""


class AssignForm(BackFields):
    """Who takes a thread on."""

    assignee = forms.ChoiceField(
        label=gettext_lazy("Who takes it on?"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose a reviewer of this document.")},
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["assignee"].choices = [*people, ("", _("Nobody"))]  # type: ignore[attr-defined]  # a ChoiceField has choices


class LabelForm(BackFields):
    """A reviewer's tags; ``had`` are those that the form was made with."""

    tags = forms.CharField(
        label=gettext_lazy("Labels"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Separated by commas. Reviewers see them, nobody else."),
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )
    had = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)

    def changes(self) -> tuple[list[str], list[str]]:
        """Return what to add, and what to take off."""
        now = [name.strip() for name in self.cleaned_data["tags"].split(",")]
        had = [name.strip() for name in self.cleaned_data["had"].split(",")]
        kept = {name.lstrip("#").lower() for name in now}
        return now, [name for name in had if name and name.lower() not in kept]


def is_suggestion(root: Annotation) -> bool:
    """Whether accepting the thread changes the text."""
    return root.motivation == Motivation.EDITING and root.replacement is not None
