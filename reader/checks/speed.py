"""Speed: one person who writes a lot in a short time, below what the site refuses at all."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.checks.base import MINUTE, Check, Draft, Fact

LIMITS = ((1, 5), (10, 15))  # minutes, texts within them before this one
TWICE = 2  # as much for who is known, and of marks without words


def judge(draft: Draft) -> str | None:
    """Hold what comes after many others by the same person."""
    is_bare = not draft.text
    share = TWICE if draft.is_known or is_bare else 1
    own = [one for one in draft.own if is_bare or not one.is_bare]
    for minutes, most in LIMITS:
        count = sum(one.age <= minutes * MINUTE for one in own)
        if count >= most * share:
            said = _("Its author wrote %(n)d texts in the %(minutes)d min before.")
            return said % {"n": count, "minutes": minutes}
    return None


CHECK = Check(
    name="speed",
    label=gettext_lazy("Speed"),
    help=gettext_lazy(
        "What one person writes very fast, more than a text every ten seconds, waits."
    ),
    told=gettext_lazy("many texts came in a short time"),
    judge=judge,
    asks=frozenset({Fact.KNOWN, Fact.OWN}),
    weight=2,
)
