"""Groups as a viewer may know them: their members, what was written for them, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone

from reader import policy
from reader.models import (
    Annotation,
    Flag,
    Group,
    GroupInvitation,
    Membership,
    Status,
    User,
    Visibility,
)
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.threads import Note

EVERYTHING, PUBLIC, ME = "", "public", "me"
TAKEN_DOWN_SHOWN = 20
WAITING_SHOWN = 50
ROLES = [Membership.Role.OWNER, Membership.Role.MODERATOR, Membership.Role.MEMBER]


@dataclass(frozen=True)
class Audience:
    """For whom somebody reads and writes: everything they may read, or what is for some only.

    ``name`` stands in addresses: :data:`EVERYTHING`, :data:`PUBLIC`, :data:`ME`, a group's slug.
    """

    viewer: Viewer
    name: str = EVERYTHING

    @cached_property
    def groups(self) -> list[Group]:
        """The viewer's groups, from which they choose."""
        return mine(self.viewer)

    @cached_property
    def group(self) -> Group | None:
        """The group that is named, if the viewer is in it."""
        if self.name in (EVERYTHING, PUBLIC, ME):
            return None
        return next((group for group in self.groups if group.slug == self.name), None)

    @property
    def is_known(self) -> bool:
        """Whether the name means something to the viewer."""
        if self.name == ME:
            return self.viewer.is_authenticated
        return self.name in (EVERYTHING, PUBLIC) or self.group is not None

    @property
    def condition(self) -> Q:
        """The condition for roots that are shown; who may read them is asked of the policy."""
        if not self.is_known or self.name == EVERYTHING:
            return Q()
        if self.group is not None:
            return Q(group=self.group)
        return Q(visibility=Visibility.PUBLIC if self.name == PUBLIC else Visibility.PRIVATE)

    def shows(self, root: Annotation) -> bool:
        """Whether a root is among what is shown."""
        return Annotation.objects.filter(self.condition, pk=root.pk).exists()

    @property
    def choice(self) -> str:
        """What a form offers first when somebody writes here."""
        if self.group is not None:
            return choice_of(self.group)
        return Visibility.PRIVATE if self.name == ME else Visibility.PUBLIC

    @property
    def pair(self) -> dict[str, str]:
        """What an address needs to stay here."""
        return {"for": self.name} if self.name and self.is_known else {}

    @property
    def query(self) -> str:
        """The query string of an address that stays here, with its question mark."""
        return f"?{urlencode(self.pair)}" if self.pair else ""


@dataclass(frozen=True, slots=True)
class Reported:
    """Something in a group that its moderators look at, with what was reported of it."""

    note: Note
    reports: Sequence[Flag] = field(default_factory=tuple)


def choice_of(group: Group) -> str:
    """Return how a form names a group among those who may read something."""
    return f"{Visibility.GROUP}:{group.slug}"


def stands_for(annotation: Annotation) -> str:
    """Return how a form names those who may read an annotation."""
    return choice_of(annotation.group) if annotation.group else annotation.visibility


def mine(viewer: Viewer) -> list[Group]:
    """Return the groups that the viewer is in, by name."""
    if not viewer.is_authenticated:
        return []
    return list(Group.objects.filter(pk__in=policy.groups_of(viewer)).order_by("name", "pk"))


def memberships_of(viewer: Viewer) -> list[Membership]:
    """Return the viewer's memberships with their groups, by the groups' names."""
    if not viewer.is_authenticated:
        return []
    rows = Membership.objects.filter(user_id=viewer.pk)
    counted = rows.select_related("group").annotate(members=Count("group__memberships"))
    return list(counted.order_by("group__name", "group"))


def to_find(viewer: Viewer, words: str = "") -> "QuerySet[Any]":
    """Return the groups that the viewer may find and is not in, by name, with their ``size``."""
    rows = Group.objects.filter(policy.groups_visible_to(viewer))
    if viewer.is_authenticated:
        rows = rows.exclude(pk__in=policy.groups_of(viewer))
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(description__icontains=words))
    return rows.annotate(size=Count("memberships")).order_by("name", "pk")


def find_group(viewer: Viewer, slug: str) -> Group:
    """Return a group that the viewer may know of.

    Raises:
        Group.DoesNotExist: there is none, or it is not for the viewer: nobody can tell which.
    """
    return Group.objects.get(policy.groups_visible_to(viewer), slug=slug)


def find_mine(viewer: Viewer, slug: str) -> Group:
    """Return a group that the viewer is in.

    Raises:
        Group.DoesNotExist: they are in none of that name.
    """
    return Group.objects.get(pk__in=policy.groups_of(viewer), slug=slug)


def members_of(viewer: Viewer, group: Group) -> QuerySet[Membership]:
    """Return who is in a group, owners first: for its members, and nobody else."""
    rank = Case(*(When(role=role, then=Value(at)) for at, role in enumerate(ROLES)))
    rows = Membership.objects.filter(policy.members_visible_to(viewer), group=group)
    return rows.select_related("user", "group").order_by(rank, "joined_at", "pk")


def find_member(viewer: Viewer, group: Group, username: str) -> User:
    """Return somebody who is in a group with the viewer.

    Raises:
        User.DoesNotExist: nobody of that name is, as far as the viewer may know.
    """
    rows = Membership.objects.filter(policy.members_visible_to(viewer), group=group)
    return User.objects.get(pk__in=rows.values("user"), username=username)


def open_invitations(viewer: Viewer, group: Group) -> QuerySet[GroupInvitation]:
    """Return the links into a group that still open it, newest first.

    Raises:
        policy.Refused: the viewer does not invite to it.
    """
    policy.check_may_run(viewer, group)
    rows = GroupInvitation.objects.filter(
        group=group, revoked_at__isnull=True, expires_at__gt=timezone.now()
    )
    return rows.select_related("invited_by").order_by("-created_at", "-pk")


def written_for(viewer: Viewer, group: Group) -> QuerySet[Annotation]:
    """Return what was written for a group, as far as the viewer may read it, newest first."""
    rows = Annotation.objects.filter(policy.annotations_visible_to(viewer), group=group)
    return (
        rows.select_related("author", "document", "root", "group")
        .prefetch_related("tags", thread_queries.DENIALS)
        .order_by("-created_at", "-pk")
    )


def count_own(viewer: Viewer, group: Group) -> int:
    """Return how many annotations in a group the viewer wrote."""
    return Annotation.objects.filter(group=group, author_id=viewer.pk, deleted_at=None).count()


def count_of_others(viewer: Viewer, group: Group) -> int:
    """Return how many annotations in a group others wrote: with any, it cannot be deleted."""
    living = Annotation.objects.filter(group=group, deleted_at=None)
    return living.exclude(author_id=viewer.pk).count()


def waiting_in(viewer: Viewer, group: Group) -> list[Reported]:
    """Return what members have reported in a group, what has waited longest first.

    It is empty for whoever does not decide there.
    """
    rows = _moderated(viewer, group).filter(attention_since__isnull=False)
    return _as_reported(viewer, rows.order_by("attention_since", "pk")[:WAITING_SHOWN])


def taken_down_in(viewer: Viewer, group: Group) -> list[Reported]:
    """Return what was taken down in a group, the newest first, for whoever decides there."""
    rows = _moderated(viewer, group).filter(status__in=[Status.DENIED, Status.SPAM])
    return _as_reported(viewer, rows.order_by("-pk")[:TAKEN_DOWN_SHOWN])


def find_moderated(viewer: Viewer, group: Group, uid: str) -> Annotation:
    """Return an annotation of a group that the viewer may decide on.

    Raises:
        Annotation.DoesNotExist: there is none for this viewer.
    """
    return _moderated(viewer, group).get(uid=uid)


def _moderated(viewer: Viewer, group: Group) -> QuerySet[Annotation]:
    reports = Flag.objects.filter(policy.group_reports_visible_to(viewer), resolution="")
    found = Annotation.objects.filter(policy.moderated_in_groups(viewer), group=group)
    return found.select_related("author", "document", "root", "group").prefetch_related(
        "tags",
        thread_queries.DENIALS,
        Prefetch("flags", reports.select_related("reporter"), to_attr="open_reports"),
    )


def _as_reported(viewer: Viewer, rows: QuerySet[Annotation]) -> list[Reported]:
    return [
        Reported(thread_queries.as_note(viewer, row), getattr(row, "open_reports", ()))
        for row in rows
    ]
