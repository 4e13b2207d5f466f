"""What the views of the Hypothesis API have in common: media types, and how they refuse."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from reader import events, policy
from reader.actions.errors import Invalid
from reader.api import base
from reader.api.bodies import Body

VERSIONED = ("application/vnd.hypothesis.v1+json", "application/vnd.hypothesis.v2+json")
UNDERSTOOD = frozenset({"*/*", "application/*", "application/json", *VERSIONED})
LONGEST_CLIENT = 64
NAMES = {
    "body": "text",
    "exact": "target",
    "kind": "type",
    "role": "roles",
    "visibility": "permissions",
}
"""What fields that actions complain of are called by these clients."""


class Negotiation(BaseContentNegotiation):
    """Reads every body as JSON, and gives JSON to whoever takes that or a version of the API."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        """Return the parser, whatever type was sent."""
        parser: BaseParser = parsers[0]
        return parser

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer and its media type.

        Raises:
            NotAcceptable: the client takes nothing that there is.
        """
        renderer = renderers[0]
        accepted = accepted_types(request)
        if accepted and not accepted & (UNDERSTOOD | {renderer.media_type}):
            raise exceptions.NotAcceptable(_("Not acceptable. Ask for application/json."))
        return renderer, renderer.media_type


def accepted_types(request: Request) -> set[str]:
    """Return the media types that the client takes, without their parameters."""
    sent = request.headers.get("Accept", "")
    return {one.partition(";")[0].strip().lower() for one in sent.split(",") if one.strip()}


class View(base.View):
    """A view of the Hypothesis API.

    As there, what the viewer may not see or do is not found: the status is 404, and the reason
    says what can be said.
    """

    parser_classes = [Body]
    content_negotiation_class = Negotiation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer the request, and note by which window's client it was sent."""
        with events.sent_by(request.headers.get("X-Client-Id", "")[:LONGEST_CLIENT]):
            return super().dispatch(request, *args, **kwargs)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Name the methods in the header Allow."""
        return Response()

    def handle_exception(self, exc: Exception) -> Response:
        """Return the answer to an error."""
        return super().handle_exception(_as_hypothesis(exc))

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say which version of the API answered, and keep the answer out of caches."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        asked = accepted_types(request)
        version = next((one for one in VERSIONED if one in asked), VERSIONED[0])
        answer["Hypothesis-Media-Type"] = version
        if not answer.has_header("Cache-Control"):
            answer["Cache-Control"] = "no-store"
        return answer


def _as_hypothesis(error: Exception) -> Exception:
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return exceptions.NotFound(nothing_here())
    if isinstance(error, policy.Refused | exceptions.NotAuthenticated):
        return exceptions.NotFound(str(error))
    if isinstance(error, exceptions.PermissionDenied):
        return exceptions.NotFound(error.detail)
    if isinstance(error, Invalid):
        return bad(NAMES.get(error.field, error.field), str(error))
    return error


def nothing_here() -> str:
    """Return the words for what is not there or not for the viewer: nobody can tell which."""
    return _(
        "Either the resource you requested doesn't exist, or you are not currently authorized to "
        "see it."
    )


def bad(field: str, reason: str) -> exceptions.ValidationError:
    """Return the error about a field of what was sent."""
    return exceptions.ValidationError(f"{field}: {reason}")


def object_in(data: Any) -> dict[str, Any]:
    """Return what was sent if it is an object; an empty one for nothing.

    Raises:
        ValidationError: it is something else.
    """
    if data is not None and not isinstance(data, dict):
        raise bad("body", _("Send a JSON object."))
    return data or {}
