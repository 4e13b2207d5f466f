"""Not wanting to read what somebody writes: for oneself alone, and nobody is told."""

from django.db import transaction
from django.utils.translation import gettext as _

from reader import policy
from reader.models import Annotation, HiddenPerson, User

MOST_HIDDEN = 200


@transaction.atomic
def hide_author(*, viewer: User, annotation: Annotation) -> HiddenPerson:
    """Hide what the author of an annotation writes; a second time changes nothing.

    Raises:
        policy.Refused: there is no author any more, it is the viewer, or they hide too many.
    """
    author = annotation.author
    if author is None:
        raise policy.Refused(_("Whoever wrote this has left."))
    if author.pk == viewer.pk:
        raise policy.Refused(_("This is your own."))
    if viewer.kind == User.Kind.GUEST:
        raise policy.Refused(_("Sign in to hide what somebody writes."))
    if HiddenPerson.objects.filter(viewer=viewer).count() >= MOST_HIDDEN:
        message = _("You hide %(limit)d people: show one of them again first.")
        raise policy.Refused(message % {"limit": MOST_HIDDEN})
    hidden, _is_new = HiddenPerson.objects.get_or_create(viewer=viewer, person=author)
    return hidden


def show_again(*, viewer: User, pk: int) -> int:
    """Stop hiding a person, named by the row, and return how many that was."""
    gone, _by_table = HiddenPerson.objects.filter(viewer=viewer, pk=pk).delete()
    return gone
