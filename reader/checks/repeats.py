"""Repetition: the same again by the same person, or nearly the same by several in a short time.

People who send a form letter mean it. Their letters are held only where newcomers send them
within the hour, until a moderator has approved one, or where one has refused what it says.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reader.checks.base import HOUR, MINUTE, Check, Draft, Earlier, Fact, people

OWN, OWN_WITH_LINKS = 2, 1  # so many of one's own are alike already
SHORT, SHORT_WITHIN = 4, 10 * MINUTE  # so often the same few words
OTHERS, OTHERS_WITH_LINKS = 5, 1  # so many other newcomers said it already


def judge(draft: Draft) -> str | None:
    """Hold what was refused before, and what is said over and over."""
    likes = [one for one in draft.earlier if one.is_like]
    if any(one.was_refused for one in likes):
        return _("A text in nearly the same words was denied or marked as spam.")
    return _said_before(draft, likes) or _said_by_many(draft, likes)


def _said_before(draft: Draft, likes: Sequence[Earlier]) -> str | None:
    own = sum(one.is_own for one in likes)
    if own >= (OWN_WITH_LINKS if draft.hosts else OWN):
        said = ngettext(
            "Its author wrote nearly the same %(n)d time before.",
            "Its author wrote nearly the same %(n)d times before.",
            own,
        )
        return said % {"n": own}
    equal = [one for one in draft.own if one.is_equal and one.age <= SHORT_WITHIN]
    if len(equal) >= SHORT:
        return _("Its author wrote the same few words %(n)d times in ten minutes.") % {
            "n": len(equal)
        }
    return None


def _said_by_many(draft: Draft, likes: Sequence[Earlier]) -> str | None:
    if draft.is_known or any(one.was_approved and not one.is_own for one in likes):
        return None
    others = [one for one in likes if not one.is_own and one.is_new and one.age <= HOUR]
    if people(others) < (OTHERS_WITH_LINKS if draft.hosts else OTHERS):
        return None
    said = ngettext(
        "%(n)d other newcomer wrote nearly the same within an hour.",
        "%(n)d other newcomers wrote nearly the same within an hour.",
        people(others),
    )
    return said % {"n": people(others)}


CHECK = Check(
    name="repeats",
    label=gettext_lazy("Repetition"),
    help=gettext_lazy(
        "The same again waits, and so does what newcomers send in nearly the same words within an"
        " hour, or what is like a text that was refused."
    ),
    told=gettext_lazy("it is much like other texts"),
    judge=judge,
    asks=frozenset({Fact.KNOWN, Fact.OWN, Fact.HERE, Fact.LIKES}),
    weight=3,
)
