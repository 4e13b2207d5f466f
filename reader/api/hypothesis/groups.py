"""Groups, who is in them, and what is written in them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from reader import policy
from reader.actions import groups as acts
from reader.api.access import person_of, reader_of
from reader.api.hypothesis.base import View, bad, object_in
from reader.api.hypothesis.reading import text_in, texts_in
from reader.api.hypothesis.searching import moment_in, number
from reader.models import Group, Membership, Scope, Status, User
from reader.queries.hypothesis import Json, username_in
from reader.queries.hypothesis_groups import (
    ME,
    find_group,
    group_annotations,
    group_json,
    groups_of,
    member,
    members,
    members_json,
)

EXPANDED = ("organization", "scopes")
MOST, USUAL = 100, 20
LAST_PAGE = 10_000


class Groups(View):
    """The groups in which the viewer may annotate."""

    def get(self, request: Request) -> Response:
        """Return them, the public one first. They are the same for all documents."""
        expand = request.query_params.getlist("expand")
        mine = groups_of(reader_of(request))
        return Response([group_json(one, expand) for one in (None, *mine)])

    def post(self, request: Request) -> Response:
        """Make one, which whoever makes it owns; private, unless its type says otherwise."""
        person = person_of(request, Scope.GROUPS)
        sent = object_in(request.data)
        name = text_in(sent, "name")
        if name is None:
            raise bad("name", _("“name” is a required property."))
        group = acts.make_group(
            maker=person,
            name=name,
            description=text_in(sent, "description") or "",
            kind=_kind(sent) or Group.Kind.PRIVATE,
        )
        return Response(group_json(group, EXPANDED))


class OneGroup(View):
    """One group."""

    def get(self, request: Request, slug: str) -> Response:
        """Return it."""
        group = find_group(reader_of(request), slug)
        return Response(group_json(group, request.query_params.getlist("expand")))

    def patch(self, request: Request, slug: str) -> Response:
        """Change what is sent of it."""
        person = person_of(request, Scope.GROUPS)
        group = _real(person, slug)
        sent = object_in(request.data)
        changed = acts.change_group(
            owner=person,
            group=group,
            name=text_in(sent, "name"),
            description=text_in(sent, "description"),
            kind=_kind(sent),
        )
        return Response(group_json(changed, EXPANDED))


class Members(View):
    """Who is in one group."""

    def get(self, request: Request, slug: str) -> Response:
        """Return them: a page, if one is asked for by its number, else all in a bare list."""
        viewer, params = reader_of(request), request.query_params
        held = members(viewer, find_group(viewer, slug))
        if "page[number]" not in params:
            return Response(members_json(viewer, list(held)))
        page = number(params, "page[number]", 1, LAST_PAGE, 1)
        size = number(params, "page[size]", 1, MOST, USUAL)
        rows = list(held[(page - 1) * size : page * size])
        return Response(_page(held.count(), members_json(viewer, rows)))


class OneMember(View):
    """One person's place in one group."""

    def get(self, request: Request, slug: str, name: str) -> Response:
        """Return it."""
        viewer = reader_of(request)
        held = member(viewer, find_group(viewer, slug), name)
        return Response(members_json(viewer, [held])[0])

    def post(self, request: Request, slug: str, name: str) -> Response:
        """Come into an open group. Nobody is put into a group by others."""
        person = person_of(request, Scope.GROUPS)
        group = _real(person, slug)
        if name != ME and username_in(name) != person.username:
            raise policy.Refused(_("People come into a group themselves, or by a link into it."))
        object_in(request.data)
        acts.join(person=person, group=group)
        return Response(members_json(person, [member(person, group, ME)])[0])

    def patch(self, request: Request, slug: str, name: str) -> Response:
        """Give somebody another part in the group."""
        person = person_of(request, Scope.GROUPS)
        group = _real(person, slug)
        held = member(person, group, name)
        role = _role(object_in(request.data))
        acts.give_role(owner=person, group=group, person=held.user, role=role)
        return Response(members_json(person, [member(person, group, name)])[0])

    def delete(self, request: Request, slug: str, name: str) -> Response:
        """Take somebody out of the group, or leave it."""
        person = person_of(request, Scope.GROUPS)
        group = _real(person, slug)
        held = member(person, group, name)
        if held.user_id == person.pk:
            acts.leave(person=person, group=group)
        else:
            acts.remove_member(moderator=person, group=group, person=held.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class GroupAnnotations(View):
    """What those who moderate one group decide on."""

    def get(self, request: Request, slug: str) -> Response:
        """Return a page of it, the newest first."""
        viewer, params = reader_of(request), request.query_params
        size = number(params, "page[size]", 1, MOST, USUAL)
        after = _after(params)
        wanted = params.get("moderation_status")
        if wanted is not None and wanted.lower() not in Status.values:
            names = ", ".join(one.upper() for one in Status.values)
            message = _("This must be one of: %(names)s.") % {"names": names}
            raise bad("moderation_status", message)
        group = find_group(viewer, slug)
        total, rows = group_annotations(viewer, group, (wanted or "").lower(), after, size)
        return Response(_page(total, rows))


def _page(total: int, rows: list[Json]) -> Json:
    return {"meta": {"page": {"total": total}}, "data": rows}


def _after(params: Any) -> datetime | None:
    raw = params.get("page[after]", "").strip()
    return moment_in(raw, "page[after]") if raw else None


def _real(person: User, slug: str) -> Group:
    """Return a group that can be changed: the public one cannot.

    Raises:
        Group.DoesNotExist: there is none that the person may know of.
    """
    group = find_group(person, slug)
    if group is None:
        raise Group.DoesNotExist
    return group


def _kind(sent: Json) -> str | None:
    kind = text_in(sent, "type")
    if kind is not None and kind not in Group.Kind.values:
        raise bad("type", _("This must be private, restricted or open."))
    return kind


def _role(sent: Json) -> str:
    roles = texts_in(sent, "roles")
    if roles is None or len(roles) != 1 or roles[0] not in Membership.Role.values:
        raise bad("roles", _("Name one part: owner, moderator or member."))
    return roles[0]
