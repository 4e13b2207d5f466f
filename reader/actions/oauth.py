"""Letting a client speak for somebody: codes, tokens, and taking them back.

Every code and every refresh token is good for one exchange. It is won by an UPDATE that must find
one row, so that of two exchanges at once at most one succeeds on any database. The other one takes
the whole grant back: one of the two was not meant to have it.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import policy
from reader.actions.access import Because, end_grants
from reader.models import OAuthClient, OAuthCode, OAuthGrant, OAuthToken, User
from reader.queries.access import secret_hash
from reader.queries.oauth import ASKED, OWN_CLIENT, Asking

CODE_LASTS = timedelta(seconds=60)
ACCESS_LASTS = timedelta(hours=1)
REFRESH_LASTS = timedelta(days=30)
REPLAYS_TOLD_FOR = timedelta(days=1)  # so long a used code is known again
BYTES = 32


class OAuthError(Exception):
    """Why nothing was issued: ``code`` in the words of RFC 6749, ``str()`` for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Issued:
    """A pair of tokens, in the clear: they are kept nowhere."""

    access: str
    refresh: str
    scopes: list[str]
    expires_in: int


def ensure_own_client() -> OAuthClient:
    """Return the site's own client, which runs on the site's own origin; make it if need be."""
    client, _is_new = OAuthClient.objects.get_or_create(
        client_id=OWN_CLIENT, defaults={"name": "Postil"}
    )
    return client


@transaction.atomic
def issue_code(*, user: User, asked: Asking) -> str:
    """Return a code for what the user let a client do.

    Raises:
        policy.Refused: the account is closed, or is no account.
    """
    if not user.is_active or user.kind == User.Kind.GUEST:
        raise policy.Refused(_("Sign in first."))
    client = asked.client if asked.client.pk else ensure_own_client()
    code = secrets.token_urlsafe(BYTES)
    now = timezone.now()
    OAuthCode.objects.filter(user=user, expires_at__lt=now - REPLAYS_TOLD_FOR).delete()
    OAuthCode.objects.create(
        client=client,
        user=user,
        scopes=list(ASKED),
        origin=asked.origin,
        code_sha256=secret_hash(code),
        created_at=now,
        expires_at=now + CODE_LASTS,
    )
    return code


def exchange_code(*, client_id: str, code: str) -> Issued:
    """Return tokens for a code; one that is sent again takes back what came of it.

    Raises:
        OAuthError: the code is unknown, too old, another client's, or was used.
    """
    with transaction.atomic():
        issued = _for_code(client_id, code)
    if issued is None:  # raised out here: what was taken back stays so
        raise OAuthError("invalid_grant", _("This code is unknown, too old, or was used."))
    return issued


def _for_code(client_id: str, code: str) -> Issued | None:
    rows = OAuthCode.objects.select_related("client", "user")
    found = rows.filter(code_sha256=secret_hash(code)).first()
    if found is None or found.client.client_id != client_id:
        return None
    now = timezone.now()
    unused = OAuthCode.objects.filter(pk=found.pk, used_at__isnull=True)
    if unused.filter(expires_at__gt=now).update(used_at=now) != 1:
        _take_back_code(found)
        return None
    if not (found.user.is_active and found.client.is_active):
        return None
    grant = OAuthGrant.objects.create(
        client=found.client, user=found.user, scopes=found.scopes, last_used_at=now
    )
    OAuthCode.objects.filter(pk=found.pk).update(grant=grant)
    return _issue(grant)


def _take_back_code(code: OAuthCode) -> None:
    """End what came of a code that is sent again; too old and never used, nothing came of it."""
    grant_id = OAuthCode.objects.filter(pk=code.pk).values_list("grant_id", flat=True).first()
    if grant_id is not None:
        end_grants(OAuthGrant.objects.filter(pk=grant_id), Because.CODE_SENT_AGAIN)


def exchange_refresh_token(*, refresh_token: str, client_id: str = "") -> Issued:
    """Return new tokens for a refresh token, which ends with that.

    Raises:
        OAuthError: it is unknown, too old, ended, or was used: then the whole grant ends.
    """
    with transaction.atomic():
        issued = _for_refresh(refresh_token, client_id)
    if issued is None:  # raised out here: what was taken back stays so
        raise OAuthError("invalid_grant", _("This refresh token is unknown, expired or revoked."))
    return issued


def _for_refresh(refresh_token: str, client_id: str) -> Issued | None:
    rows = OAuthToken.objects.select_related("grant__client", "grant__user")
    found = rows.filter(refresh_sha256=secret_hash(refresh_token)).first()
    if found is None or client_id not in {"", found.grant.client.client_id}:
        return None
    now = timezone.now()
    mine = OAuthToken.objects.filter(pk=found.pk)
    if found.rotated_at is None and found.refresh_expires_at <= now:
        return None
    if mine.filter(rotated_at__isnull=True).update(rotated_at=now) != 1:
        end_grants(OAuthGrant.objects.filter(pk=found.grant_id), Because.REFRESH_SENT_AGAIN)
        return None
    alive = OAuthGrant.objects.filter(pk=found.grant_id, revoked_at__isnull=True)
    may = found.grant.user.is_active and found.grant.client.is_active
    if not may or alive.update(last_used_at=now) != 1:
        return None
    mine.update(access_expires_at=now)
    OAuthToken.objects.filter(grant_id=found.grant_id, refresh_expires_at__lt=now).delete()
    return _issue(found.grant)


def _issue(grant: OAuthGrant) -> Issued:
    access, refresh = secrets.token_urlsafe(BYTES), secrets.token_urlsafe(BYTES)
    now = timezone.now()
    OAuthToken.objects.create(
        grant=grant,
        access_sha256=secret_hash(access),
        access_expires_at=now + ACCESS_LASTS,
        refresh_sha256=secret_hash(refresh),
        refresh_expires_at=now + REFRESH_LASTS,
        created_at=now,
    )
    return Issued(access, refresh, list(grant.scopes), int(ACCESS_LASTS.total_seconds()))


def revoke_token(*, token: str) -> None:
    """End the grant that an access or refresh token rests on; an unknown one ends nothing."""
    digest = secret_hash(token)
    access = OAuthGrant.objects.filter(tokens__access_sha256=digest)
    refresh = OAuthGrant.objects.filter(tokens__refresh_sha256=digest)
    for grants in (access, refresh):
        end_grants(grants, Because.CLIENT_SAID_SO)


def revoke_grant(*, user: User, grant_id: int) -> bool:
    """Take back what a user let a client do; return whether there was anything to take back."""
    grants = OAuthGrant.objects.filter(pk=grant_id, user=user)
    return end_grants(grants, Because.OWNER_SAID_SO) > 0
