"""The admin's own forms."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.actions.access import Because, end_access
from reader.actions.appeals import STATE
from reader.actions.moderation import AFTER, MAX_NOTE
from reader.actions.sanctions import STANDING
from reader.models import Decision, LiftReason, Reason, Rule, User

CHOOSE_REASON = [("", _("Choose a reason")), *Reason.choices]
ABOUT_A_PERSON = [
    ("", _("Choose a reason")),
    (_("To warn or restrict"), [pair for pair in Reason.choices if pair[0] != Reason.OTHER]),
    (_("To lift"), LiftReason.choices),
    (Reason.OTHER.value, Reason.OTHER.label),
]

if TYPE_CHECKING:
    CreationForm = AdminUserCreationForm[User]
    NewPasswordForm = AdminPasswordChangeForm[User]
else:
    CreationForm = AdminUserCreationForm
    NewPasswordForm = AdminPasswordChangeForm


class PasswordForm(NewPasswordForm):
    """A new password for somebody; what spoke for them under the old one does not any more."""

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        """Save the password."""
        person = super().save(commit)
        end_access(user=person, because=Because.PASSWORD_CHANGED)
        return person


def note_field() -> forms.CharField:
    """Return the field for a moderator's words to an author."""
    return forms.CharField(
        label=_("Words to the author (optional)"),
        max_length=MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DecisionForm(forms.Form):
    """A decision on one annotation, bound to the version its moderator saw."""

    act = forms.ChoiceField(
        choices=[(act.value, act.label) for act in Decision.Act if act in AFTER]
    )
    version = forms.IntegerField(min_value=1)
    reason = forms.ChoiceField(label=_("Reason"), choices=CHOOSE_REASON, required=False)
    rule = forms.ModelChoiceField(Rule.objects.filter(retired_at=None), required=False)
    note = note_field()


class JudgementForm(forms.Form):
    """What another moderator says to an appeal."""

    act = forms.ChoiceField(
        choices=[(act.value, act.label) for act in Decision.Act if act in STATE],
        error_messages={"required": _("Choose what to do: uphold, change or send back.")},
    )
    note = forms.CharField(
        label=_("Words to the appellant"),
        max_length=MAX_NOTE,
        required=False,
        help_text=_("Required for sending back."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SanctionForm(forms.Form):
    """What is done about a person."""

    act = forms.ChoiceField(
        label=_("What to do"),
        choices=[(act.value, act.label) for act in (*STANDING, Decision.Act.LIFT)],
        error_messages={"required": _("Choose what to do: warn, limit, suspend, close or lift.")},
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=ABOUT_A_PERSON, required=False)
    rule = forms.ModelChoiceField(
        Rule.objects.filter(retired_at=None, document=None), label=_("Rule"), required=False
    )
    note = forms.CharField(
        label=_("Words to the person"),
        max_length=MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = forms.DateField(
        label=_("Until the end of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def ends_at(self) -> datetime | None:
        """Return when it is over: with the day that was chosen, in the moderator's time zone."""
        day: date | None = self.cleaned_data["until"]
        if day is None or day == date.max:
            return None
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class DenialForm(forms.Form):
    """The reason for which several annotations are denied."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=CHOOSE_REASON, help_text=_("Their authors will see it.")
    )
    note = note_field()


class ImportForm(forms.Form):
    """A file that becomes a document, with what is known about it."""

    file = forms.FileField(
        label=_("Text"),
        help_text=_(
            "A plain text file in UTF-8: title first, then paragraphs with blank lines between."
        ),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=300,
        required=False,
        help_text=_("Empty: the first line of the file."),
    )
    slug = forms.SlugField(
        label=_("Address"),
        max_length=80,
        required=False,
        help_text=_(
            "As in /d/address/. It stays for ever: people link to it. Empty: from the title."
        ),
    )
    author = forms.CharField(label=_("Author"), max_length=200, required=False)
    description = forms.CharField(label=_("Description"), max_length=400, required=False)
    language = forms.CharField(
        label=_("Language"),
        max_length=35,
        initial="en",
        help_text=_("BCP 47 tag, such as en or kk."),
    )
    date = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    rights = forms.CharField(label=_("Rights"), max_length=300, required=False)
    source_url = forms.URLField(label=_("Source"), required=False, assume_scheme="https")


class EditionForm(forms.Form):
    """The text of a document's next edition: a file, or words pasted in."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("Plain text or Markdown in UTF-8, with blank lines between paragraphs."),
    )
    pasted = forms.CharField(
        label=_("Or the text itself"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "vLargeTextField"}),
        help_text=_("Paste the whole text of the edition, not only what changed."),
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Such as “Corrected transcript”. Empty: its number."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
        help_text=_("What readers should know about it, in a sentence."),
    )
    replace = forms.BooleanField(label=_("Replace the present draft"), required=False)

    def __init__(self, *args: Any, has_draft: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_draft:
            del self.fields["replace"]

    def clean(self) -> dict[str, Any]:
        """Ask for one text: a file or pasted words, and not both."""
        data = super().clean() or {}
        given = [bool(data.get("file")), bool((data.get("pasted") or "").strip())]
        if "file" not in self.errors and sum(given) != 1:
            both = _("Choose one: a file, or pasted text.")
            self.add_error("file", both if all(given) else _("Choose a file or paste the text."))
        return data


class PersonCreationForm(CreationForm):
    """A new account."""

    class Meta:
        model = User
        fields = ("username", "name", "email")
