"""What second steps rest on: secrets that are kept encrypted, and what to do when one is lost."""

import base64
import hashlib
import logging
import secrets

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from reader.actions.sign_ins import end_sign_ins
from reader.models import User

NAME = "postil.second-step"
SECRETS = ("secret", "seed")  # of one-time codes, of recovery codes

log = logging.getLogger(__name__)


def sealed(secret: str) -> str:
    """Return a secret as it is kept: whoever steals the database cannot read it."""
    return _locks().encrypt(secret.encode()).decode("ascii")


def unsealed(kept: str) -> str:
    """Return the secret; where its key is gone, one that nobody knows: no code fits it."""
    try:
        return _locks().decrypt(kept.encode()).decode()
    except InvalidToken:
        return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def _locks() -> MultiFernet:
    """Return what encrypts by the site's key, and still reads what earlier keys encrypted."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"{NAME}:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def renew_secrets() -> tuple[int, int]:
    """Encrypt all secrets by the site's key of now, so that earlier ones are not needed any more.

    Returns:
        how many are, and how many no key of the site reads.
    """
    renewed = lost = 0
    locks = _locks()
    keys = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
    for pk in keys:
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=pk)
            held = [name for name in SECRETS if name in row.data]
            try:
                fresh = {name: locks.rotate(row.data[name]).decode("ascii") for name in held}
            except InvalidToken:
                lost += 1
                continue
            if fresh:
                row.data.update(fresh)
                row.save(update_fields=["data"])
                renewed += 1
    return renewed, lost


@transaction.atomic
def forget_factors(*, person: User) -> int:
    """Delete all passkeys, one-time codes and recovery codes of somebody, and sign them out.

    Returns:
        how many passkeys and apps there were. That it happened stands in the site's log.
    """
    rows = Authenticator.objects.filter(user_id=person.pk)
    count: int = rows.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
    rows.delete()
    end_sign_ins(person=person)
    log.warning("the second step of account %s was taken away: %s factors", person.pk, count)
    return count
