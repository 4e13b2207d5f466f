"""Groups: making and changing them, coming in, going, and what remains of those who went."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import policy
from reader.actions import campaign_places, limits, recording
from reader.actions.errors import Invalid
from reader.actions.group_words import clean_description, clean_name, known_kind, new_slug
from reader.models import (
    Annotation,
    Document,
    Group,
    GroupInvitation,
    Membership,
    User,
    Visibility,
)

RELEASED_AT_ONCE = 500

Role = Membership.Role


@transaction.atomic
def make_group(
    *, maker: User, name: str, description: str = "", kind: str = Group.Kind.PRIVATE
) -> Group:
    """Make a group and return it; whoever makes it owns it.

    Args:
        maker: who.
        name: what it is called; two groups may be called the same.
        description: what it is for, in a few words.
        kind: one of :class:`Group.Kind`.

    Raises:
        policy.Refused: they have no account.
        Invalid: with the field that cannot be saved.
        TooMany: they have made many groups within the hour.
    """
    policy.check_may_make_groups(maker)
    group = Group(
        name=clean_name(name), description=clean_description(description), kind=known_kind(kind)
    )
    limits.check_making_groups(maker)
    group.slug = new_slug(group.name)
    group.save(force_insert=True)
    Membership.objects.create(user=maker, group=group, role=Role.OWNER)
    return group


@transaction.atomic
def change_group(
    *,
    owner: User,
    group: Group,
    name: str | None = None,
    description: str | None = None,
    kind: str | None = None,
) -> Group:
    """Change what a group is called, says of itself, or is; None keeps what is there.

    Its slug stays, as people have links to it.

    Raises:
        policy.Refused: they do not own it.
        Invalid: a field cannot be saved; or others have written in it, so that it cannot be
            opened to everybody.
    """
    policy.check_may_own(owner, group)
    lock(group)
    if name is not None:
        group.name = clean_name(name)
    if description is not None:
        group.description = clean_description(description)
    if kind is not None and kind != group.kind:
        group.kind = known_kind(kind)
        if kind == Group.Kind.OPEN and _others_wrote_in(group, owner):
            # Their words were written for invited readers, not for whoever comes along.
            message = _("Others have written in this group, so it cannot be opened to everybody.")
            raise Invalid("kind", message)
    group.save(update_fields=["name", "description", "kind"])
    return group


@transaction.atomic
def delete_group(*, owner: User, group: Group) -> None:
    """Delete a group in which nobody but its owner has written. Their words become theirs alone.

    Raises:
        policy.Refused: they do not own it.
        Invalid: others have written in it.
    """
    policy.check_may_own(owner, group)
    lock(group)
    if _others_wrote_in(group, owner):
        message = _("Others have written in this group. You can hand it over and leave it.")
        raise Invalid("group", message)
    _dissolve(group)


@transaction.atomic
def join(*, person: User, group: Group) -> Membership:
    """Come into an open group. Whoever is in it already stays what they are.

    Raises:
        policy.Refused: they have no account, or the group is not open.
    """
    lock(group)
    if held := Membership.objects.filter(user=person, group=group).first():
        return held
    policy.check_may_join(person, group)
    return Membership.objects.create(user=person, group=group)


@transaction.atomic
def leave(*, person: User, group: Group) -> None:
    """Go out of a group. Who is not in it has left already; whoever is left last deletes it.

    What they wrote for the group stays in it, and they can still read and delete it.

    Raises:
        Invalid: they are its last owner, and others are in it.
    """
    lock(group)
    held = Membership.objects.filter(user=person, group=group).first()
    if held is None:
        return
    others = Membership.objects.filter(group=group).exclude(pk=held.pk)
    if held.role == Role.OWNER and others.exists() and not _active_owners(group, held):
        message = _("You are the only owner of this group. Make somebody else one before.")
        raise Invalid("group", message)
    held.delete()
    if not others.exists():
        _dissolve(group)


@transaction.atomic
def remove_member(*, moderator: User, group: Group, person: User) -> None:
    """Take somebody out of the group. Its open links are taken back, as they may know one.

    Raises:
        policy.Refused: the moderator may not remove them.
        Invalid: they are not in the group.
    """
    policy.check_may_run(moderator, group)
    lock(group)
    held = _held(group, person)
    policy.check_may_remove(moderator, held)
    held.delete()
    now = timezone.now()
    open_links = GroupInvitation.objects.filter(group=group, revoked_at=None, expires_at__gt=now)
    open_links.update(revoked_at=now)


@transaction.atomic
def give_role(*, owner: User, group: Group, person: User, role: str) -> Membership:
    """Make a member of the group a member, a moderator or an owner, and return the membership.

    Raises:
        policy.Refused: whoever gives it does not own the group.
        Invalid: there is no such part, they are not in the group, or no owner would be left.
    """
    policy.check_may_own(owner, group)
    if role not in Role.values:
        raise Invalid("role", _("Choose a part: owner, moderator or member."))
    lock(group)
    policy.check_may_own(owner, group)  # another owner may have taken it away meanwhile
    held = _held(group, person)
    if held.role == Role.OWNER and role != Role.OWNER and not _active_owners(group, held):
        raise Invalid("role", _("A group needs an owner. Make somebody else one before."))
    held.role = role
    held.save(update_fields=["role"])
    return held


def give_up_memberships(person: User) -> None:
    """Take somebody who closes their account out of all groups. Call it inside a transaction.

    A group that they owned alone goes to its longest-standing moderator, else member; a group
    without anybody is deleted.
    """
    for group in Group.objects.filter(memberships__user=person).order_by("pk"):
        lock(group)
        Membership.objects.filter(group=group, user=person).delete()
        _find_owner(group)


def _find_owner(group: Group) -> None:
    left = Membership.objects.filter(group=group)
    if not left.exists():
        _dissolve(group)
    elif not left.filter(role=Role.OWNER).exists():
        by_standing = left.order_by("-user__is_active", "joined_at", "pk")
        heir = by_standing.filter(role=Role.MODERATOR, user__is_active=True).first()
        heir = heir or by_standing[0]
        heir.role = Role.OWNER
        heir.save(update_fields=["role"])


def _dissolve(group: Group) -> None:
    """Delete the group. What was written for it is read by nobody but its authors from then on."""
    rows = Annotation.objects.filter(group=group)
    for document in Document.objects.filter(pk__in=rows.values("document")).order_by("pk"):
        here = list(rows.filter(document=document).order_by("pk"))
        for start in range(0, len(here), RELEASED_AT_ONCE):
            _release(document, here[start : start + RELEASED_AT_ONCE])
    group.delete()


def _release(document: Document, annotations: Sequence[Annotation]) -> None:
    pks = [one.pk for one in annotations]
    Annotation.objects.filter(pk__in=pks).update(
        visibility=Visibility.PRIVATE,
        group=None,
        attention_since=None,
        version=F("version") + 1,
    )
    for one in annotations:
        one.visibility, one.group = Visibility.PRIVATE, None
    campaign_places.leave(document, pks)
    recording.changed_many(document, "edited", [one for one in annotations if not one.is_deleted])


def lock(group: Group) -> None:
    """Let nobody else come into the group, leave it or change it until the transaction ends."""
    Group.objects.select_for_update().filter(pk=group.pk).first()


def _held(group: Group, person: User) -> Membership:
    held = Membership.objects.select_related("group").filter(user=person, group=group).first()
    if held is None:
        raise Invalid("person", _("They are not in this group."))
    return held


def _active_owners(group: Group, besides: Membership) -> bool:
    owners = Membership.objects.filter(group=group, role=Role.OWNER, user__is_active=True)
    return owners.exclude(pk=besides.pk).exists()


def _others_wrote_in(group: Group, person: User) -> bool:
    written = Annotation.objects.filter(group=group, deleted_at=None)
    return written.filter(~Q(author=person) | Q(author=None)).exists()
