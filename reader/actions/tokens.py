"""Making and revoking keys for people's own programs."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import policy
from reader.actions.errors import Invalid
from reader.actions.wording import clean_text
from reader.models import ApiToken, Scope, User
from reader.queries.access import BEGINNING, live_tokens, scopes_offered_to, secret_hash

BYTES = 32  # 43 characters in base64
HINT = len(BEGINNING) + 4
MAX_NAME = 80
MOST_ALIVE = 20
DAYS = (30, 90, 365)


@transaction.atomic
def make_token(
    *, user: User, name: str, scopes: Sequence[str], days: int | None
) -> tuple[ApiToken, str]:
    """Make a token; return it with its secret, which is kept nowhere.

    Args:
        user: in whose name it speaks.
        name: what the user calls it.
        scopes: what it may do, of :func:`reader.queries.access.scopes_offered_to`.
        days: how long it is good for, one of :data:`DAYS`; None for ever.

    Raises:
        Invalid: with the field that cannot be saved.
        policy.Refused: it is a guest, who has no account.
    """
    if not user.is_active or user.kind == User.Kind.GUEST:
        raise policy.Refused(_("Sign in first."))
    name = " ".join(clean_text("name", name).split())
    if not name or len(name) > MAX_NAME:
        raise Invalid(
            "name", _("Give it a name of at most %(limit)d letters.") % {"limit": MAX_NAME}
        )
    if not scopes or not set(scopes) <= set(scopes_offered_to(user)):
        raise Invalid("scopes", _("Choose what it may do, from the list."))
    if days is not None and days not in DAYS:
        raise Invalid("days", _("Choose how long it is good for, from the list."))
    # Locked, so that two at once do not both count nineteen.
    User.objects.select_for_update().get(pk=user.pk)
    if live_tokens(user).count() >= MOST_ALIVE:
        raise Invalid("", _("You have %(limit)d tokens. Revoke one first.") % {"limit": MOST_ALIVE})
    secret = BEGINNING + secrets.token_urlsafe(BYTES)
    now = timezone.now()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        hint=secret[:HINT],
        secret_sha256=secret_hash(secret),
        scopes=[scope for scope in Scope.values if scope in scopes],
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    return token, secret


def revoke_personal_token(*, user: User, token_id: int) -> bool:
    """End one of the user's tokens; return whether there was anything to end."""
    alive = ApiToken.objects.filter(pk=token_id, user=user, revoked_at__isnull=True)
    return alive.update(revoked_at=timezone.now()) == 1
