"""Whose a session is, asked without a request, and whether it still is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from reader.models import SignIn, User

GUEST_KEY = "guest"
LONGEST_KEY = 40
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Seat:
    """Who a session lets in.

    Args:
        person: their number; 0 is nobody in particular.
        session: the session's key, empty where nobody is let in by it.
        proof: what ties the session to the person's password; empty for guests, who have none.
    """

    person: int = 0
    session: str = ""
    proof: str = ""


NOBODY = Seat()


def seat_of(key: str) -> Seat:
    """Return whom the session with this key lets in; it changes nothing in the session."""
    if not 0 < len(key) <= LONGEST_KEY:
        return NOBODY
    data = import_module(settings.SESSION_ENGINE).SessionStore(session_key=key).load()
    user = _signed_in(data)
    if user is not None:
        return Seat(user.pk, key, data[HASH_SESSION_KEY])
    guests = User.objects.filter(pk=data.get(GUEST_KEY), kind=User.Kind.GUEST, is_active=True)
    guest = guests.first() if GUEST_KEY in data else None
    return Seat(guest.pk, key) if guest else NOBODY


def _signed_in(data: dict[str, Any]) -> User | None:
    backend = data.get(BACKEND_SESSION_KEY)
    if SESSION_KEY not in data or backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(backend).get_user(data[SESSION_KEY])
    proven = isinstance(user, User) and _proves(data.get(HASH_SESSION_KEY, ""), user)
    return user if proven else None


def _proves(proof: str, user: User) -> bool:
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(proof, one) for one in hashes)


def still_taken(seats: Iterable[Seat]) -> set[Seat]:
    """Return those of the seats whose session goes on, for somebody whose account is open."""
    asked = list(seats)
    people = User.objects.filter(is_active=True).in_bulk({seat.person for seat in asked})
    going_on = _going_on([seat.session for seat in asked])
    return {
        seat
        for seat in asked
        if seat.session in going_on
        and seat.person in people
        and (not seat.proof or _proves(seat.proof, people[seat.person]))
    }


def _going_on(keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    rows = Session.objects.filter(expire_date__gt=timezone.now())
    for start in range(0, len(keys), AT_ONCE):
        some = rows.filter(session_key__in=keys[start : start + AT_ONCE])
        found.update(some.values_list("session_key", flat=True))
    return found


def sign_ins_of(person: User) -> list[SignIn]:
    """Return the browsers in which somebody is signed in, who was here last first.

    One whose session is over, or does not prove any more whose it is, is none.
    """
    noted = list(SignIn.objects.filter(person=person)[:AT_ONCE])
    rows = Session.objects.filter(
        expire_date__gt=timezone.now(), session_key__in=[one.session_key for one in noted]
    )
    proofs = {row.session_key: row.get_decoded().get(HASH_SESSION_KEY, "") for row in rows}
    return [one for one in noted if _proves(proofs.get(one.session_key, ""), person)]
