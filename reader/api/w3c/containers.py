"""Containers: reading them, page by page, and putting an annotation into one."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.request import Request

from reader.api.access import person_of, reader_of
from reader.api.idempotency import key_of
from reader.api.w3c.base import CONTAINER_LINK, VARY, View, answer
from reader.api.w3c.preferring import asked_for
from reader.api.w3c.writing import create
from reader.models import Scope
from reader.policy import Viewer
from reader.queries import w3c, w3c_containers
from reader.queries.w3c_containers import Container, Contents

TAKEN = "application/ld+json, application/json"
MOST_PAGES = 10_000_000


class ContainerView(View):
    """A container of annotations."""

    link = CONTAINER_LINK

    def container(self, viewer: Viewer, slug: str) -> Container:
        """Return the container, if the viewer may know of it.

        Raises:
            ObjectDoesNotExist: there is none for them.
        """
        raise NotImplementedError  # a view with abstract methods could not be made by as_view

    def get(self, request: Request, slug: str = "") -> HttpResponse:
        """Return the container or one of its pages."""
        viewer = reader_of(request)
        container = self.container(viewer, slug)
        contents = Contents(viewer, container)
        wish = asked_for(request)
        if "page" in request.query_params:
            data = contents.page(_page_number(request, contents), iris=wish.iris)
        else:
            data = contents.describe(iris=wish.iris, minimal=wish.minimal)
        response = answer(request, data, container.page, weak=True)
        if wish.applied:
            response["Preference-Applied"] = "return=representation"
        return response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the headers of :meth:`get`."""
        return self.get(request, *args, **kwargs)

    def post(self, request: Request, slug: str = "") -> HttpResponse:
        """Put an annotation into the container."""
        person = person_of(request, Scope.WRITE)
        container = self.container(person, slug)
        made = create(person, container, request.data, key_of(request, "w3c"))
        data = w3c.present(person, made)
        response = answer(request, data, made.get_absolute_url(), code=status.HTTP_201_CREATED)
        response["Location"] = data["id"]
        return response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Say what can be put into the container."""
        made = super().finalize_response(request, response, *args, **kwargs)
        made["Accept-Post"] = TAKEN
        made["Vary"] = VARY
        return made


class Site(ContainerView):
    """All annotations."""

    def container(self, viewer: Viewer, slug: str) -> Container:
        """Return it."""
        return w3c_containers.of_site()


class OfDocument(ContainerView):
    """What was written about a document."""

    def container(self, viewer: Viewer, slug: str) -> Container:
        """Return it."""
        return w3c_containers.of_document(w3c.find_document(viewer, slug))


class OfGroup(ContainerView):
    """What was written for a group; its members know of it."""

    def container(self, viewer: Viewer, slug: str) -> Container:
        """Return it."""
        return w3c_containers.of_group(w3c.find_group(viewer, slug))


def _page_number(request: Request, contents: Contents) -> int:
    """Return the page that is asked for.

    Raises:
        NotFound: there is no such page.
    """
    sent = request.query_params["page"]
    is_number = sent.isascii() and sent.isdecimal() and len(sent) < len(str(MOST_PAGES))
    if not is_number or int(sent) > contents.last:
        raise exceptions.NotFound(_("There is no such page."))
    return int(sent)
