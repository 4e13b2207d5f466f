"""Three hundred hostile bodies in a real browser whose policy is off: nothing of theirs runs.

The pages' Content-Security-Policy would stop what slips through. Here it is bypassed, so that the
bodies alone are tried, and every script that the browser reads is reported by its debugger.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request

from reader.text import markup
from tests.e2e.conftest import PATIENCE, Site, running_demo, sign_in

pytestmark = pytest.mark.browser

SAMPLE = 300
LONGEST = 5_000  # characters
MOST_PAGES = 60
REF = "p52"
PARAGRAPH = f"/d/address-january-2022/{REF}/"
HANDLERS = (
    "[onerror], [onload], [onclick], [onfocus], [onmouseover], [ontoggle], [onanimationstart]"
)
# Elements and attributes that no body may have, whether or not something would run.
FORBIDDEN = (
    f":is(script, style, iframe, object, embed, form, img, svg, math, link, meta), {HANDLERS}"
)
# The person writes as the form has them write; what is held by a check is let through.
WRITE = """
import json, pathlib
from reader.models import Annotation, Block, Document, User
from tests.factories import make_annotation, make_reply
document = Document.objects.get(slug="address-january-2022")
words = Block.objects.get(edition=document.current_edition, ref="{ref}").text[:40]
author = User.objects.get(username="reader")
made = []
for body in json.loads(pathlib.Path("{file}").read_text()):
    made.append(make_annotation(author, document, words, body=body, status="approved"))
for root in made[::10]:
    make_reply(author, root, root.body, status="approved")
print(json.dumps([[one.uid, one.pk] for one in made]))
"""


def _is_written(text: str) -> bool:
    """Whether the site takes it: what is empty, long or no text is refused, as tried elsewhere."""
    try:
        told = markup.excerpt(markup.clean_text(text[:LONGEST]))
    except (markup.NotText, markup.TooDeep, markup.BodyTooLong):
        return False
    return len(text) <= LONGEST and not markup.is_blank(text) and not markup.is_blank(told)


@pytest.fixture(scope="module")
def bodies() -> list[str]:
    """Return an even sample of the collection, from its beginning to its end."""
    root = os.environ.get("POSTIL_CONFORMANCE")
    path = Path(root) / "xss.jsonl" if root else None
    if path is None or not path.exists():
        pytest.skip("POSTIL_CONFORMANCE names no folder with xss.jsonl")
    payloads = [json.loads(line)["payload"] for line in path.read_text("utf-8").splitlines()]
    possible = [text for text in payloads if _is_written(text)]
    assert len(possible) >= SAMPLE
    return [possible[number * len(possible) // SAMPLE] for number in range(SAMPLE)]


class Written(NamedTuple):
    """A site with the bodies, and the names and numbers of their annotations."""

    site: Site
    rows: list[tuple[str, int]]


@pytest.fixture(scope="module")
def written(bodies: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder = tmp_path_factory.mktemp("hostile")
    file = folder / "bodies.json"
    file.write_text(json.dumps(bodies))
    with running_demo(folder) as site:
        told = site.run(WRITE.format(ref=REF, file=file))
        yield Written(site, [(uid, pk) for uid, pk in json.loads(told)])


class Watched:
    """A page with no policy, and what happened on it that must not."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.ran: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("dialog", self._hear)
        context.on("request", self._see)
        self.page = context.new_page()
        debugger = context.new_cdp_session(self.page)
        debugger.on("Debugger.scriptParsed", self._read)
        debugger.send("Debugger.enable")

    def _hear(self, dialog: Dialog) -> None:
        self.ran.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.ran.append(f"request: {request.url}")

    def _read(self, script: dict[str, Any]) -> None:
        # The page's own are files; what Playwright runs has no address.
        address = str(script["url"])
        own = (f"{self.url}/static/", f"{self.url}/admin/jsi18n/")
        if address and not address.startswith(own):
            self.ran.append(f"script: {address}")

    def look(self, path: str) -> None:
        """Open a page; let whatever would start there start, and point at what waits for it."""
        self.page.goto(f"{self.url}{path}")
        for link in self.page.locator(".body a").all()[:5]:
            link.hover(force=True, no_wait_after=True)
        self.page.wait_for_timeout(100)
        assert self.page.locator(f".body {FORBIDDEN}").count() == 0, path


@contextmanager
def watched(browser: Browser, url: str, username: str = "") -> Iterator[Watched]:
    with browser.new_context(base_url=url, bypass_csp=True) as context:
        if username:
            sign_in(context.new_page(), username)
        yield Watched(context, url)


def _answer(page: Page, address: str, html: str) -> None:
    page.route(address, lambda route: route.fulfill(content_type="text/html", body=html))


def test_the_watch_sees_what_runs(browser: Browser, written: Written) -> None:
    for html in (
        "<img src=x onerror='window.name = 1'>",
        "<script>window.name = 1</script>",
        "<svg onload='window.name = 1'>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    ):
        with watched(browser, written.site.url) as seen:
            address = f"{written.site.url}/as-if-it-were-let-through/"
            _answer(seen.page, address, html)
            seen.page.goto(address)
            seen.page.wait_for_timeout(300)
            assert seen.ran, html


@pytest.mark.parametrize("username", ["", "reader", "reviewer"])
def test_nothing_runs_where_readers_look(browser: Browser, written: Written, username: str) -> None:
    with watched(browser, written.site.url, username) as seen:
        seen.look("/d/address-january-2022/")
        found: set[str] = set()
        number = 1
        while len(found) < SAMPLE and number <= MOST_PAGES:
            seen.look(f"{PARAGRAPH}?sort=newest&page={number}")
            cards = seen.page.locator("article.card[id^=a-]")
            found |= {
                name.removeprefix("a-")
                for name in cards.evaluate_all("(all) => all.map((card) => card.id)")
            }
            number += 1
        assert {uid for uid, _pk in written.rows} <= found
        seen.look("/people/reader/")
        if username == "reader":
            for uid, _pk in written.rows[::30]:
                seen.look(f"/a/{uid}/edit/")
        assert seen.ran == []


def test_nothing_runs_where_moderators_and_reviewers_look(
    browser: Browser, written: Written
) -> None:
    written.site.run(
        "from django.utils import timezone; from reader.models import Annotation;"
        f"Annotation.objects.filter(pk__in={[pk for _uid, pk in written.rows]!r})"
        ".update(status='pending', attention_since=timezone.now())"
    )
    with watched(browser, written.site.url, "admin") as seen:
        for number in range(1, 4):
            seen.look(f"/admin/reader/queueitem/?why=pending&page={number}")
        seen.look("/admin/reader/annotation/")
        for _uid, pk in written.rows[::20]:
            seen.look(f"/admin/reader/annotation/{pk}/change/")
        seen.look("/d/address-january-2022/review/")
        assert seen.ran == []
