"""Who must have a second step beside the password, and what sleeps until they have one.

A right that is asleep is as good as none: its bearer reads and writes as anybody with an account
does. It wakes with the account's first passkey or one-time code, for its tokens and programs too.
"""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from reader.models import DocumentRole, User
from reader.policy.viewers import Refused, Viewer

NOBODY, STAFF, EVERYBODY = "nobody", "staff", "everybody"
KEPT_AS = "has_factor"  # where who loads an account may say so at once


def factors() -> "QuerySet[Authenticator]":
    """Return what counts as a second step: recovery codes alone do not."""
    rows: QuerySet[Authenticator] = Authenticator.objects.exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    return rows


def has_factor(person: User) -> bool:
    """Whether signing in to this account takes a second step; asked once for each object."""
    known: bool | None = getattr(person, KEPT_AS, None)
    if known is None:
        known = factors().filter(user_id=person.pk).exists()
        setattr(person, KEPT_AS, known)
    return known


def lacks_factor(viewer: Viewer) -> bool:
    """Whether rights of the viewer that take a second step are asleep."""
    if settings.SECOND_FACTOR_FOR == NOBODY or not isinstance(viewer, User):
        return False
    return not has_factor(viewer)


def awake(roles: "QuerySet[DocumentRole]") -> "QuerySet[DocumentRole]":
    """Return those parts in documents that are not asleep.

    A moderator's part takes a second step, and so does any part of the site's own people.
    """
    if settings.SECOND_FACTOR_FOR == NOBODY:
        return roles
    proven = Exists(factors().filter(user_id=OuterRef("user_id")))
    if settings.SECOND_FACTOR_FOR == EVERYBODY:
        return roles.filter(proven)
    plain = ~Q(role=DocumentRole.Role.MODERATOR) & Q(user__is_staff=False, user__is_superuser=False)
    return roles.filter(Q(proven) | plain)


def must_have_factor(viewer: Viewer) -> bool:
    """Whether the site asks a second step of the viewer, whether they have one or not."""
    if not isinstance(viewer, User) or viewer.kind == User.Kind.GUEST:
        return False
    if settings.SECOND_FACTOR_FOR != STAFF:
        return bool(settings.SECOND_FACTOR_FOR == EVERYBODY)
    if viewer.is_staff or viewer.is_superuser:
        return True
    moderates = viewer.document_roles.filter(role=DocumentRole.Role.MODERATOR)
    return moderates.exists() or viewer.groups.exists() or viewer.user_permissions.exists()


def check_has_factor(viewer: Viewer) -> None:
    """Pass silently when the site asks no second step of the viewer before they write.

    Raises:
        Refused: it does, and they have none; with where to set one up.
    """
    if settings.SECOND_FACTOR_FOR != EVERYBODY or not isinstance(viewer, User):
        return
    if viewer.kind == User.Kind.PERSON and lacks_factor(viewer):
        raise Refused(_("Set up a second step for signing in before you write: see your settings."))
