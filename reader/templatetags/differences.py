"""Drawing how words changed, and saying in words what became of a paragraph."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator, get_text_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from reader.models import Block, Document, Edition
from reader.queries.comparison import ComparedRow, How, Stretch
from reader.queries.placements import Placement
from reader.queries.threads import Thread
from reader.text.anchoring import Verdict
from reader.text.blocks import SEPARATOR
from reader.text.diff import Change, Op, Words, compare_words

register = template.Library()
KEPT = 40  # characters of an unchanged stretch that stay on either side where it is shortened
HEADING_SHOWN = 40
CONTEXT_SHOWN = 240


@register.simple_tag
def word_runs(words: Iterable[Words], side: str = "", short: bool = False) -> SafeString:
    """Return the words as HTML with ``<ins>`` and ``<del>``, which also say in words what they are.

    Args:
        words: the difference.
        side: ``old`` or ``new`` leaves out what is only in the other text.
        short: leave out the middle of long stretches that did not change.
    """
    hidden = {"old": Op.INSERTED, "new": Op.DELETED}.get(side)
    runs = [run for run in words if run.op is not hidden]
    last = len(runs) - 1
    return format_html_join(
        "", "{}", ((_run(run, short, at == 0, at == last),) for at, run in enumerate(runs))
    )


def _run(run: Words, short: bool, is_first: bool, is_last: bool) -> SafeString | str:
    if run.op is Op.SAME:
        return _shortened(run.text, is_first, is_last) if short else run.text
    tag, said = ("del", _("deleted")) if run.op is Op.DELETED else ("ins", _("inserted"))
    # A break between paragraphs has nothing to underline or to strike: it is given a sign.
    text = run.text.replace(SEPARATOR, f"¶{SEPARATOR}")
    return format_html(
        '<{tag} class="run"><span class="sr-only" lang="{language}">[{said}: </span>'
        '{text}<span class="sr-only">] </span></{tag}>',
        tag=tag,
        language=get_language() or "",
        said=said,
        text=text,
    )


def _shortened(text: str, is_first: bool, is_last: bool) -> str:
    if (is_first and is_last) or len(text) <= 3 * KEPT:
        return text
    head = "" if is_first else text[:KEPT].rpartition(" ")[0] + " "
    tail = "" if is_last else " " + text[-KEPT:].partition(" ")[2]
    return f"{head}…{tail}"


@register.simple_tag
def word_difference(old: str, new: str, short: bool = False) -> SafeString:
    """Return what was deleted from ``old`` and inserted to give ``new``, as HTML."""
    return word_runs(compare_words(old, new), short=short)


@register.simple_tag
def block_name(block: Block) -> str:
    """Return what people call a block: its number, or a heading's first words."""
    if block.number:
        return f"¶ {block.number}"
    return _("heading “%(words)s”") % {"words": Truncator(block.text).chars(HEADING_SHOWN)}


def names(blocks: Sequence[Block]) -> str:
    """Return the blocks' names in a row."""
    return str(get_text_list([block_name(block) for block in blocks], _("and")))


@register.simple_tag
def change_label(row: ComparedRow) -> str:
    """Return what became of the blocks, in words."""
    old, new = names(row.old), names(row.new)
    change = row.row.change
    if change is Change.INSERTED:
        return _("%(new)s is new") % {"new": new}
    if change is Change.DELETED:
        return _("%(old)s was deleted") % {"old": old}
    if change is Change.SPLIT:
        said = _("%(old)s was split into %(new)s")
    elif change is Change.MERGED:
        said = _("%(old)s were merged into %(new)s")
    elif change is Change.MOVED:
        said = _("%(old)s moved and is %(new)s now")
    elif row.row.moved:
        said = _("%(old)s moved, is %(new)s now, and its words changed")
    elif old != new:
        said = _("The words of %(old)s changed; it is %(new)s now")
    else:
        said = _("The words of %(new)s changed")
    return said % {"old": old, "new": new}


COUNTED = {
    Change.EDITED: lambda n: ngettext("%d changed", "%d changed", n),
    Change.MOVED: lambda n: ngettext("%d moved", "%d moved", n),
    Change.SPLIT: lambda n: ngettext("%d split", "%d split", n),
    Change.MERGED: lambda n: ngettext("%d merged", "%d merged", n),
    Change.INSERTED: lambda n: ngettext("%d new", "%d new", n),
    Change.DELETED: lambda n: ngettext("%d deleted", "%d deleted", n),
}


@register.filter
def told(tally: dict[Change, int]) -> str:
    """Return how many paragraphs changed and how, in words."""
    if not tally:
        return _("The text is the same.")
    counted = ", ".join(COUNTED[change](n) % n for change, n in tally.items())
    return _("Paragraphs: %(counted)s") % {"counted": counted}


@register.simple_tag
def verdict_words(placement: Placement) -> str:
    """Return how a place came about, in words."""
    if placement.verdict == Verdict.ORPHANED and placement.is_decided:
        return _("no longer in the text, an editor says")
    if placement.is_origin and placement.verdict == Verdict.EXACT:
        return _("marked here")
    return {
        Verdict.EXACT: _("unchanged"),
        Verdict.MOVED: _("moved"),
        Verdict.FUZZY: _("words changed"),
        Verdict.ORPHANED: _("no longer in the text"),
        Verdict.CONFIRMED: _("confirmed by an editor"),
    }[placement.verdict]


@register.simple_tag
def thread_url(document: Document, thread: Thread, past: Edition | None) -> str:
    """Return where the thread stands open in the edition that is being read."""
    note = thread.root.annotation
    if not past or thread.place is None:  # an absent variable comes as an empty string
        return note.get_absolute_url()
    return place_url(document, past, thread.place.first_ref, note.uid)


@register.simple_tag
def place_url(document: Document, edition: Edition, ref: str, uid: str) -> str:
    """Return the address of a paragraph of an edition with the thread open."""
    page = reverse("paragraph", args=[document.slug, ref])
    return f"{page}?{urlencode({'edition': edition.number, 'thread': uid})}#a-{uid}"


@register.simple_tag
def same_words(row: ComparedRow, stretch: Stretch) -> str:
    """Return a paragraph that did not change: its beginning, where it is only there as context."""
    text = row.new[0].text
    return text if stretch.how == How.OPENED else Truncator(text).chars(CONTEXT_SHOWN)


@register.filter
def block_number(block: Block) -> str:
    """Return a block's number as it stands beside the text."""
    return str(block.number or "§")


@register.simple_tag(takes_context=True)
def change_url(context: template.Context, page: Page[int], place: int, step: int) -> str:
    """Return the address of the change so many steps on; it may stand on another page."""
    wanted = place + step
    number = (wanted - 1) // page.paginator.per_page + 1
    if number == page.number:
        return f"#change-{wanted}"
    query = context["request"].GET.copy()
    query["page"] = str(number)
    query.pop("open", None)
    return f"?{query.urlencode()}#change-{wanted}"
