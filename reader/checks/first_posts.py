"""What somebody writes first is looked at."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.checks.base import Check, Draft, Fact


def judge(draft: Draft) -> str | None:
    """Hold what is written by somebody of whom too little has stood so far."""
    if draft.is_known:
        return None
    return _("Its author is new: fewer than two of their texts were approved or stood for a day.")


CHECK = Check(
    name="first",
    label=gettext_lazy("First posts"),
    help=gettext_lazy("What somebody new writes waits, until two of their texts have stood."),
    told=gettext_lazy("somebody's first contributions are looked at before others see them"),
    judge=judge,
    asks=frozenset({Fact.KNOWN}),
)
