"""What speaks for somebody: noting its use, and ending it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from reader.models import ApiToken, OAuthCode, OAuthGrant, User
from reader.queries.access import Access

NOTED_EVERY = timedelta(minutes=1)


class Because:
    """Why a grant ended."""

    CODE_SENT_AGAIN = "code reused"
    REFRESH_SENT_AGAIN = "refresh reused"
    CLIENT_SAID_SO = "client"
    OWNER_SAID_SO = "owner"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 -- a reason, not a password
    ACCOUNT_CLOSED = "account closed"
    FACTOR_ADDED = "second step set up"


def note_use(access: Access) -> None:
    """Write down that the token was used, at most once a minute: a read must stay a read."""
    now, source = timezone.now(), access.source
    if source is None:
        return
    if source.last_used_at is None or now - source.last_used_at > NOTED_EVERY:
        type(source).objects.filter(pk=source.pk).update(last_used_at=now)


def end_grants(grants: QuerySet[OAuthGrant], because: str) -> int:
    """End these grants, and with them every token of theirs; return how many were alive."""
    keys = list(grants.filter(revoked_at__isnull=True).values_list("pk", flat=True))
    alive = OAuthGrant.objects.filter(pk__in=keys, revoked_at__isnull=True)
    return alive.update(revoked_at=timezone.now(), revoked_because=because)


@transaction.atomic
def end_access(*, user: User, because: str) -> None:
    """End everything that speaks for the user: codes, grants and personal tokens.

    Codes go first: an exchange that is under way has made its grant by then, or finds no code.
    """
    OAuthCode.objects.filter(user=user).delete()
    end_grants(OAuthGrant.objects.filter(user=user), because)
    tokens = ApiToken.objects.filter(user=user, revoked_at__isnull=True)
    tokens.update(revoked_at=timezone.now())
