"""Saying at the desk what an edition does, in words."""

from collections.abc import Callable

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reader.queries.desk import Desk, Show
from reader.queries.desk_excerpts import Excerpt
from reader.queries.desk_plan import TextChanges
from reader.text.anchoring import Verdict

register = template.Library()

WORDS: dict[Verdict, Callable[[int], str]] = {
    Verdict.EXACT: lambda n: ngettext("keeps its words", "keep their words", n),
    Verdict.MOVED: lambda n: ngettext("moved with its words", "moved with their words", n),
    Verdict.FUZZY: lambda n: ngettext(
        "stands on words that changed", "stand on words that changed", n
    ),
    Verdict.ORPHANED: lambda n: ngettext("without a place", "without a place", n),
    Verdict.CONFIRMED: lambda n: ngettext("placed by an editor", "placed by an editor", n),
}


@register.filter
def verdicts(desk: Desk) -> list[tuple[str, int, str]]:
    """Return how many annotations get which verdict, and what that means, where any do."""
    told = [
        (str(verdict), n, of(n))
        for verdict, of in WORDS.items()
        if (n := desk.counts.get(str(verdict), 0))
    ]
    if n := len(desk.adopted):
        words = ngettext("suggestion is taken up", "suggestions are taken up", n)
        told.append(("adopted", n, words))
    return told


@register.simple_tag
def publishing_does(desk: Desk) -> str:
    """Return what publishing does to the annotations, in one sentence."""
    told = ", ".join(f"{n} {words}" for _name, n, words in verdicts(desk))
    total = ngettext("%d annotation", "%d annotations", desk.total) % desk.total
    return f"{total}: {told}." if told else _("There are no annotations yet.")


@register.filter
def filters(tally: dict[str, int]) -> list[tuple[str, int, str]]:
    """Return the filters with how many cases each shows, and its name."""
    names = {
        Show.OPEN: _("Undecided"),
        Show.FUZZY: _("Words changed"),
        Show.ORPHANED: _("Words gone"),
        Show.DECIDED: _("Decided"),
        Show.ALL: _("All"),
    }
    return [(str(show), tally[str(show)], name) for show, name in names.items()]


@register.simple_tag
def words_changed(changes: TextChanges) -> SafeString:
    """Return how many words are inserted and deleted."""
    inserted = ngettext("%d word inserted", "%d words inserted", changes.inserted)
    deleted = ngettext("%d word deleted", "%d words deleted", changes.deleted)
    return format_html("{}, {}", inserted % changes.inserted, deleted % changes.deleted)


@register.simple_tag
def where(place: Excerpt) -> str:
    """Return what people call the block in which the passage begins."""
    return f"¶ {place.number}" if place.number else _("in a heading")


@register.simple_tag
def nothing_here(desk: Desk, show: str) -> str:
    """Return why the list of cases is empty."""
    if show == Show.DECIDED:
        return _("Nothing has been decided yet.")
    if show == Show.OPEN and desk.entries:
        return _("Everything is decided.")
    if not desk.entries:
        return _("Nothing to decide: every annotation keeps its words.")
    return _("There are no such cases.")
