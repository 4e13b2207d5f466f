"""Whoever asks: their name, their groups, and what their client remembers."""

from rest_framework.request import Request
from rest_framework.response import Response

from reader.actions.accounts import remember_preferences
from reader.api.access import person_of, reader_of
from reader.api.hypothesis.base import View, object_in
from reader.models import Scope
from reader.queries.hypothesis_groups import group_json, groups_of, profile_of


class Profile(View):
    """Whoever asks."""

    def get(self, request: Request) -> Response:
        """Return who it is; ``userid`` is null for somebody without a token."""
        return Response(profile_of(reader_of(request)))

    def patch(self, request: Request) -> Response:
        """Keep what the client wants to have remembered."""
        person = person_of(request, Scope.WRITE)
        preferences = object_in(object_in(request.data).get("preferences"))
        remember_preferences(person=person, preferences=preferences)
        return Response(profile_of(person))


class ProfileGroups(View):
    """The groups of whoever asks."""

    def get(self, request: Request) -> Response:
        """Return them, the public one first; none for somebody without a token."""
        viewer = reader_of(request)
        if not viewer.is_authenticated:
            return Response([])
        expand = request.query_params.getlist("expand")
        return Response([group_json(one, expand) for one in (None, *groups_of(viewer))])
