"""Accounts as an administrator makes them by other software, and what clients remember of them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reader import policy, shared_look
from reader.actions.errors import Invalid
from reader.actions.people import clean_name
from reader.models import ClientPreferences, User
from reader.models.people import username_shape

LONGEST_EMAIL = 254
SWITCHES = frozenset({"show_sidebar_tutorial", "show_youtube_gdpr_banner"})
SHORTCUTS = "shortcuts_preferences"
MOST_SHORTCUTS = 100
LONGEST_SHORTCUT = 60


class Taken(Exception):
    """Somebody has this name or address already. ``str()`` says which."""


@transaction.atomic
def create_account(*, administrator: User, username: str, email: str, name: str = "") -> User:
    """Make an account without a password, which is set by the letter for a forgotten one.

    Raises:
        policy.Refused: accounts are not theirs to manage.
        Invalid: a field cannot be saved.
        Taken: there is such an account.
    """
    _check_may_manage(administrator)
    person = User(username=username.lower(), email=_clean_email(email), name=clean_name(name))
    try:
        username_shape(person.username)
    except ValidationError as error:
        raise Invalid("username", error.messages[0]) from error
    if User.objects.filter(username__iexact=person.username).exists():
        raise Taken(_("Somebody has this username already."))
    _check_email_is_free(person)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:  # somebody else was first, at this very moment
        raise Taken(_("Somebody has this username already.")) from error
    return person


@transaction.atomic
def change_account(
    *, administrator: User, person: User, email: str | None = None, name: str | None = None
) -> User:
    """Change somebody's address and the name they are shown under; None keeps what is there.

    Raises:
        policy.Refused, Invalid, Taken: as in :func:`create_account`.
    """
    _check_may_manage(administrator)
    if email is not None:
        person.email = _clean_email(email)
        _check_email_is_free(person)
    if name is not None:
        person.name = clean_name(name, person)
    person.save(update_fields=["email", "name"])
    shared_look.changed()
    return person


def _check_may_manage(administrator: User) -> None:
    if not policy.may_manage_people(administrator):
        raise policy.Refused(_("Only an administrator manages accounts."))


def _clean_email(raw: str) -> str:
    email = raw.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid("email", error.messages[0]) from error
    if len(email) > LONGEST_EMAIL:
        raise Invalid("email", _("This address is too long."))
    return email


def _check_email_is_free(person: User) -> None:
    others = User.objects.filter(email__iexact=person.email).exclude(pk=person.pk)
    if others.exists():
        raise Taken(_("There is an account with this e-mail address already."))


@transaction.atomic
def remember_preferences(*, person: User, preferences: dict[str, Any]) -> ClientPreferences:
    """Keep what a client of Hypothesis wants to have remembered, beside what it did before.

    Raises:
        Invalid: it is none of what those clients remember.
    """
    for name, value in preferences.items():
        _check_preference(name, value)
    kept, _is_new = ClientPreferences.objects.get_or_create(user=person)
    kept.data = {**kept.data, **preferences}
    kept.save(update_fields=["data"])
    return kept


def _check_preference(name: str, value: Any) -> None:
    if name in SWITCHES:
        fits = isinstance(value, bool)
    elif name == SHORTCUTS:
        fits = isinstance(value, dict) and len(value) <= MOST_SHORTCUTS
        fits = fits and all(_is_shortcut(one) for pair in value.items() for one in pair)
    else:
        raise Invalid("preferences", _("There is no preference of this name: %s.") % name[:60])
    if not fits:
        raise Invalid("preferences", _("This is no value for %s.") % name)


def _is_shortcut(value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_SHORTCUT)
