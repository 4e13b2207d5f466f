"""The words of what was rendered to HTML, without its markup."""

import html
import re

# Values of attributes may hold any sign but their own quotation mark.
_TAG = re.compile(r"""<(/?[a-z][a-z0-9]*)(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_INLINE = frozenset(
    {"a", "abbr", "b", "cite", "code", "del", "em", "i", "q", "s", "strong", "sub", "sup"}
)


def plain_text(rendered: str) -> str:
    """Return the words of HTML that the site has made itself; what starts a line is kept apart."""
    return " ".join(html.unescape(_TAG.sub(_space, rendered)).split())


def _space(tag: re.Match[str]) -> str:
    return "" if tag[1].lower().lstrip("/") in _INLINE else "\n"
