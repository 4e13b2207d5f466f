"""Groups and their members in the form of the Hypothesis API."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.templatetags.static import static

from reader import policy
from reader.models import ClientPreferences, Group, Membership, User, Visibility
from reader.policy import Viewer
from reader.queries.addresses import absolute, authority
from reader.queries.hypothesis import (
    PUBLIC,
    Json,
    moment,
    present_all,
    rows,
    userid,
    username_in,
)

ME = "me"
SLUG = re.compile(r"[-\w]{1,60}", re.ASCII)


def members(viewer: Viewer, group: Group | None) -> QuerySet[Membership]:
    """Return who is in the group, as far as the viewer may know, the first to come first.

    Raises:
        Group.DoesNotExist: they may not know who is in it.
    """
    held = Membership.objects.filter(policy.members_visible_to(viewer), group=group)
    if group is not None and not held.exists():
        raise Group.DoesNotExist
    return held.select_related("user", "group").order_by("joined_at", "user__username")


def member(viewer: Viewer, group: Group | None, name: str) -> Membership:
    """Return somebody's place in the group; ``me`` is the viewer.

    Raises:
        Group.DoesNotExist, Membership.DoesNotExist: there is none that the viewer may know of.
    """
    held = members(viewer, group)
    if name == ME:
        return held.get(user_id=viewer.pk or 0)
    username = username_in(name)
    if username is None or "\0" in username:
        raise Membership.DoesNotExist
    return held.get(user__username=username)


def members_json(viewer: Viewer, held: Sequence[Membership]) -> list[Json]:
    """Return places in one group in Hypothesis's form, with what the viewer may do to each."""
    if not held:
        return []
    group = held[0].group
    mine = policy.role_in(viewer, group)
    owns = mine == Membership.Role.OWNER and viewer.is_active
    return [_as_json(viewer, one, mine, owns=owns) for one in held]


def _as_json(viewer: Viewer, held: Membership, mine: str, *, owns: bool) -> Json:
    is_me = held.user_id == viewer.pk
    is_below = mine == Membership.Role.MODERATOR and held.role == Membership.Role.MEMBER
    actions = ["delete"] if is_me or owns or is_below else []
    if owns:
        actions += [f"updates.roles.{role}" for role in Membership.Role.values]
    return {
        "authority": authority(),
        "userid": userid(held.user),
        "username": held.user.username,
        "display_name": held.user.name or None,
        "roles": [held.role],
        "actions": actions,
        "created": moment(held.joined_at),
        "updated": moment(held.joined_at),
    }


def organization() -> Json:
    """Return this site as Hypothesis's clients show it beside its groups."""
    logo = absolute(static("css/icon.svg"))
    return {"id": "__default__", "default": True, "name": "Postil", "logo": logo}


def group_json(group: Group | None, expand: Iterable[str] = ()) -> Json:
    """Return a group, or what is public (None), in Hypothesis's form."""
    path = f"/groups/{group.slug}/" if group is not None else "/"
    data: Json = {
        "id": group.slug if group is not None else PUBLIC,
        "groupid": None,
        "name": group.name if group is not None else "Public",
        "type": group.kind if group is not None else "open",
        "public": group is None,
        "scoped": False,
        "pre_moderated": False,
        "links": {"html": absolute(path)},
        "organization": "__default__",
    }
    wanted = set(expand)
    if "organization" in wanted:
        data["organization"] = organization()
    if "scopes" in wanted:
        data["scopes"] = {"enforced": False, "uri_patterns": []}
    return data


def groups_of(viewer: Viewer) -> list[Group]:
    """Return the groups that the viewer is in, by name."""
    return list(Group.objects.filter(pk__in=policy.groups_of(viewer)).order_by("name", "slug"))


def find_group(viewer: Viewer, slug: str) -> Group | None:
    """Return a group that the viewer may know of; None for what is public.

    Raises:
        Group.DoesNotExist: there is none.
    """
    if slug == PUBLIC:
        return None
    if not SLUG.fullmatch(slug):
        raise Group.DoesNotExist
    return Group.objects.filter(policy.groups_visible_to(viewer)).get(slug=slug)


def group_annotations(
    viewer: Viewer, group: Group | None, status: str, before: datetime | None, limit: int
) -> tuple[int, list[Json]]:
    """Return how much the viewer moderates in the group, and the newest of it.

    Args:
        viewer: who asks.
        group: where; None is what is public.
        status: only what stands there with its moderators; empty for all.
        before: only what was written before.
        limit: at most so many.

    Raises:
        Group.DoesNotExist: they moderate nothing there.
    """
    moderates = (
        policy.moderates_anything(viewer) if group is None else policy.may_run(viewer, group)
    )
    if not moderates:
        raise Group.DoesNotExist
    visibility = Visibility.PUBLIC if group is None else Visibility.GROUP
    found = rows(viewer).filter(policy.moderated_annotations(viewer), visibility=visibility)
    found = found.filter(group=group) if group is not None else found
    found = found.filter(status=status) if status else found
    total = found.count()
    newest = found.filter(created_at__lt=before) if before else found
    pks = list(newest.order_by("-created_at", "-pk").values_list("pk", flat=True)[:limit])
    return total, present_all(viewer, pks)


def profile_of(viewer: Viewer) -> Json:
    """Return who somebody is, in Hypothesis's form."""
    profile: Json = {
        "userid": None,
        "authority": authority(),
        "groups": [{"id": PUBLIC, "name": "Public", "public": True}],
        "features": {"client_display_names": True},
        "preferences": {},
    }
    if isinstance(viewer, User):
        profile["userid"] = userid(viewer)
        kept = ClientPreferences.objects.filter(user=viewer).first()
        profile["preferences"] = kept.data if kept is not None else {}
        profile["user_info"] = {"display_name": viewer.name or None}
        profile["groups"] += [
            {
                "id": one.slug,
                "name": one.name,
                "public": False,
                "url": absolute(f"/groups/{one.slug}/"),
            }
            for one in groups_of(viewer)
        ]
    return profile
