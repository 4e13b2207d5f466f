"""The OpenAPI description of everything under ``/api/``, and a page to try it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from drf_spectacular.views import SpectacularAPIView


class Description(SpectacularAPIView):
    """The description, in YAML or JSON, for everybody."""

    authentication_classes = []
    permission_classes = []


def docs(request: HttpRequest) -> HttpResponse:
    """Show the page on which the API can be tried. Its files are the site's own."""
    return render(request, "api/docs.html", {"title": _("API")})
