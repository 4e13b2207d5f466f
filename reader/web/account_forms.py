"""allauth's forms in Postil's words: labels instead of placeholders, hints for browsers."""

from typing import Any

from allauth.account import forms as allauth_forms
from django.utils.translation import gettext_lazy as _


class Labelled:
    """Takes the placeholders away, which repeat the labels and vanish on typing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():  # type: ignore[attr-defined]  # mixed into forms
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)

    labels: dict[str, Any] = {}


class SignInForm(Labelled, allauth_forms.LoginForm):
    """Username or address, and password."""

    labels = {"login": _("Username or e-mail address"), "remember": _("Keep me signed in")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].widget.attrs.update(autocomplete="username", autocapitalize="none")


class SignUpForm(Labelled, allauth_forms.SignupForm):
    """A new account."""

    labels = {
        "email": _("E-mail address"),
        "username": _("Username"),
        "password2": _("Password, once more"),
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        username = self.fields["username"]
        username.help_text = _("Small letters and digits. It stands in the address of your page.")
        username.widget.attrs["autocapitalize"] = "none"
        self.fields["email"].help_text = _(
            "Nobody sees it. It is for when you forget the password."
        )


class AddEmailForm(Labelled, allauth_forms.AddEmailForm):
    """One more address."""

    labels = {"email": _("E-mail address")}


class ChangePasswordForm(Labelled, allauth_forms.ChangePasswordForm):
    """A new password, with the one so far."""

    labels = {
        "oldpassword": _("Password so far"),
        "password1": _("New password"),
        "password2": _("New password, once more"),
    }


class SetPasswordForm(Labelled, allauth_forms.SetPasswordForm):
    """A first password."""

    labels = {"password2": _("Password, once more")}


class ResetPasswordForm(Labelled, allauth_forms.ResetPasswordForm):
    """Where to send the way back in."""

    labels = {"email": _("E-mail address")}


class ResetPasswordKeyForm(Labelled, allauth_forms.ResetPasswordKeyForm):
    """A new password, with the key from the letter."""

    labels = {"password1": _("New password"), "password2": _("New password, once more")}


class ReauthenticateForm(Labelled, allauth_forms.ReauthenticateForm):
    """The password again, before something that cannot be undone."""
