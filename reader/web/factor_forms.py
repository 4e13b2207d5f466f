"""allauth's forms for the second step, in Postil's words and with Postil's limits."""

from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn import forms as webauthn
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from reader.web import limits
from reader.web.account_forms import Labelled
from reader.web.factors import FactorAdapter

LONGEST_CODE = 40
LONGEST_NAME = 60


class Counted(Labelled):
    """A field for a code; wrong ones are counted, and none is good twice."""

    labels = {"code": _("Code")}
    user: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["code"]  # type: ignore[attr-defined]  # mixed into forms
        field.validators.append(MaxLengthValidator(LONGEST_CODE))
        field.widget.attrs.update(
            maxlength=LONGEST_CODE, autocomplete="one-time-code", spellcheck="false"
        )

    def clean_code(self) -> str:
        """Return the code if it is right.

        Raises:
            ValidationError: it is wrong, or there were too many.
        """
        used = limits.count_code(context.request, self.user)
        code: str = held_back(super().clean_code)  # type: ignore[misc]  # a mixin's superclass
        used.rollback()
        _spend(self, code)
        return code


def held_back(clean: Callable[[], Any]) -> Any:
    """Return what cleaning returns; one attempt too many is answered with 429.

    Raises:
        ValidationError: as cleaning does.
    """
    try:
        return clean()
    except ValidationError as error:
        if error.code in limits.TOO_MANY:
            raise limits.too_soon(context.request, limits.longest_wait()) from error
        raise


def _spend(form: Any, code: str) -> None:
    """Remember a one-time code for as long as a telephone's wrong clock would let it be good."""
    used: Authenticator | None = getattr(form, "authenticator", None)
    if used is not None and used.type == Authenticator.Type.TOTP:
        steps = 2 * app_settings.TOTP_TOLERANCE + 1
        name = TOTP(used)._get_used_cache_key(code)  # noqa: SLF001 -- allauth's own mark, which it keeps for one step
        cache.set(name, "y", timeout=steps * app_settings.TOTP_PERIOD)


class CodeForm(Counted, base.AuthenticateForm):
    """The second step by a code from an app, or one of the recovery codes."""


class CodeAgainForm(Counted, base.ReauthenticateForm):
    """A code once more, before something that cannot be undone."""


class FirstCodeForm(Counted, totp.ActivateTOTPForm):
    """The first code of an app, which shows that it was set up rightly."""

    labels = {"code": _("The code that it shows now")}


class Credential:
    """What a browser says for a passkey; nonsense is a wrong passkey, whatever its shape."""

    def clean_credential(self) -> Any:
        """Return the passkey.

        Raises:
            ValidationError: it is none of this person's, or there were too many attempts.
        """
        try:
            return held_back(super().clean_credential)  # type: ignore[misc]  # a mixin's superclass
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            raise FactorAdapter().validation_error("incorrect_code") from error


class PasskeyForm(Credential, webauthn.AuthenticateWebAuthnForm):
    """The second step by a passkey."""


class PasskeySignInForm(Credential, webauthn.LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class PasskeyAgainForm(Credential, webauthn.ReauthenticateWebAuthnForm):
    """A passkey once more."""


class NewPasskeyForm(Labelled, webauthn.AddWebAuthnForm):
    """A new passkey and its name."""

    labels = {"name": _("What is it called?")}
    passwordless = None  # type: ignore[assignment]  # so that there is no such field: each is

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        name = self.fields["name"]
        name.validators.append(MaxLengthValidator(LONGEST_NAME))
        name.help_text = _("So that you know it again, as in “telephone” or “blue key”.")
        name.widget.attrs.update(maxlength=LONGEST_NAME, autocomplete="off")

    def clean(self) -> dict[str, Any]:
        """Return the passkey and its name.

        Raises:
            ValidationError: the browser sent something else.
        """
        try:
            cleaned: dict[str, Any] = super().clean()
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            raise FactorAdapter().validation_error("incorrect_code") from error
        return cleaned
