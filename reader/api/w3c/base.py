"""What containers and annotations have in common: forms, headers, conditions and refusals."""

import hashlib
import json
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from reader.actions.errors import Conflict
from reader.api import base
from reader.api.bodies import Body
from reader.queries.w3c import CONTENT_TYPE, MEDIA_TYPE, Json
from reader.text.negotiation import choose

JSON, HTML = "application/json", "text/html"
CONTAINER_LINK = (
    '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type", '
    "<http://www.w3.org/TR/annotation-protocol/>; "
    'rel="http://www.w3.org/ns/ldp#constrainedBy"'
)
ANNOTATION_LINK = '<http://www.w3.org/ns/ldp#Resource>; rel="type"'
VARY = "Accept, Prefer, Authorization"


class Failed(exceptions.APIException):
    """The annotation is not any more what the client has seen."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = gettext_lazy("This was changed since you read it. Read it again.")


class Negotiation(BaseContentNegotiation):
    """Reads JSON sent as such; what is given is chosen by the views."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        """Return the parser; None, which is refused, for any other type than the two."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        parser: BaseParser | None = parsers[0] if sent in (MEDIA_TYPE, JSON) else None
        return parser

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return what renders errors."""
        return renderers[0], renderers[0].media_type


class View(base.View):
    """A view of the protocol."""

    parser_classes = [Body]
    content_negotiation_class = Negotiation
    link = ANNOTATION_LINK

    def handle_exception(self, exc: Exception) -> Response:
        """Return the answer to an error; nobody can tell what is not there from what is hidden."""
        if isinstance(exc, ObjectDoesNotExist):
            exc = exceptions.NotFound(_("There is nothing here, or you may not see it."))
        return super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the headers that every answer has."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Link"] = self.link
        answer["Vary"] = VARY
        answer["Cache-Control"] = "private, no-cache"
        return answer


def wanted(request: Request) -> str:
    """Return the media type that the client likes best.

    Raises:
        NotAcceptable: it takes none of those that there are.
    """
    found = choose(request.headers.get("Accept", ""), (MEDIA_TYPE, JSON, HTML))
    if found is None:
        raise exceptions.NotAcceptable(_("Not acceptable. Ask for application/ld+json."))
    return found


def answer(
    request: Request,
    data: Json,
    page: str,
    *,
    weak: bool = False,
    code: int = status.HTTP_200_OK,
) -> HttpResponse:
    """Return the answer that gives ``data``, or leads a browser to the page for people.

    Args:
        request: what was asked.
        data: what is given; its ``id`` is where it is.
        page: the path of the page for people.
        weak: whether its tag vouches for what it says and not for each byte.
        code: the status.
    """
    safe = request.method in ("GET", "HEAD", "OPTIONS")
    media_type = wanted(request) if safe else MEDIA_TYPE
    if media_type == HTML:
        response = HttpResponseRedirect(page)
        response.status_code = status.HTTP_303_SEE_OTHER
        return response
    body, tag = serialised(data)
    tag = f'W/"{tag}"' if weak else f'"{tag}"'
    is_known = safe and matches(request.headers.get("If-None-Match", ""), tag)
    made = HttpResponse(
        b"" if is_known or request.method == "OPTIONS" else body,
        status=status.HTTP_304_NOT_MODIFIED if is_known else code,
        content_type=JSON if media_type == JSON else CONTENT_TYPE,
    )
    made["ETag"] = tag
    made["Content-Location"] = data["id"]
    return made


def serialised(data: Json) -> tuple[bytes, str]:
    """Return the JSON and a digest of it, which is its entity tag."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return body, hashlib.sha256(body).hexdigest()[:32]


def matches(sent: str, tag: str) -> bool:
    """Whether the tag is among those in a header, strong or weak (a proxy may have weakened it)."""
    named = {one.strip().removeprefix("W/") for one in sent.split(",")}
    return "*" in named or tag.removeprefix("W/") in named


def check_match(request: Request, data: Json) -> None:
    """Pass silently unless the client changes another state than the present one.

    Raises:
        Failed: it does.
    """
    sent = request.headers.get("If-Match", "")
    if sent and not matches(sent, f'"{serialised(data)[1]}"'):
        raise Failed


def raced(request: Request, error: Conflict) -> exceptions.APIException:
    """Return the refusal of a change that another one came before."""
    return Failed() if request.headers.get("If-Match") else base.Stale(str(error))
