"""The site's addresses, and one that answers bytes kept in a file: the floor under every page."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from reader.urls import urlpatterns as site

FLOOR_FOLDER = "floor"


@cache
def kept(name: str) -> bytes:
    """Return the bytes to answer, read from the disk once in each worker."""
    return (Path(settings.DATA_DIR) / FLOOR_FOLDER / name).read_bytes()


def floor(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the bytes that a page sent, compressed as they were, without doing anything.

    The header keeps the middleware from compressing them once more.
    """
    return HttpResponse(kept(name), headers={"Content-Encoding": "identity"})


urlpatterns = [path("floor/<slug:name>/", floor), *site]
