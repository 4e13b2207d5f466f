"""In whose name other software speaks, and what its token lets it do."""

import hashlib
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from reader import policy, ready_made
from reader.models import ApiToken, OAuthGrant, OAuthToken, Scope, User
from reader.policy import Viewer

BEGINNING = "postil_"  # of a personal token, so that secret scanners know what they found


@dataclass(frozen=True, slots=True)
class Access:
    """What came with a request: nobody's name, or somebody's with scopes.

    ``source`` is the personal token or the grant that it rests on.
    """

    viewer: Viewer = field(default_factory=AnonymousUser)
    scopes: frozenset[str] = frozenset({Scope.READ})
    source: ApiToken | OAuthGrant | None = None


def secret_hash(secret: str) -> str:
    """Return the SHA-256 (hexadecimal) under which a token is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def access_by(secret: str) -> Access | None:
    """Return what the token opens; None for one that is unknown, expired or revoked.

    Nobody's token opens anything once their account is closed.
    """
    digest = secret_hash(secret)
    if secret.startswith(BEGINNING):  # the likelier one first: who has the right one asks once
        return _by_personal_token(digest) or _by_oauth(digest)
    return _by_oauth(digest) or _by_personal_token(digest)


def _by_personal_token(digest: str) -> Access | None:
    tokens = ApiToken.objects.select_related("user")
    found = ready_made.rows("token", lambda sent: tokens.filter(secret_sha256=sent), digest)
    token: ApiToken | None = next(iter(found), None)
    if token is None or token.revoked_at is not None or not token.user.is_active:
        return None
    if token.expires_at is not None and token.expires_at <= timezone.now():
        return None
    return Access(token.user, frozenset(token.scopes), token)


def _by_oauth(digest: str) -> Access | None:
    rows = OAuthToken.objects.select_related("grant__user", "grant__client")
    alive = rows.filter(grant__revoked_at__isnull=True)
    found = ready_made.rows("access", lambda sent: alive.filter(access_sha256=sent), digest)
    token: OAuthToken | None = next(iter(found), None)
    if token is None or token.access_expires_at <= timezone.now():
        return None
    if not (token.grant.user.is_active and token.grant.client.is_active):
        return None
    return Access(token.grant.user, frozenset(token.grant.scopes), token.grant)


def live_tokens(user: User) -> QuerySet[ApiToken]:
    """Return the user's own tokens that still open something, the newest first."""
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    return ApiToken.objects.filter(alive, user=user, revoked_at__isnull=True)


def scopes_offered_to(viewer: Viewer) -> list[str]:
    """Return the scopes that the viewer can give to a token: none that would do nothing."""
    offered = [Scope.READ, Scope.WRITE, Scope.GROUPS]
    if policy.moderates_anything(viewer):
        offered.append(Scope.MODERATE)
    if policy.may_manage_people(viewer):
        offered.append(Scope.ADMIN)
    return [scope.value for scope in offered]
