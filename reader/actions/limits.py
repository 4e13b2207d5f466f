"""How fast one person may write. Counted in the database, so every worker counts the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import ready_made
from reader.actions.errors import TooMany
from reader.models import Annotation, Flag, GroupInvitation, Invitation, Membership, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

POSTING = 7_678_001  # what PostgreSQL's locks of authors are told from others by
LARGEST_KEY = 2**31


def post_in_turn(author: User) -> None:
    """Wait for what the same author is posting, then pass silently when they may post now.

    Call it first in the transaction that posts. Nobody who has locked a document waits for a turn.

    Raises:
        TooMany: as in :func:`check_posting`.
    """
    if connection.vendor == "postgresql":  # SQLite lets one transaction write at a time
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [POSTING, author.pk % LARGEST_KEY]
            )
    check_posting(author)


def check_posting(author: User) -> None:
    """Pass silently when the author may post now.

    Raises:
        TooMany: with the seconds after which the next post is accepted.
    """
    minute, limit = timedelta(minutes=1), settings.POSTS_PER_MINUTE

    def make(pk: int, since: datetime, now: datetime) -> "QuerySet[Annotation, datetime]":
        recent = Annotation.objects.filter(author=pk, created_at__range=(since, now))
        times = recent.order_by("-created_at").values_list("created_at", flat=True)
        return times[limit - 1 : limit]

    last = _last(minute)
    found = ready_made.rows("posts", make, author.pk, *last, kind=limit) if limit else [last[1]]
    _refuse_by(found, minute)


def check_flagging(reporter: User) -> None:
    """Pass silently when the reader may report something now.

    Raises:
        TooMany: with the seconds after which the next report is accepted.
    """
    hour = timedelta(hours=1)
    recent = Flag.objects.filter(reporter=reporter, created_at__range=_last(hour))
    times = recent.order_by("-created_at").values_list("created_at", flat=True)
    _check(times, settings.FLAGS_PER_HOUR, hour)


def check_inviting(editor: User) -> None:
    """Pass silently when the editor may invite somebody now.

    Raises:
        TooMany: with the seconds after which the next invitation is accepted.
    """
    hour = timedelta(hours=1)
    recent = Invitation.objects.filter(invited_by=editor, created_at__range=_last(hour))
    times = recent.order_by("-created_at").values_list("created_at", flat=True)
    _check(times, settings.INVITATIONS_PER_HOUR, hour)


def check_making_groups(maker: User) -> None:
    """Pass silently when the person may make a group now.

    Raises:
        TooMany: with the seconds after which the next group can be made.
    """
    hour = timedelta(hours=1)
    owned = Membership.objects.filter(user=maker, role=Membership.Role.OWNER)
    recent = owned.filter(joined_at__range=_last(hour))
    times = recent.order_by("-joined_at").values_list("joined_at", flat=True)
    _check(times, settings.GROUPS_PER_HOUR, hour)


def check_inviting_to_groups(inviter: User) -> None:
    """Pass silently when the person may make a link into a group now.

    Raises:
        TooMany: with the seconds after which the next link can be made.
    """
    hour = timedelta(hours=1)
    recent = GroupInvitation.objects.filter(invited_by=inviter, created_at__range=_last(hour))
    times = recent.order_by("-created_at").values_list("created_at", flat=True)
    _check(times, settings.INVITATIONS_PER_HOUR, hour)


def check_new_guest(address: str) -> None:
    """Pass silently when another guest may come from this network address now.

    Guests have no account to count by; the shared cache counts them by address.

    Raises:
        TooMany: with the seconds after which the next guest is welcome.
    """
    hour = 3600
    key = f"guests:{address}"
    cache.add(key, 0, hour)
    try:
        number = cache.incr(key)
    except ValueError:  # it ran out between the two calls
        number = 1
    if number > settings.GUESTS_PER_HOUR:
        raise TooMany(hour, _("Many guests came from your network. Please sign up, or wait."))


def _last(window: timedelta) -> tuple[datetime, datetime]:
    """Return a window of time that ends now: what a clock that was ahead dated later is not in it.

    It would keep somebody waiting until the clock is there again.
    """
    now = timezone.now()
    return now - window, now


def _check(times: "QuerySet[Any, datetime]", limit: int, window: timedelta) -> None:
    """Refuse if as many as the limit are in the window; the times are the newest first."""
    _refuse_by(list(times[limit - 1 : limit]) if limit else [timezone.now()], window)


def _refuse_by(oldest: Sequence[datetime], window: timedelta) -> None:
    """Refuse if there is a time of the post that has to leave the window before the next one."""
    if not oldest:
        return
    wait = ceil((oldest[0] + window - timezone.now()).total_seconds())
    message = _("That is a lot in a short time. Please try again in %(seconds)d seconds.")
    raise TooMany(max(wait, 1), message % {"seconds": max(wait, 1)})
