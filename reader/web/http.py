"""The request as Postil's middleware hands it on."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from reader.policy import Viewer


class Request(HttpRequest):
    """A request that knows who is looking and whether HTMX asks. For the type checker only."""

    viewer: Viewer
    htmx: HtmxDetails
