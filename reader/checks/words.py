"""Words that moderators have put on a list."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.checks.base import Check, Draft, Fact


def judge(draft: Draft) -> str | None:
    """Hold what holds a word of a list; moderators are told the list's line, not the spelling."""
    for one in draft.lists:
        if line := one.words.first_in(draft.text):
            return _("“%(line)s” is on the list %(list)s.") % {"line": line, "list": one.name}
    return None


CHECK = Check(
    name="words",
    label=gettext_lazy("Word lists"),
    help=gettext_lazy("Texts with a word of the lists for this document's language wait."),
    told=gettext_lazy("some texts are looked at first"),
    judge=judge,
    asks=frozenset({Fact.WORDS}),
    weight=3,
)
