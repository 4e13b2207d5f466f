"""An outside judge who is asked about everything."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.checks.base import Check, Draft


def judge(draft: Draft) -> str | None:
    """Hold everything, where there is a judge: what comes of it is theirs to say."""
    return _("The outside judge is asked about every text.") if draft.has_judge else None


CHECK = Check(
    name="outside",
    label=gettext_lazy("Outside judge"),
    help=gettext_lazy(
        "Everything waits until the outside judge (its address is below) has answered, or a"
        " moderator has decided."
    ),
    told=gettext_lazy("texts are looked at before others see them"),
    judge=judge,
)
