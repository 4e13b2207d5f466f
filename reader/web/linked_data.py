"""The permalink of an annotation, for people and for software that would like JSON-LD."""

import json

from django.http import HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from reader.queries import w3c
from reader.text.negotiation import choose
from reader.web.annotations import get_annotation, permalink
from reader.web.http import Request

FORMS = ("text/html", w3c.MEDIA_TYPE)


@require_safe
@vary_on_headers("Accept")
def annotation(request: Request, uid: str) -> HttpResponse:
    """Answer with JSON-LD where that is liked best; lead everybody else to the passage."""
    if choose(request.headers.get("Accept", ""), FORMS) != w3c.MEDIA_TYPE:
        return permalink(request, uid)
    data = w3c.present(request.viewer, get_annotation(request, uid))
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Location": data["id"]}
    return HttpResponse(body, content_type=w3c.CONTENT_TYPE, headers=headers)
