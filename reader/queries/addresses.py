"""Which document an address that other software sends is about, and the other way round.

Pages of this site name a document: the reader page, an edition, a paragraph, with whatever query
and fragment. So does the address of the source that a document was taken from. Nothing else does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet

from reader import policy, ready_made
from reader.models import Document, Edition
from reader.policy import Viewer

LONGEST = 2_000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PORTS = {"http": 80, "https": 443}
PAGE = re.compile(
    r"/d/(?P<slug>[-\w]{1,80})(?:/(?:e/(?P<edition>[1-9]\d{0,8})|[ph][1-9]\d{0,6}))?/?", re.ASCII
)


def authority() -> str:
    """Return the name under which accounts of this site are known elsewhere: its host."""
    return urlsplit(settings.SITE_URL).hostname or ""


def absolute(path: str) -> str:
    """Return the whole address of a path of this site."""
    return f"{settings.SITE_URL}{path}"


def address_of(document: Document) -> str:
    """Return the address by which other software knows the document: its reader page's."""
    return absolute(document.get_absolute_url())


def document_at(viewer: Viewer, uri: str) -> Document | None:
    """Return the document that the address is about, with its current edition.

    None where there is none that the viewer may read; nobody can tell which. Where several were
    taken from one source, it is the newest.
    """
    return next(iter(documents_at(viewer, [uri])), None)


def documents_at(viewer: Viewer, uris: Iterable[str]) -> list[Document]:
    """Return all documents that one of the addresses is about, in at most two queries."""
    sought = _sought(uris)
    if not (sought.slugs or sought.sources or sought.editions):
        return []
    slugs, sources = sorted(sought.slugs), sorted(sought.sources)
    pks = _of_editions(viewer, sought.editions) if sought.editions else []
    until = len(slugs) + len(sources)

    def make(who: int | None, *named: Any) -> "QuerySet[Document]":
        visible = Document.objects.filter(
            policy.documents_visible_to(ready_made.like(viewer, who)),
            Q(slug__in=named[: len(slugs)])
            | Q(source_url__in=named[len(slugs) : until])
            | Q(pk__in=named[until:]),
        )
        found = visible.select_related("current_edition").defer("current_edition__text")
        return found.order_by("-created_at", "-pk")

    kind = (ready_made.kind_of(viewer), len(slugs), len(sources))
    return ready_made.rows("addresses", make, viewer.pk, *slugs, *sources, *pks, kind=kind)


def is_here(parts: SplitResult) -> bool:
    """Whether the address is one of this site: its host and port, by http or https.

    A site on a loopback address goes by all its names.
    """
    site = urlsplit(settings.SITE_URL)
    host, own = parts.hostname or "", site.hostname or ""
    same = host == own or (host in LOOPBACK and own in LOOPBACK)
    return same and parts.scheme in PORTS and _port(parts) == _port(site)


@dataclass(slots=True)
class _Sought:
    slugs: set[str] = field(default_factory=set)
    editions: set[tuple[str, int]] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)


def _sought(uris: Iterable[str]) -> _Sought:
    sought = _Sought()
    for uri in uris:
        parts = parsed(uri)
        if parts is None:
            continue
        sought.sources |= _spellings(parts)
        page = PAGE.fullmatch(parts.path) if is_here(parts) else None
        if page is not None and page["edition"]:
            sought.editions.add((page["slug"], int(page["edition"])))
        elif page is not None:
            sought.slugs.add(page["slug"])
    return sought


def parsed(uri: str) -> SplitResult | None:
    """Return the parts of a web address; None for anything else."""
    uri = uri.strip()
    if not uri.isprintable() or len(uri) > LONGEST:
        return None
    try:
        parts = urlsplit(uri)
        is_web = parts.scheme in PORTS and bool(parts.hostname) and _port(parts) > 0
    except ValueError:
        return None
    return parts if is_web and "@" not in parts.netloc else None


def _port(parts: SplitResult) -> int:
    """Return the port; http and https at their own ports are one site."""
    port = parts.port or PORTS.get(parts.scheme, 0)
    return PORTS["http"] if port in PORTS.values() else port


def _spellings(parts: SplitResult) -> set[str]:
    """Return the ways in which a source's address may be written down."""
    query = f"?{parts.query}" if parts.query else ""
    path = parts.path.rstrip("/")
    return {
        f"{scheme}://{parts.netloc.lower()}{path}{slash}{query}"
        for scheme in PORTS
        for slash in ("", "/")
    }


def _of_editions(viewer: Viewer, named: Iterable[tuple[str, int]]) -> list[int]:
    """Return the ids of the documents of the editions, of those that the viewer may read."""
    condition = Q(pk__in=[])
    for slug, number in named:
        condition |= Q(document__slug=slug, number=number)
    rows = Edition.objects.filter(policy.editions_visible_to(viewer)).filter(condition)
    return list(rows.values_list("document_id", flat=True))
