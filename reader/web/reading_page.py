"""The reader's page: an edition, or a section of it, with its marks and threads."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.messages import get_messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from reader.models import Document, Edition
from reader.queries import orphans as orphan_queries
from reader.queries import reading
from reader.queries.block_views import BlockView
from reader.queries.documents import Bar, Life, with_heights
from reader.queries.groups import Audience
from reader.queries.sections import Section, Sections, sections_of
from reader.queries.versions import shared_look
from reader.web import drafts, kept
from reader.web.audiences import audience_of, without_audience
from reader.web.cross_site import NO_TOKEN
from reader.web.documents import asked_edition, get_document, get_edition, reading_in
from reader.web.drawing import DrawnBlock, Page, draw_page, draw_views
from reader.web.http import Request

ORPHANS_SHOWN = 10
REF, NUMBER = "by-hand-ref", 982_451_653  # stand for a block's own where one form is made for all


@require_safe
def document(
    request: Request, slug: str, number: int | None = None, part: int | None = None
) -> HttpResponse:
    """Show an edition to read, with its marks in the text and its threads in the margin.

    Of a book, one section is shown at a time: the first, or the one that ``part`` numbers.
    """
    if drafts.SESSION_KEY not in request.session and not len(get_messages(request)):
        kept.keep(request, slug, request.viewer.pk or 0)
    look = shared_look()
    found = get_document(request, slug)
    edition = get_edition(request, found, number)
    audience = audience_of(request)
    if not audience.is_known:
        return without_audience(request)
    sections = sections_of(edition)
    section = sections.numbered(part or 1)
    if section is None:
        raise Http404
    if part == 1:
        return HttpResponseRedirect(edition_url(found, edition))
    written = reading_in(request, found, edition, audience)
    page = Page(found, edition, section, look, may_edit=bool(written.get("may_edit")))
    blocks = _drawn(request, page, audience)
    context = {
        **written,
        **summed_up(request, edition, audience, blocks),
        **_places_of(found, edition, sections, section),
        "csrf_token": NO_TOKEN,
    }
    # Joined here and not by a loop of the template: a section of a book has so many.
    context["text"] = _joined(with_forms(request, context, blocks))
    context["threads"] = _joined(block.threads for block in blocks)
    return render(request, "documents/detail.html", context)


def _places_of(
    document: Document, edition: Edition, sections: Sections, here: Section
) -> dict[str, Any]:
    """Return what the page says of its own place in the text, and of the others."""

    def address(section: Section | None) -> str:
        return section_url(document, edition, section) if section else ""

    return {
        "section": here,
        "section_count": len(sections.all),
        "section_before": sections.numbered(here.number - 1),
        "section_before_url": address(sections.numbered(here.number - 1)),
        "section_after": sections.numbered(here.number + 1),
        "section_after_url": address(sections.numbered(here.number + 1)),
        "headings": [
            {"page": "" if entry.section == here else address(entry.section), "entry": entry}
            for entry in sections.contents
        ],
    }


def _drawn(request: Request, page: Page, audience: Audience) -> list[DrawnBlock]:
    if not audience.name:
        return draw_page(request.viewer, page)
    views = reading.reading_page(
        request.viewer, page.document, page.edition, audience, page.section
    )
    return draw_views(request.viewer, page, views)


def summed_up(
    request: Request,
    edition: Edition,
    audience: Audience,
    blocks: Sequence[DrawnBlock] | Sequence[BlockView],
) -> dict[str, Any]:
    """Return what the page says of its blocks as a whole, and of what has no place in the text."""
    opened = request.GET.get("thread", "")
    orphans = orphan_queries.orphans_of(
        request.viewer, edition, limit=ORPHANS_SHOWN, opened=opened, among=audience.condition
    )
    named = [one.block if isinstance(one, BlockView) else one for one in blocks]
    counts = [block.thread_count for block in blocks]
    bars = [Bar(one.ref, one.number, n, 0.0) for one, n in zip(named, counts, strict=True)]
    roots = sum(block.thread_count + block.highlights for block in blocks)
    return {
        "bars": with_heights(bars),
        "life": Life(
            annotations=roots + orphans.threads + orphans.highlights,
            replies=sum(block.reply_count for block in blocks) + orphans.replies,
        ),
        "thread_total": sum(counts),
        "unread": sum(block.unread for block in blocks) + orphans.unread,
        "orphans": orphans,
        "opened": opened,
    }


def edition_url(document: Document, edition: Edition) -> str:
    """Return the address where the edition is read from its beginning."""
    past = reading.past(document, edition)
    return past.get_absolute_url() if past else document.get_absolute_url()


@require_safe
def place(request: Request, slug: str, ref: str) -> HttpResponse:
    """Lead to the section of a book that a block is in."""
    found = get_document(request, slug)
    edition = asked_edition(request, found)
    section = sections_of(edition).holding(ref)
    if section is None:
        raise Http404
    return HttpResponseRedirect(f"{section_url(found, edition, section)}#{ref}")


def section_url(document: Document, edition: Edition, section: Section) -> str:
    """Return the address where a section of the edition is read."""
    if section.number == 1:
        return edition_url(document, edition)
    past = reading.past(document, edition)
    if past:
        return reverse("edition_part", args=[document.slug, past.number, section.number])
    return reverse("part", args=[document.slug, section.number])


def _by_hand(context: dict[str, Any], request: Request) -> dict[bool, str]:
    """Return the form that browsers without JavaScript get, for blocks with a number and without.

    It is made once and put under each block: it differs by the block's name alone.
    """
    template = get_template("documents/_by_hand.html")
    return {
        numbered: template.render(
            {**context, "block": {"ref": REF, "number": NUMBER if numbered else None}}, request
        )
        for numbered in (True, False)
    }


def with_forms(
    request: Request, context: dict[str, Any], blocks: Sequence[DrawnBlock]
) -> list[SafeString]:
    """Return the HTML of the blocks, each with its form where the viewer may write."""
    forms = _by_hand(context, request) if context["may_annotate"] else {True: "", False: ""}
    return [_with_form(block, forms[block.number is not None]) for block in blocks]


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308 -- joined of nothing but safe HTML


def _with_form(block: DrawnBlock, form: str) -> SafeString:
    if not form:
        return block.block
    own = form.replace(REF, block.ref).replace(str(NUMBER), str(block.number))
    before, end, after = block.block.rpartition("</div>")
    return mark_safe(before + own + end + after)  # noqa: S308 -- made by templates; a ref is a plain word
