"""How far somebody may write after what moderators said to them."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reader.models import Standing, User
from reader.policy.factors import check_has_factor
from reader.policy.viewers import Refused, Viewer

SILENCED = frozenset({Standing.SUSPENDED, Standing.CLOSED})


def standing_of(viewer: Viewer) -> Standing:
    """Return how somebody stands now: what had a time is over when that time is."""
    if not isinstance(viewer, User):
        return Standing.GOOD
    if viewer.standing_until is not None and viewer.standing_until <= timezone.now():
        return Standing.GOOD
    return Standing(viewer.standing)


def check_may_write(viewer: Viewer) -> None:
    """Pass silently when nothing keeps somebody from writing what others read.

    What they wrote they may always take back, and what there is about them take along.

    Raises:
        Refused: with until when, and where they can read why and appeal.
    """
    check_has_factor(viewer)
    standing = standing_of(viewer)
    if standing not in SILENCED:
        return
    if isinstance(viewer, User) and viewer.standing_until is not None:
        until = timezone.localtime(viewer.standing_until)
        message = _("You may read and not write until %(until)s. Your account page says why.")
        raise Refused(message % {"until": date_format(until, "j M Y, H:i")})
    raise Refused(_("You may read and not write here any more. Your account page says why."))
