"""Beginning with an item of the queue, so that no other moderator does."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import policy
from reader.actions.errors import Conflict
from reader.models import Annotation, Claim, User
from reader.queries import claims


@transaction.atomic
def claim(*, moderator: User, annotation: Annotation, over: bool = False) -> Claim:
    """Say that the moderator is at an annotation, for :data:`claims.HOLDS_FOR` from now.

    Args:
        moderator: who.
        annotation: at what.
        over: take it from whoever is at it.

    Raises:
        policy.Refused: the moderator may not decide on it.
        Conflict: another moderator is at it.
    """
    policy.check_may_decide(moderator, annotation)
    if not over:
        check_free(moderator, annotation)
    row, _is_new = Claim.objects.update_or_create(
        annotation=annotation, defaults={"moderator": moderator, "at": timezone.now()}
    )
    return row


def check_free(moderator: User, annotation: Annotation) -> None:
    """Pass silently when no other moderator is at the annotation.

    Raises:
        Conflict: one is, with their name.
    """
    other = claims.by_others(moderator, [annotation.pk]).get(annotation.pk)
    if other is not None:
        message = _("%(name)s is deciding on this just now. Take it over, or go on to the next.")
        raise Conflict(annotation, message % {"name": other.moderator})


def end(annotation: Annotation) -> None:
    """End the claim on an annotation: it was decided on."""
    Claim.objects.filter(annotation=annotation).delete()
