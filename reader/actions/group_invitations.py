"""Links into groups: making them, taking them back, coming in by one."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import policy
from reader.actions import limits
from reader.actions.errors import Invalid
from reader.actions.groups import lock
from reader.actions.roles import SECRET_BYTES, hash_of
from reader.models import Group, GroupInvitation, Membership, User

VALID_DAYS = (1, 7, 30)


@transaction.atomic
def invite(*, moderator: User, group: Group, days: int = 7) -> tuple[GroupInvitation, str]:
    """Make a link into the group, for as many people as open it within these days.

    Returns:
        The invitation, and the secret of its link, which is kept nowhere: only its hash is.

    Raises:
        policy.Refused: they may not invite to the group.
        Invalid: a link is not valid for so many days.
        TooMany: they have made many links within the hour.
    """
    policy.check_may_run(moderator, group)
    if days not in VALID_DAYS:
        raise Invalid("days", _("A link is valid for 1, 7 or 30 days."))
    limits.check_inviting_to_groups(moderator)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    made = GroupInvitation.objects.create(
        group=group,
        secret_sha256=hash_of(secret),
        invited_by=moderator,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return made, secret


@transaction.atomic
def revoke_invitation(*, moderator: User, invitation: GroupInvitation) -> None:
    """Take a link back: it opens nothing any more. Twice is as good as once.

    Raises:
        policy.Refused: they may not invite to the group.
    """
    policy.check_may_run(moderator, invitation.group)
    rows = GroupInvitation.objects.filter(pk=invitation.pk, revoked_at=None)
    rows.update(revoked_at=timezone.now())


@transaction.atomic
def accept_invitation(*, person: User, secret: str) -> Membership:
    """Come into a group by a link. Whoever is in it already stays what they are.

    Raises:
        policy.Refused: they have no account.
        Invalid: the link opens nothing any more, and why.
    """
    policy.check_may_be_member(person)
    found = find_invitation(secret)
    if found is None:
        raise Invalid("invitation", _("This link is no invitation. Perhaps a piece is missing."))
    lock(found.group)
    if held := Membership.objects.filter(user=person, group=found.group).first():
        return held
    found.refresh_from_db()  # it may have been taken back while this waited for the lock
    check_open(found)
    GroupInvitation.objects.filter(pk=found.pk).update(use_count=F("use_count") + 1)
    return Membership.objects.create(user=person, group=found.group)


def find_invitation(secret: str) -> GroupInvitation | None:
    """Return the invitation that a link's secret belongs to, open or not."""
    rows = GroupInvitation.objects.filter(secret_sha256=hash_of(secret))
    return rows.select_related("group", "invited_by").first()


def check_open(invitation: GroupInvitation) -> None:
    """Pass silently when the link still opens its group.

    Raises:
        Invalid: it does not, and why: a link outlives neither its time nor its maker's part.
    """
    if invitation.revoked_at is not None:
        raise Invalid("invitation", _("This invitation was taken back."))
    if invitation.expires_at <= timezone.now():
        raise Invalid("invitation", _("This invitation has expired. Ask for another."))
    inviter = invitation.invited_by
    if inviter is None or not policy.may_run(inviter, invitation.group):
        message = _("Whoever sent this invitation does not invite to the group any more.")
        raise Invalid("invitation", message)
