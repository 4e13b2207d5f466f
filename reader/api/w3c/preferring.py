"""What of a container a client would like to have: the header ``Prefer`` (RFC 7240), and LDP's."""

import re
from dataclasses import dataclass

from rest_framework.request import Request

MINIMAL = "http://www.w3.org/ns/ldp#PreferMinimalContainer"
IRIS = "http://www.w3.org/ns/oa#PreferContainedIRIs"
DESCRIPTIONS = "http://www.w3.org/ns/oa#PreferContainedDescriptions"
LONGEST = 2_000
_NAMED = re.compile(r'\b(include|omit)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_RETURN = re.compile(r'\breturn\s*=\s*"?representation\b', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """Names or whole annotations, or nothing of what is in it. ``applied``: as was asked for."""

    iris: bool = False
    minimal: bool = False
    applied: bool = False


def asked_for(request: Request) -> Wish:
    """Return what the client would like, by its header and, on pages, by the query."""
    iris = request.query_params.get("iris") == "1"
    prefer = request.headers.get("Prefer", "")[:LONGEST]
    if not _RETURN.search(prefer):
        return Wish(iris)
    named: dict[str, set[str]] = {"include": set(), "omit": set()}
    for which, quoted, bare in _NAMED.findall(prefer):
        named[which.lower()].update((quoted or bare).split())
    known = {MINIMAL, IRIS, DESCRIPTIONS}
    include, omit = named["include"] & known, named["omit"] & known
    if not include and not omit:
        return Wish(iris)
    both = {IRIS, DESCRIPTIONS}
    minimal = (MINIMAL in include and not include & both) or omit >= both
    if "iris" not in request.query_params and not minimal:
        iris = DESCRIPTIONS in omit or (IRIS in include and DESCRIPTIONS not in include)
    return Wish(iris, minimal, applied=True)
