"""Accounts, for administrators and their programs."""

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from reader import policy
from reader.actions import accounts
from reader.api.access import person_of
from reader.api.base import Stale
from reader.api.hypothesis.base import View, bad, object_in
from reader.api.hypothesis.reading import text_in
from reader.models import Scope, User
from reader.queries.addresses import authority
from reader.queries.hypothesis import Json, userid, username_in


class Users(View):
    """All accounts."""

    def post(self, request: Request) -> Response:
        """Make one. It has no password; its owner sets one by the letter for a forgotten one."""
        administrator = _administrator(request)
        sent = object_in(request.data)
        _check_authority(sent)
        username, email = _required(sent, "username"), _required(sent, "email")
        try:
            person = accounts.create_account(
                administrator=administrator,
                username=username,
                email=email,
                name=text_in(sent, "display_name") or "",
            )
        except accounts.Taken as error:
            raise Stale(str(error)) from error
        return Response(user_json(person))


class OneUser(View):
    """One account."""

    def get(self, request: Request, name: str) -> Response:
        """Return it."""
        _administrator(request)
        return Response(user_json(_person(name)))

    def patch(self, request: Request, name: str) -> Response:
        """Change what is sent of it."""
        administrator = _administrator(request)
        sent = object_in(request.data)
        try:
            person = accounts.change_account(
                administrator=administrator,
                person=_person(name),
                email=text_in(sent, "email"),
                name=text_in(sent, "display_name"),
            )
        except accounts.Taken as error:
            raise Stale(str(error)) from error
        return Response(user_json(person))


def user_json(person: User) -> Json:
    """Return an account in Hypothesis's form."""
    return {
        "authority": authority(),
        "username": person.username,
        "userid": userid(person),
        "display_name": person.name,
        "email": person.email,
    }


def _administrator(request: Request) -> User:
    """Return who asks.

    Raises:
        policy.Refused: accounts are not theirs to manage.
    """
    person = person_of(request, Scope.ADMIN)
    if not policy.may_manage_people(person):
        raise policy.Refused(_("Only an administrator manages accounts."))
    return person


def _person(name: str) -> User:
    username = username_in(name)
    if username is None or not username.isprintable():
        raise User.DoesNotExist
    return User.objects.get(username=username, kind=User.Kind.PERSON)


def _check_authority(sent: Json) -> None:
    if _required(sent, "authority").lower() != authority().lower():
        raise bad("authority", _("This site makes accounts of its own only."))


def _required(sent: Json, name: str) -> str:
    value = text_in(sent, name)
    if not value:
        raise bad(name, _("This is a required property."))
    return value
