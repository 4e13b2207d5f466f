"""Which sites a text leads to: by its links, and by addresses that are only written out."""

import re
from html import unescape

_HREF = re.compile(r'<a href="([^"]*)"')
_ADDRESS = re.compile(r"https?://([^\s/?#\\<>\"'()\[\]]{1,255})", re.IGNORECASE)
_AROUND = "<>()[]{}\"'“”«».,;:!?*_~`"
_SIGNS_OF_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
_LEAST_ENDING = 2


def linked_hosts(html: str) -> list[str]:
    """Return the hosts of the links in HTML that the site has made, one for each link."""
    found = [_ADDRESS.match(unescape(address)) for address in _HREF.findall(html)]
    return [host_of(one[1]) for one in found if one]


def named_hosts(text: str) -> list[str]:
    """Return the hosts of addresses in plain text, also of ``www.`` and ``example.org/page``."""
    found = []
    for word in text.split():
        if "://" in word:
            found += [host_of(host) for host in _ADDRESS.findall(word)]
        elif host := _bare_host(word):
            found.append(host)
    return found


def without_addresses(text: str) -> str:
    """Return the text without the words that are addresses."""
    return " ".join(word for word in text.split() if "://" not in word and not _bare_host(word))


def host_of(authority: str) -> str:
    """Return the host that is in an address, without a name, port or ``www.``."""
    host = authority.rpartition("@")[2].partition(":")[0].lower()
    return host.removeprefix("www.").rstrip(".")


def _bare_host(word: str) -> str:
    """Return the host if a word looks like an address without its scheme, else nothing."""
    host, slash, _path = word.strip(_AROUND).lower().partition("/")
    ending = host.rpartition(".")[2]
    is_host = "." in host and ending.isalpha() and len(ending) >= _LEAST_ENDING
    is_meant = host.startswith("www.") or (slash and not host.startswith("."))
    return host_of(host) if is_host and is_meant and _SIGNS_OF_HOST.issuperset(host) else ""
