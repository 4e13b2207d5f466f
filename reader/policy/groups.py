"""Who sees groups, who is in them, and who runs them.

An *open* group is found and joined by anybody with an account; a *restricted* one is found by
anybody and joined by invitation; a *private* one is known to its members alone. Whatever the kind,
what is written for a group is read by its members only. Owners change the group, its members and
their parts; moderators and owners invite, remove members, and decide on what is written for it.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from reader.models import Group, Membership, User
from reader.policy.standing import check_may_write
from reader.policy.viewers import Refused, Viewer

RUNNING = (Membership.Role.OWNER, Membership.Role.MODERATOR)


def groups_visible_to(viewer: Viewer) -> Q:
    """Return the condition for groups that the viewer may know of."""
    condition = ~Q(kind=Group.Kind.PRIVATE)
    return condition | Q(pk__in=groups_of(viewer)) if viewer.is_authenticated else condition


def groups_of(viewer: Viewer, *roles: str) -> QuerySet[Membership, int]:
    """Return the ids of the groups that the viewer is in (in one of these roles, if any)."""
    held = Membership.objects.filter(user_id=viewer.pk or 0)
    return (held.filter(role__in=roles) if roles else held).values_list("group_id", flat=True)


def role_in(viewer: Viewer, group: Group) -> str:
    """Return the viewer's role in the group; empty for who is no member."""
    rows = Membership.objects.filter(user_id=viewer.pk or 0, group_id=group.pk)
    return rows.values_list("role", flat=True).first() or ""


def check_may_make_groups(viewer: Viewer) -> None:
    """Pass silently when the viewer may make a group: whoever has an account.

    Raises:
        Refused: with the reason.
    """
    if not _has_account(viewer):
        raise Refused(_("Sign in to make a group."))
    check_may_write(viewer)


def check_may_be_member(viewer: Viewer) -> None:
    """Pass silently when the viewer may be in groups at all: whoever has an account.

    Raises:
        Refused: with the reason.
    """
    if not _has_account(viewer):
        raise Refused(_("Sign in to join a group."))


def _has_account(viewer: Viewer) -> bool:
    return isinstance(viewer, User) and viewer.is_active and viewer.kind == User.Kind.PERSON


def check_may_join(viewer: Viewer, group: Group) -> None:
    """Pass silently when the viewer may join the group without an invitation.

    Raises:
        Refused: with the reason.
    """
    check_may_be_member(viewer)
    if group.kind != Group.Kind.OPEN:
        raise Refused(_("One comes into this group by invitation."))


def check_may_own(viewer: Viewer, group: Group) -> None:
    """Pass silently when the viewer may change the group and the parts of its members.

    Raises:
        Refused: with the reason.
    """
    if not may_own(viewer, group):
        raise Refused(_("Only an owner of this group can do that."))
    check_may_write(viewer)


def check_may_run(viewer: Viewer, group: Group) -> None:
    """Pass silently when the viewer may invite to the group and remove members.

    Raises:
        Refused: with the reason.
    """
    if not may_run(viewer, group):
        raise Refused(_("Only an owner or a moderator of this group can do that."))
    check_may_write(viewer)


def may_own(viewer: Viewer, group: Group) -> bool:
    """Whether the viewer may change the group and the parts of its members."""
    return viewer.is_active and role_in(viewer, group) == Membership.Role.OWNER


def may_run(viewer: Viewer, group: Group) -> bool:
    """Whether the viewer may invite to the group, remove members, and decide on what is in it."""
    return viewer.is_active and role_in(viewer, group) in RUNNING


def check_may_remove(viewer: Viewer, held: Membership) -> None:
    """Pass silently when the viewer may take this membership away from its holder.

    Moderators remove members; owners remove anybody else. One's own is laid down by leaving.

    Raises:
        Refused: with the reason.
    """
    check_may_run(viewer, held.group)
    if held.user_id == viewer.pk:
        raise Refused(_("You cannot remove yourself. You can leave the group."))
    if held.role != Membership.Role.MEMBER:
        check_may_own(viewer, held.group)


def members_visible_to(viewer: Viewer) -> Q:
    """Return the condition for memberships that the viewer may read: those in their own groups."""
    return Q(group_id__in=groups_of(viewer))


def check_may_write_in(viewer: Viewer, group: Group) -> None:
    """Pass silently when the viewer may annotate for the group: its members.

    Raises:
        Refused: in words that do not tell whether there is such a group.
    """
    if not (viewer.is_active and role_in(viewer, group)):
        raise Refused(_("You are in no such group."))
