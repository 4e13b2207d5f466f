"""Taking a thread out of its campaign by hand, and putting it back."""

from django.db import transaction
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import recording
from reader.actions.errors import Invalid
from reader.models import Annotation, CampaignMembership, User


@transaction.atomic
def take_apart(*, reviewer: User, root: Annotation) -> None:
    """Let a thread stand by itself, although it says nearly what others say; it stays so.

    Raises:
        policy.Refused: the reviewer may not decide this thread.
        Invalid: it is in no campaign.
    """
    _set(reviewer, root, is_apart=True)


@transaction.atomic
def put_back(*, reviewer: User, root: Annotation) -> None:
    """Let a thread that was taken out be folded with the others again.

    Raises:
        policy.Refused, Invalid: as in :func:`take_apart`.
    """
    _set(reviewer, root, is_apart=False)


def _set(reviewer: User, root: Annotation, *, is_apart: bool) -> None:
    events.lock(root.document)
    policy.check_may_decide_thread(reviewer, root)
    place = CampaignMembership.objects.filter(annotation=root).first()
    if place is None:
        raise Invalid("thread", _("It says the same as no other thread."))
    if place.is_apart == is_apart:
        return
    place.is_apart = is_apart
    place.save(update_fields=["is_apart"])
    recording.changed(root, "apart" if is_apart else "folded")
