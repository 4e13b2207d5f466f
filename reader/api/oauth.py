"""Handing out tokens (RFC 6749) and taking them back (RFC 7009)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from reader.actions.oauth import (
    Issued,
    OAuthError,
    exchange_code,
    exchange_refresh_token,
    revoke_token,
)
from reader.api.base import View
from reader.api.throttling import TokenThrottle
from reader.queries.oauth import is_registered

CODE, REFRESH = "authorization_code", "refresh_token"
INVALID = "invalid_request"


class OAuthView(View):
    """Takes a form, answers with JSON that nobody keeps, to the origins registered."""

    authentication_classes: list[type[BaseAuthentication]] = []
    parser_classes = [FormParser]
    throttle_classes = [TokenThrottle]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and let pages of registered origins read the answer."""
        asks = "Access-Control-Request-Method" in request.headers
        preflight = request.method == "OPTIONS" and asks
        response: HttpResponseBase = (
            HttpResponse(status=204) if preflight else super().dispatch(request, *args, **kwargs)
        )
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        patch_vary_headers(response, ["Origin"])
        origin = request.headers.get("Origin", "")
        if origin and is_registered(origin, f"{request.scheme}://{request.get_host()}"):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Allow-Methods"] = "POST"
            response["Access-Control-Allow-Headers"] = (
                "Authorization, Content-Type, Hypothesis-Client-Version, X-Client-Id"
            )
            response["Access-Control-Expose-Headers"] = "Retry-After, RateLimit, RateLimit-Policy"
        return response

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an error in the form of OAuth; where people come too often, in the usual one."""
        if isinstance(exc, OAuthError):
            return Response({"error": exc.code, "error_description": str(exc)}, status=400)
        response = super().handle_exception(exc)
        if isinstance(exc, (exceptions.ParseError, exceptions.UnsupportedMediaType)):
            response.data = {
                "error": INVALID,
                "error_description": _("Send a form (application/x-www-form-urlencoded)."),
            }
            response.status_code = 400
        return response


def _one(request: Request, name: str, *, required: bool = True) -> str:
    """Return a parameter that may be sent only once.

    Raises:
        OAuthError: it is missing, or sent more than once.
    """
    sent = request.data  # an empty dictionary where nothing was sent
    values = sent.getlist(name) if isinstance(sent, QueryDict) else []
    if len(values) > 1 or (required and not (values and values[0])):
        raise OAuthError(INVALID, _("Send the parameter “%s” once.") % name)
    return str(values[0]) if values else ""


class TokenView(OAuthView):
    """``POST /api/token``: a code or a refresh token for new tokens."""

    def post(self, request: Request) -> Response:
        """Exchange.

        Raises:
            OAuthError: what was sent is good for nothing.
        """
        kind = _one(request, "grant_type")
        if kind == CODE:
            code, client_id = _one(request, "code"), _one(request, "client_id")
            return _issued(exchange_code(client_id=client_id, code=code))
        if kind == REFRESH:
            token = _one(request, "refresh_token")
            client_id = _one(request, "client_id", required=False)
            return _issued(exchange_refresh_token(refresh_token=token, client_id=client_id))
        raise OAuthError(
            "unsupported_grant_type",
            _("Only authorization_code and refresh_token are exchanged here."),
        )


def _issued(tokens: Issued) -> Response:
    return Response(
        {
            "access_token": tokens.access,
            "token_type": "bearer",
            "expires_in": tokens.expires_in,
            "refresh_token": tokens.refresh,
            "scope": " ".join(tokens.scopes),
        }
    )


class RevokeView(OAuthView):
    """``POST /oauth/revoke``: a token that shall not be good any more."""

    def post(self, request: Request) -> Response:
        """End the grant that the token belongs to; say the same when there is none.

        Raises:
            OAuthError: no token was sent.
        """
        revoke_token(token=_one(request, "token"))
        return Response({})
