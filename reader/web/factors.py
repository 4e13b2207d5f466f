"""The second step of signing in: passkeys, one-time codes and recovery codes.

allauth does the work. What is Postil's: secrets are kept encrypted, every passkey is one that
suffices by itself, the first second step ends all other sessions, and the last one stays where the
site asks for it.
"""

from typing import TYPE_CHECKING, Any, cast

from allauth.account.models import EmailAddress
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader import policy
from reader.actions.access import Because, end_access
from reader.actions.factors import sealed, unsealed
from reader.web.sign_ins import end_others

if TYPE_CHECKING:
    from reader.models import User


class FactorAdapter(DefaultMFAAdapter):
    """What allauth asks of us about second steps."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": gettext_lazy(
            "Take your second step away before you add an address, and set it up again afterwards."
        ),
        "cannot_delete_authenticator": gettext_lazy(
            "It is your last one, and this site asks for one. Add another one first."
        ),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Recovery codes are for when a passkey or an app is lost: set one up first."
        ),
        "incorrect_code": gettext_lazy("This is not the right code, or it was used already."),
        "unverified_email": gettext_lazy(
            "Confirm your e-mail addresses first, or remove those that are not yours."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Return the secret as it is kept."""
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret."""
        return unsealed(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether it may go: the last one may not, where the site asks for one."""
        others = policy.factors().filter(user_id=authenticator.user_id)
        is_last = not others.exclude(pk=authenticator.pk).exists()
        return not (is_last and policy.must_have_factor(authenticator.user))

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 -- its name
        """Return what a new passkey is called unless its owner says otherwise."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)d") % {"number": count + 1} if count else _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return for which site passkeys are made."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Postil"}

    def _get_user_identifier(self, user: Any) -> str:
        """Return the name in lists of keys: no e-mail address, which others may glance at."""
        return str(user.username)


class Factors(IndexView):
    """What there is of second steps."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Return what the page shows: whether the site asks for one, and what stands before."""
        person = cast("User", authenticated_user(self.request))
        return {
            **super().get_context_data(**more),
            "must_have_factor": policy.must_have_factor(person),
            "unconfirmed": EmailAddress.objects.filter(user=person, verified=False).first(),
        }


class FirstStepEndsOthers:
    """Ends what was opened without it when the first second step is set up.

    That is all other browsers, and what programs got by the password alone: with the step, the
    rights that slept without one would wake for whoever has them.
    """

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it up."""
        person = cast("User", authenticated_user(self.request))
        is_first = not policy.factors().filter(user_id=person.pk).exists()
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # a mixin's superclass
        if is_first:
            end_others(self.request, person)
            end_access(user=person, because=Because.FACTOR_ADDED)
        return response


class ActivateCodes(FirstStepEndsOthers, ActivateTOTPView):
    """One-time codes by an app."""


class AddPasskey(FirstStepEndsOthers, AddWebAuthnView):
    """A passkey, which knows its owner by a finger or a number and needs no password."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Return what the page shows, with what the browser is asked to make."""
        context: dict[str, Any] = super().get_context_data(**more)
        options = auth.begin_registration(authenticated_user(self.request), passwordless=True)
        return {**context, "js_data": {"creation_options": options}}


class RemovePasskey(RemoveWebAuthnView):
    """The end of a passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it, unless the site asks for one and it is the last."""
        if FactorAdapter().can_delete_authenticator(self.get_object()):
            removed: HttpResponse = super().form_valid(form)
            return removed
        messages.error(
            self.request, str(FactorAdapter.error_messages["cannot_delete_authenticator"])
        )
        return HttpResponseRedirect(reverse("mfa_index"))


factors = Factors.as_view()
activate_totp = ActivateCodes.as_view()
add_passkey = AddPasskey.as_view()
remove_passkey = RemovePasskey.as_view()


@login_required
def to_index(request: HttpRequest) -> HttpResponse:
    """Lead from allauth's page of passkeys to the one that has them all."""
    return HttpResponseRedirect(reverse("mfa_index"))
