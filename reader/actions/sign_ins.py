"""Browsers in which somebody is signed in: noting them, and ending their sessions."""

from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import get_random_string

from reader.models import SignIn, User

SALT_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Looks:
    """What is kept of a browser: two words, and its neighbourhood where the site keeps any."""

    browser: str = ""
    system: str = ""
    network: str = ""


@transaction.atomic
def note_sign_in(*, person: User, session_key: str, looks: Looks) -> SignIn:
    """Note that somebody is signed in with this session, and forget those that are over."""
    goes_on = Session.objects.filter(
        session_key=OuterRef("session_key"), expire_date__gt=timezone.now()
    )
    SignIn.objects.filter(~Exists(goes_on), person=person).delete()
    seen = {
        "person": person,
        "seen_at": timezone.now(),
        "browser": looks.browser,
        "system": looks.system,
        "network": looks.network,
    }
    noted, _is_new = SignIn.objects.update_or_create(session_key=session_key, defaults=seen)
    return noted


def note_seen(*, noted: int, person: User, session_key: str, looks: Looks) -> bool:
    """Note that the browser was here just now; False where it was never noted."""
    rows = SignIn.objects.filter(pk=noted, person=person)
    seen = {"browser": looks.browser, "system": looks.system, "network": looks.network}
    return bool(rows.update(session_key=session_key, seen_at=timezone.now(), **seen))


@transaction.atomic
def end_sign_in(*, person: User, noted: int) -> str | None:
    """End one of somebody's own sessions; return its key, or None where there is no such one."""
    found = SignIn.objects.filter(pk=noted, person=person).first()
    if found is None:
        return None
    Session.objects.filter(session_key=found.session_key).delete()
    found.delete()
    return found.session_key


@transaction.atomic
def end_sign_ins(*, person: User, but: str = "") -> None:
    """End every session of somebody, noted or not: none proves any more whose it is.

    Args:
        person: whose. Who wants to stay must be given a new proof
            (``django.contrib.auth.update_session_auth_hash``).
        but: the key of the session that stays in the list.
    """
    person.session_salt = get_random_string(SALT_LENGTH)
    person.save(update_fields=["session_salt"])
    others = SignIn.objects.filter(person=person).exclude(session_key=but)
    keys = list(others.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    others.delete()
