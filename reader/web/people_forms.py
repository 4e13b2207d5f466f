"""Forms about people: how they read, what others see of them, and leaving."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reader.actions.people import MAX_BIO, MAX_NAME, time_zones
from reader.models import User
from reader.web.preferences import Preferences

LABELS = {
    "theme": _("Colours"),
    "size": _("Size of the text"),
    "face": _("Typeface"),
    "keys": _("Keyboard shortcuts"),
    "beside": _("How many read the same paragraph"),
}


class PreferencesForm(forms.Form):
    """How somebody likes to read. A field that is not sent keeps its value."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, choices in Preferences.CHOICES.items():
            self.fields[name] = forms.ChoiceField(
                label=LABELS[name], choices=choices, required=False, widget=forms.RadioSelect
            )

    def preferences(self, before: Preferences) -> Preferences:
        """Return the preferences chosen, on top of those from before."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return Preferences.from_values({**dict(before.items()), **chosen})


class SettingsForm(forms.Form):
    """What others see of a person, and how the site speaks to them."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=MAX_NAME,
        help_text=_("Shown beside what you write. Leave it empty to go by your username."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    bio = forms.CharField(
        label=_("About you"),
        required=False,
        max_length=MAX_BIO,
        help_text=_("One or two sentences, for anyone to read."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zones = [(zone, zone.replace("_", " ")) for zone in time_zones()]
        self.fields["time_zone"].choices = [("", _("The browser's")), *zones]  # type: ignore[attr-defined]  # a ChoiceField has choices
        if len(settings.LANGUAGES) > 1:
            self.fields["language"] = forms.ChoiceField(
                label=_("Language"), choices=settings.LANGUAGES, initial=get_language()
            )


class EraseForm(forms.Form):
    """The last word before an account goes: its name, typed, and its password."""

    username = forms.CharField(
        label=_("Your username, to be sure"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person

    def clean_username(self) -> str:
        """Return the username if it is the person's."""
        typed: str = self.cleaned_data["username"].strip()
        if typed.lower() != self.person.username:
            raise forms.ValidationError(
                _("This is not your username. Yours is %(username)s."),
                params={"username": self.person.username},
            )
        return typed

    def clean_password(self) -> str:
        """Return the password if it is the person's; wrong ones count as failed sign-ins."""
        typed: str = self.cleaned_data["password"]
        if "username" in self.cleaned_data and not get_adapter().reauthenticate(self.person, typed):
            raise forms.ValidationError(_("This is not your password."))
        return typed
