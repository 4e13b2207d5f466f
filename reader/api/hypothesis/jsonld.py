"""One annotation as the W3C's model has it."""

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from reader.api.access import reader_of
from reader.api.hypothesis.base import View
from reader.queries import w3c


class LinkedData(JSONRenderer):
    """JSON-LD."""

    media_type = w3c.MEDIA_TYPE
    format = "jsonld"


class OneAnnotationAsLinkedData(View):
    """One annotation as JSON-LD."""

    renderer_classes = [LinkedData]

    def get(self, request: Request, uid: str) -> Response:
        """Return it."""
        viewer = reader_of(request)
        data = w3c.present(viewer, w3c.find(viewer, uid))
        return Response(data, content_type=w3c.CONTENT_TYPE)
