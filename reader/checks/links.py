"""Links: too many of them, hardly anything else, or where several newcomers link to."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reader.checks.base import DAY, Check, Draft, Fact, people

MOST, MOST_OF_KNOWN = 3, 6
LEAST_WORDS, OF_SEVERAL = 3, 8  # beside the address of one link, and of each of several
SAME_HOST = 2  # so many other newcomers who link there within a day are a campaign


def judge(draft: Draft) -> str | None:
    """Hold what has many links; of newcomers, also bare links and those that others spread."""
    count = len(draft.hosts)
    if not count:
        return None
    if count > (MOST_OF_KNOWN if draft.is_known else MOST):
        return ngettext("It holds %(n)d link.", "It holds %(n)d links.", count) % {"n": count}
    if draft.is_known:
        return None
    if draft.word_count < count * (LEAST_WORDS if count == 1 else OF_SEVERAL):
        return _("It is hardly more than links, and its author is new.")
    for host in dict.fromkeys(draft.hosts):
        there = [one for one in draft.others if host in one.hosts]
        if any(one.was_approved for one in there):
            continue
        linking = [one for one in there if one.age <= DAY and (one.is_new or one.was_refused)]
        if people(linking) >= SAME_HOST:
            message = _("%(n)d other newcomers linked to %(host)s within a day.")
            return message % {"n": people(linking), "host": host}
    return None


CHECK = Check(
    name="links",
    label=gettext_lazy("Links"),
    help=gettext_lazy(
        "Texts with many links wait; of newcomers, also bare links and links that others spread."
    ),
    told=gettext_lazy("texts with links are sometimes looked at first"),
    judge=judge,
    asks=frozenset({Fact.KNOWN, Fact.HERE}),
    weight=2,
)
