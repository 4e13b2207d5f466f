"""Who wrote what comes in: people by username, and guests who stand for accounts elsewhere."""

import hashlib
from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reader.actions.changes import batched
from reader.actions.errors import Invalid
from reader.actions.people import MAX_NAME, clean_name
from reader.models import User
from reader.models.people import display_name_is_plain, username_shape
from reader.text.exporters import Person

AT_ONCE = 500


class People:
    """The people named in an export, found by username or made as guests of that name."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def find(self, people: Iterable[Person | None]) -> None:
        """Find or make all of them, in a constant number of queries per batch.

        Raises:
            Invalid: one has a username that nobody could have.
        """
        wanted = {one.username: one for one in people if one is not None}
        for names in batched(sorted(wanted), AT_ONCE):
            found = User.objects.filter(username__in=names).values_list("username", "pk")
            self._ids.update(found)
            missing = [wanted[name] for name in names if name not in self._ids]
            made = User.objects.bulk_create([_as_guest(one) for one in missing])
            self._ids.update((user.username, user.pk) for user in made)

    def id_of(self, person: Person | None) -> int | None:
        """Return the id of somebody that :meth:`find` was given."""
        return self._ids[person.username] if person else None


def _as_guest(person: Person) -> User:
    try:
        username_shape(person.username)
    except ValidationError as error:
        words = _("Nobody can have the username “%(name)s”.") % {"name": person.username[:40]}
        raise Invalid("file", words) from error
    return _guest(person.username, person.name if _is_plain(person.name) else "")


def _is_plain(name: str) -> bool:
    try:
        display_name_is_plain(name)
    except ValidationError:
        return False
    return len(name) <= MAX_NAME


def _guest(username: str, name: str) -> User:
    kept = name if name != username else ""
    return User(username=username, name=kept, kind=User.Kind.GUEST, password=make_password(None))


def guests_for(accounts: "dict[str, str]") -> dict[str, User]:
    """Return a guest for each account elsewhere, the same one every time.

    Args:
        accounts: the name that each wants to be shown under.
    """
    usernames = {account: _username(account) for account in accounts}
    found: dict[str, User] = {}
    for names in batched(sorted(usernames.values()), AT_ONCE):
        rows = User.objects.filter(username__in=names, kind=User.Kind.GUEST)
        found.update((row.username, row) for row in rows)
    missing = {
        usernames[account]: _shown_name(name, account)
        for account, name in accounts.items()
        if usernames[account] not in found
    }
    for batch in batched(sorted(missing), AT_ONCE):
        made = User.objects.bulk_create([_guest(name, missing[name]) for name in batch])
        found.update((row.username, row) for row in made)
    return {account: found[username] for account, username in usernames.items()}


def _username(account: str) -> str:
    # Of a length that no guest who came by themselves has; 88 bits that nobody meets by chance.
    return f"guest-x{hashlib.sha256(account.encode()).hexdigest()[:22]}"


def _shown_name(name: str, account: str) -> str:
    """Return the name cleaned as every guest's is, or one made up where it passes for another's."""
    for tried in (name[:MAX_NAME], account.removeprefix("acct:").partition("@")[0][:MAX_NAME]):
        try:
            if cleaned := clean_name(tried):
                return cleaned
        except Invalid:
            continue
    return _("Guest %(sign)s") % {"sign": hashlib.sha256(account.encode()).hexdigest()[:6]}
