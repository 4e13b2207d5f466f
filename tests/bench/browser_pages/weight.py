"""What a first visit to the reader's page sends, with Brotli as a browser asks for it over TLS."""

import urllib.request
from collections import Counter
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Request

HTMX = "htmx"
TARGET_JAVASCRIPT = 12 * 1024


def weigh(browser: Browser, address: str) -> dict[str, Any]:
    """Return the bytes as sent: in all, by kind of file, and the site's own JavaScript."""
    page = browser.new_page()
    urls: set[str] = set()

    def note(request: Request) -> None:
        # The stream of what others do stays open: it is no part of the visit's weight.
        if request.resource_type != "eventsource":
            urls.add(request.url)

    page.on("request", note)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(1000)
    page.close()
    kinds: Counter[str] = Counter()
    scripts = {}
    for url in sorted(urls):
        path = PurePosixPath(urlsplit(url).path)
        sent = _sent(url)
        kinds[path.suffix or "page"] += sent
        if path.suffix == ".js":
            scripts[path.name] = sent
    own = sum(sent for name, sent in scripts.items() if HTMX not in name)
    return {"total": kinds.total(), "kinds": dict(kinds), "scripts": scripts, "own_javascript": own}


def _sent(url: str) -> int:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "br"})  # noqa: S310 -- our own http address
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 -- likewise
        return len(answer.read())
