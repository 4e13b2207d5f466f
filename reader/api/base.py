"""What all doors for other software have in common: who asks, and how they are refused."""

import logging
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from reader import policy
from reader.actions.errors import Conflict, Invalid, TooMany
from reader.api.access import BearerAuthentication
from reader.api.throttling import Throttle, tell_limits
from reader.outages import Outage, outage_in

log = logging.getLogger(__name__)


class View(APIView):
    """A view of the API. Nobody's cookies count; errors are JSON, and nothing is half done."""

    authentication_classes = [BearerAuthentication]
    permission_classes = []
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
    throttle_classes = [Throttle]

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say in every answer how many more requests are answered this minute."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        tell_limits(request, answer)
        return answer


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an error, in the form of Hypothesis: ``{status, reason}``.

    It is Django REST framework's exception handler for all views of the API.
    """
    response = exception_handler(_translated(error), context)
    if response is not None:
        response.data = {"status": "failure", "reason": _reason(response.data)}
    return response


def _translated(error: Exception) -> Exception:
    """Turn what actions and policy raise into the framework's errors."""
    if isinstance(error, policy.Refused):
        return exceptions.PermissionDenied(str(error))
    if isinstance(error, Invalid):
        return exceptions.ValidationError(f"{error.field}: {error}")
    if isinstance(error, TooMany):
        return exceptions.Throttled(error.retry_after, str(error))
    if isinstance(error, Conflict):
        return Stale(str(error))
    outage = outage_in(error)
    if outage is not None:
        log.warning("%s", error)
        return NotNow(outage)
    return error


class Stale(exceptions.APIException):
    """What was sent rests on a state that has passed."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("This was changed meanwhile.")


class NotNow(exceptions.APIException):
    """The database is away, busy or full; nothing is known to have been saved."""

    def __init__(self, outage: Outage) -> None:
        self.status_code = outage.status
        self.wait = outage.retry_after  # the framework says so in the header Retry-After
        full = _("There is no room left on the disk, and nothing was saved. Try again later.")
        away = _("The database cannot be reached just now. Try again, with the same key.")
        super().__init__(full if outage.is_full else away)


def _reason(data: Any) -> str:
    if isinstance(data, dict):
        data = data.get("detail", list(data.values()))
    while isinstance(data, list) and data:
        data = data[0]
    return str(data)
