"""Atom feeds (RFC 4287): of a document, a paragraph, a thread, a tag, an author."""

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reader.models import Document, Tag, User
from reader.queries import feeds, people
from reader.queries.feeds import Entry
from reader.web.annotations import get_annotation
from reader.web.documents import get_document, get_edition
from reader.web.http import Request

# What XML 1.0 cannot hold in any form.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MOST_TAG = 40


@require_safe
def document_feed(request: Request, slug: str) -> HttpResponseBase:
    """Tell what is new in a document."""
    document = get_document(request, slug)
    entries = feeds.of_document(request.viewer, document)
    return _feed(request, document.title, document.get_absolute_url(), entries, document)


@require_safe
def paragraph_feed(request: Request, slug: str, ref: str) -> HttpResponseBase:
    """Tell what is new in the threads of a paragraph of the current edition."""
    document = get_document(request, slug)
    block = get_edition(request, document).blocks.filter(ref=ref).first()
    if block is None:
        raise Http404
    entries = feeds.of_paragraph(request.viewer, document, ref)
    page = reverse("paragraph", args=[slug, ref])
    return _feed(request, f"{block} · {document.title}", page, entries, document)


@require_safe
def thread_feed(request: Request, uid: str) -> HttpResponseBase:
    """Tell what is new in a thread: its replies, and the decision on it."""
    annotation = get_annotation(request, uid)
    root = annotation.root or annotation
    if annotation != root:
        root = get_annotation(request, root.uid)
    entries = feeds.of_thread(request.viewer, root)
    title = _("A thread in “%(title)s”") % {"title": root.document.title}
    return _feed(request, title, root.get_absolute_url(), entries, root.document)


@require_safe
def tag_feed(request: Request, name: str) -> HttpResponseBase:
    """Tell what is new under a tag, in all documents."""
    if len(name) > MOST_TAG or "\0" in name:
        raise Http404
    try:
        entries = feeds.of_tag(request.viewer, name)
    except Tag.DoesNotExist as error:
        raise Http404 from error
    return _feed(request, f"#{name}", reverse("library"), entries)


@require_safe
def author_feed(request: Request, username: str) -> HttpResponseBase:
    """Tell what somebody wrote."""
    try:
        person = people.find_person(request.viewer, username)
    except User.DoesNotExist as error:
        raise Http404 from error
    entries = feeds.of_author(request.viewer, person)
    return _feed(request, person.get_full_name(), person.get_absolute_url(), entries)


def _feed(
    request: Request,
    title: str,
    page: str,
    entries: Sequence[Entry],
    document: Document | None = None,
) -> HttpResponseBase:
    """Answer with the feed, or with 304 where it is what the reader has already."""
    feed = Atom1Feed(
        title=_clean(title),
        link=settings.SITE_URL + page,
        description="",
        language=document.language if document else settings.LANGUAGE_CODE,
        feed_url=settings.SITE_URL + request.path,
        feed_guid=f"tag:{_host()},2026:{request.path}",
    )
    for entry in entries:
        _add(feed, entry)
    # A feed of nothing has still been made some time, and always the same.
    if not entries and document:
        feed.latest_post_date = lambda: document.created_at  # type: ignore[method-assign]  # of this feed
    text = feed.writeString("utf-8")
    response = HttpResponse(text, content_type="application/atom+xml; charset=utf-8")
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def _add(feed: Atom1Feed, entry: Entry) -> None:
    annotation, decision = entry.annotation, entry.decision
    uid = f"{annotation.uid}/decision/{decision.pk}" if decision else annotation.uid
    writer = decision.decided_by if decision else annotation.author
    name = writer.get_full_name() if writer else _("A former reader")
    feed.add_item(
        title=_clean(_title(entry, name)),
        link=settings.SITE_URL + annotation.get_absolute_url(),
        description=_clean(_content(entry)),
        author_name=_clean(name),
        pubdate=entry.at,
        updateddate=entry.updated,
        unique_id=f"tag:{_host()},{entry.at:%Y-%m-%d}:{uid}",
        categories=[] if decision else [_clean(tag.name) for tag in annotation.tags.all()],
    )


def _title(entry: Entry, name: str) -> str:
    place = f"¶ {entry.number}" if entry.number else entry.ref
    if entry.decision:
        said = {"outcome": entry.decision.get_outcome_display(), "place": place}
        return _("%(outcome)s: %(place)s") % said if place else str(said["outcome"])
    words = {"kind": entry.annotation.get_motivation_display(), "name": name, "place": place}
    if place:
        return _("%(kind)s by %(name)s on %(place)s") % words
    return _("%(kind)s by %(name)s") % words


def _content(entry: Entry) -> str:
    """Return the passage and the words as HTML; the body was made safe when it was saved."""
    annotation = entry.annotation
    if entry.decision:
        return format_html("<p>{}</p>", entry.decision.reason) if entry.decision.reason else ""
    quote = format_html("<blockquote>{}</blockquote>", annotation.exact) if annotation.exact else ""
    instead = ""
    if annotation.replacement is not None:
        instead = format_html("<p><ins>{}</ins></p>", annotation.replacement)
    return f"{quote}{instead}{mark_safe(annotation.body_html)}"  # noqa: S308 -- see above


def _clean(text: str) -> str:
    return ILLEGAL.sub("", text)


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"
