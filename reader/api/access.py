"""Reading the token that came with a request, and asking whether it is enough."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.status import HTTP_403_FORBIDDEN

from reader.actions.access import note_use
from reader.api.throttling import READS, address_of, count_request
from reader.models import Scope, User
from reader.policy import Viewer
from reader.queries.access import Access, access_by


class LacksScope(APIException):
    """The token is good, but not for this; its owner may have a better one."""

    status_code = HTTP_403_FORBIDDEN


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``. Cookies count for nothing, so no CSRF is possible."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        """Return the viewer and their access; None where no token was sent.

        Raises:
            AuthenticationFailed: the token opens nothing.
            Throttled: too many of them did, from one address.
        """
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        found = access_by(secret.strip().decode("utf-8", "replace"))
        if found is None:
            count_request(request, READS, address_of(request))  # guesses count too
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        note_use(found)
        return found.viewer, found

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that goes with 401."""
        return 'Bearer realm="Postil"'


def access_of(request: Request) -> Access:
    """Return the request's access; who sent no token reads what everybody may read."""
    return request.auth if isinstance(request.auth, Access) else Access()


def reader_of(request: Request) -> Viewer:
    """Return in whose name the request reads.

    Raises:
        LacksScope: a token came with it that may not read.
    """
    access = access_of(request)
    _check_scope(access, Scope.READ)
    return access.viewer


def person_of(request: Request, scope: str) -> User:
    """Return in whose name the request writes, provided that its token has the scope.

    Raises:
        NotAuthenticated: no token came with it.
        LacksScope: the token has not this scope.
    """
    access = access_of(request)
    if not isinstance(access.viewer, User):
        raise NotAuthenticated(_("Send a token: Authorization: Bearer <token>."))
    _check_scope(access, scope)
    return access.viewer


def _check_scope(access: Access, scope: str) -> None:
    if scope not in access.scopes:
        raise LacksScope(_("This token may not do that: it lacks the scope “%s”.") % scope)
