"""Drawing a block's text with its marks, and small things templates show."""

import re
from collections.abc import Sequence
from functools import cache
from html import unescape

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import ngettext

from reader.models import Annotation, Document, Edition
from reader.queries.block_views import BlockView, Mark
from reader.queries.documents import Bar
from reader.queries.threads import Thread
from reader.text.blocks import InlineMark
from reader.text.segments import Piece, pieces
from reader.text.selectors import TextQuoteSelector, text_fragment, whole_words

register = template.Library()
STRONGEST = 5
SHORT_BODY = 240  # characters: what a card in the margin has room for
TAG = re.compile(r"<[^>]*>")  # of our own HTML, in which every other sign is escaped


@register.simple_tag
def marked_text(view: BlockView) -> SafeString:
    """Return the block's text as HTML: escaped, with ``<mark>`` around what is annotated.

    The text content of the result is the block's text to the letter. ``data-s`` and ``data-e``
    say which code points of the block a mark covers.
    """
    inline = tuple(InlineMark.from_json(mark) for mark in view.block.inline)
    html: list[str] = []
    at = 0
    for piece in pieces(view.block.text, view.spans, inline):
        html.append(_piece_html(piece, at, view.marks))
        at += len(piece.text)
    return mark_safe("".join(html))  # noqa: S308 -- every part was escaped in _piece_html


def _piece_html(piece: Piece, at: int, marks: list[Mark]) -> str:
    html = str(escape(piece.text))
    for inline in reversed(piece.inline):
        html = _inline_html(inline, html)
    if not piece.keys:
        return html
    covering = [marks[key] for key in piece.keys]
    strength = min(len(covering), STRONGEST)
    mine = " mine" if any(mark.is_mine for mark in covering) else ""
    classes = f"hl m-{covering[-1].motivation} n{strength}{mine}"
    return f'<mark class="{classes}" data-s="{at}" data-e="{at + len(piece.text)}">{html}</mark>'


def _inline_html(inline: InlineMark, html: str) -> str:
    if inline.kind == "link":
        if not inline.href.startswith(("https://", "http://", "mailto:")):
            return html
        return f'<a href="{escape(inline.href)}" rel="noopener">{html}</a>'
    return f"<{inline.kind}>{html}</{inline.kind}>"


@register.simple_tag
def density(bars: Sequence[Bar]) -> SafeString:
    """Return the bars of the strip beside a text, each a link to its block, one below the other.

    It is not a template's loop because a section of a book has so many.
    """

    @cache
    def threads(n: int) -> str:
        return escape(ngettext("%(n)s thread", "%(n)s threads", n) % {"n": n})

    return mark_safe(  # noqa: S308 -- words are escaped, all else is numbers
        "".join(
            f'<a href="#{escape(bar.ref)}" tabindex="-1">'
            f"<title>{f'¶ {bar.number}: ' if bar.number else ''}{threads(bar.threads)}</title>"
            f'<rect class="row" x="0" y="{at}" width="1" height="1"/>'
            f'<rect class="bar" x="0" y="{at}.1" width="{bar.height:.3f}" height=".8"/></a>'
            for at, bar in enumerate(bars)
        )
    )


@register.filter
def beginning(annotation: Annotation) -> SafeString:
    """Return the body's HTML, of a long one only its first words: the thread shows them all."""
    if len(annotation.body) <= SHORT_BODY:
        return mark_safe(annotation.body_html)  # noqa: S308 -- made safe when it was saved
    words = unescape(TAG.sub(" ", annotation.body_html))
    return format_html("<p>{}</p>", Truncator(" ".join(words.split())).chars(SHORT_BODY))


@register.simple_tag
def passage_url(document: Document, thread: Thread, past: Edition | None = None) -> str:
    """Return a link to the passage that any browser can follow: a text fragment."""
    note = thread.root.annotation
    quote = whole_words(TextQuoteSelector(note.exact, note.prefix, note.suffix))
    block = thread.place.first_ref if thread.place else ""
    page = reverse("edition", args=[document.slug, past.number]) if past else ""
    return f"{page or document.get_absolute_url()}#{block}{text_fragment(quote)}"
