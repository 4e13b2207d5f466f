"""Sudden crowds: many newcomers in one document within minutes."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.checks.base import MINUTE, Check, Draft, Fact, people

NEWCOMERS, WITHIN = 8, 10 * MINUTE


def judge(draft: Draft) -> str | None:
    """Hold what newcomers write while many other newcomers write."""
    if draft.is_known:
        return None
    crowd = people([one for one in draft.others if one.is_new and one.age <= WITHIN])
    if crowd < NEWCOMERS:
        return None
    return _("%(n)d other newcomers wrote here within ten minutes.") % {"n": crowd}


CHECK = Check(
    name="crowds",
    label=gettext_lazy("Sudden crowds"),
    help=gettext_lazy(
        "While eight newcomers write within ten minutes, what newcomers write waits."
    ),
    told=gettext_lazy("much is written here right now"),
    judge=judge,
    asks=frozenset({Fact.KNOWN, Fact.HERE}),
)
