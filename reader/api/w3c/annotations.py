"""Single annotations: reading, replacing and deleting them."""

from typing import Any

from django.http import HttpResponse
from rest_framework import status
from rest_framework.request import Request

from reader import policy
from reader.actions import changes
from reader.actions.errors import Conflict
from reader.api.access import person_of, reader_of
from reader.api.w3c.base import View, answer, check_match, raced
from reader.api.w3c.writing import replace
from reader.models import Scope
from reader.queries import w3c


class OneAnnotation(View):
    """One annotation."""

    def get(self, request: Request, uid: str) -> HttpResponse:
        """Return it."""
        viewer = reader_of(request)
        found = w3c.find(viewer, uid)
        return answer(request, w3c.present(viewer, found), found.get_absolute_url())

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the headers of :meth:`get`."""
        return self.get(request, *args, **kwargs)

    def put(self, request: Request, uid: str) -> HttpResponse:
        """Replace it by what is sent."""
        person = person_of(request, Scope.WRITE)
        found = w3c.find(person, uid)
        policy.check_may_change(person, found)
        shown = w3c.present(person, found)
        check_match(request, shown)
        try:
            changed = replace(person, found, shown, request.data)
        except Conflict as error:
            raise raced(request, error) from error
        return answer(request, w3c.present(person, changed), changed.get_absolute_url())

    def delete(self, request: Request, uid: str) -> HttpResponse:
        """Take it back for good."""
        person = person_of(request, Scope.WRITE)
        found = w3c.find(person, uid)
        policy.check_may_delete(person, found)
        check_match(request, w3c.present(person, found))
        changes.delete_annotation(editor=person, annotation=found)
        # A browser's XMLHttpRequest reads the type of whatever comes, so there is one.
        return HttpResponse(status=status.HTTP_204_NO_CONTENT, content_type="application/ld+json")
