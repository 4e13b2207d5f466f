"""The official Hypothesis client, unmodified, on Postil's own pages and on another site's."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page, expect

from reader.actions.demo import PASSWORD
from tests.e2e.conftest import PATIENCE, ROOT, Site, running_demo
from tests.serving import free_port

pytestmark = pytest.mark.browser
CACHE = Path(
    os.environ.get("POSTIL_TEST_HYPOTHESIS_CLIENT")
    or Path.home() / ".cache" / "postil" / "hypothesis-client"
)
ATTEMPTS = 4


@pytest.fixture(scope="module")
def client_files() -> Path:
    """The client's files, fetched once per machine. Under CI their absence is a failure."""
    command = [sys.executable, "manage.py", "fetch_hypothesis_client"]
    surroundings = {**os.environ, "POSTIL_HYPOTHESIS_CLIENT_DIR": str(CACHE)}
    done = subprocess.run(  # noqa: S603 -- our own command
        command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        if os.environ.get("CI"):
            pytest.fail(done.stderr)
        pytest.skip(f"the Hypothesis client cannot be fetched: {done.stderr}")
    return CACHE


@pytest.fixture(scope="module")
def host_port() -> int:
    """The port of another site."""
    return free_port()


@pytest.fixture(scope="module")
def site(
    client_files: Path, host_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A demo site that offers the client, and lets another origin show it."""
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("POSTIL_HYPOTHESIS_CLIENT", "1")
        surroundings.setenv("POSTIL_HYPOTHESIS_CLIENT_DIR", str(client_files))
        surroundings.setenv("POSTIL_EMBED_ORIGINS", f"http://localhost:{host_port}")
        surroundings.setenv("POSTIL_API_WRITES_PER_MINUTE", "5000")
        with running_demo(tmp_path_factory.mktemp("site")) as running:
            yield running


@contextmanager
def profile(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """Open a fresh browser profile in which no policy is violated and no script fails."""
    troubles: list[str] = []
    with browser.new_context(base_url=site.url, viewport={"width": 1400, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on(
            "console",
            lambda message: (
                troubles.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )
        yield context
    assert troubles == []


def booted(page: Page, address: str) -> Frame:
    """Open a page, wait for its highlights, open the sidebar and return it."""
    page.goto(address)
    page.locator("hypothesis-highlight").first.wait_for(state="attached", timeout=PATIENCE)
    frame = next(frame for frame in page.frames if "/app.html" in frame.url)
    page.locator("hypothesis-sidebar").get_by_role("button", name="Annotation sidebar").click()
    frame.get_by_role("tab", name="Annotations").wait_for()
    return frame


def signed_in(page: Page, sidebar: Frame, username: str) -> None:
    """Sign in through the window that the sidebar opens."""
    with page.expect_popup() as opening:
        sidebar.get_by_text("Log in", exact=True).click()
    window = opening.value
    window.get_by_label("Username or e-mail").fill(username)
    window.get_by_label("Password", exact=True).fill(PASSWORD)
    window.get_by_role("button", name="Sign in").click()
    # The client asks for the person's groups and annotations anew, and writes nothing before.
    with (
        page.expect_response("**/api/groups*"),
        page.expect_response("**/api/search*"),
    ):
        window.locator("button[value=allow]").click()
    expect(sidebar.get_by_text("Log in", exact=True)).to_have_count(0)
    sidebar.locator("article").first.wait_for()
    settle(page)


def settle(page: Page) -> None:
    """Wait until the highlights have been drawn anew: nothing in the text changes any more."""
    page.evaluate(
        """() => new Promise(done => {
            const text = document.querySelector('#text');
            let timer = setTimeout(finish, 1000);
            const watching = new MutationObserver(() => {
                clearTimeout(timer);
                timer = setTimeout(finish, 1000);
            });
            watching.observe(text, {childList: true, subtree: true});
            function finish() { watching.disconnect(); done(); }
        })"""
    )


def select(page: Page, block: str, words: str) -> None:
    """Select words of a paragraph, as a mouse does."""
    page.evaluate(
        """([block, words]) => {
            const root = document.querySelector(block);
            const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const at = node.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + words.length);
                node.parentElement.scrollIntoView({block: 'center'});
                getSelection().removeAllRanges();
                getSelection().addRange(range);
                document.body.dispatchEvent(new MouseEvent('mouseup', {bubbles: true}));
                return;
            }
            throw new Error('these words are not there');
        }""",
        [block, words],
    )


def adder(page: Page, words: str, name: str, done: Callable[[], bool]) -> None:
    """Select words, and press a button of the small bar that stands there, until it is done.

    The client draws highlights when it likes, and drops the selection under a hand that is slow: a
    person selects again, and so does this.
    """
    for _ in range(ATTEMPTS):
        select(page, "#text", words)
        page.locator("hypothesis-adder button").filter(has_text=name).first.click()
        deadline = time.monotonic() + PATIENCE / 1000 / ATTEMPTS
        while time.monotonic() < deadline:
            if done():
                return
            page.wait_for_timeout(100)
    raise AssertionError(f"{name} did nothing in {ATTEMPTS} attempts")


def card(sidebar: Frame, text: str) -> Locator:
    """Return the card that holds this text."""
    return sidebar.locator("article").filter(has_text=text).first


def stored(site: Site, text: str) -> Any:
    """Return what the database holds of the annotations with this text that were not deleted."""
    return json.loads(
        site.run(
            "import json\n"
            "from reader.models import Annotation\n"
            f"rows = Annotation.objects.filter(body={text!r}, deleted_at=None)\n"
            "names = ('uid', 'exact', 'visibility', 'status', 'author__username', 'parent__body')\n"
            "print(json.dumps(list(rows.values(*names))))"
        )
    )


def post(sidebar: Frame, text: str) -> None:
    """Write into the form that is open in the sidebar, and send it."""
    sidebar.locator("textarea").fill(text)
    sidebar.get_by_role("button", name="Post").first.click()
    expect(sidebar.locator("textarea")).to_have_count(0)
    # The client draws only the cards in view, and saving has put this one among its neighbours.
    sidebar.evaluate("document.querySelector('.js-thread-list-scroll-root').scrollTo(0, 0)")
    card(sidebar, text).wait_for()


def comment(page: Page, sidebar: Frame, words: str, text: str) -> None:
    """Select words, and write a comment on them."""
    adder(page, words, "Annotate", sidebar.locator("textarea").is_visible)
    post(sidebar, text)


def shown_to(context: BrowserContext, address: str) -> str:
    """Return the text of one of Postil's own pages, as it is now."""
    page = context.new_page()
    page.goto(address)
    text = page.locator("main").inner_text()
    page.close()
    return text


def test_public_annotations_are_shown_on_their_words(browser: Browser, site: Site) -> None:
    with profile(browser, site) as context:
        page = context.new_page()
        sidebar = booted(page, site.speech)
        quotes = sidebar.locator("blockquote").all_inner_texts()
        marked = page.evaluate(
            "[...document.querySelectorAll('hypothesis-highlight')]"
            ".map(mark => mark.textContent).join('')"
        )
        assert len(quotes) > 5
        for quote in quotes[:10]:
            assert "".join(quote.split()) in "".join(marked.split())


def test_somebody_signs_in_writes_changes_answers_and_takes_back(
    browser: Browser, site: Site
) -> None:
    with profile(browser, site) as context, profile(browser, site) as strangers:
        page = context.new_page()
        sidebar = booted(page, site.speech)
        signed_in(page, sidebar, "reader")
        comment(page, sidebar, "Dear compatriots", "By the client")
        [row] = stored(site, "By the client")
        assert (row["exact"], row["visibility"]) == ("Dear compatriots", "public")

        card(sidebar, "By the client").get_by_role("button", name="Edit").click()
        post(sidebar, "Changed by the client")
        assert [one["uid"] for one in stored(site, "Changed by the client")] == [row["uid"]]

        card(sidebar, "Changed by the client").get_by_role("button", name="Reply").first.click()
        sidebar.locator("textarea").fill("An answer by the client")
        sidebar.get_by_role("button", name="Post").first.click()
        expect(sidebar.locator("textarea")).to_have_count(0)
        [answer] = stored(site, "An answer by the client")
        assert answer["parent__body"] == "Changed by the client"
        thread = shown_to(strangers, f"{site.speech}p1/")
        assert "Changed by the client" in thread
        assert "An answer by the client" in thread

        card(sidebar, "Changed by the client").get_by_role("button", name="Delete").click()
        sidebar.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(sidebar.get_by_text("Changed by the client")).to_have_count(0)
        assert stored(site, "Changed by the client") == []
        assert "Changed by the client" not in shown_to(strangers, f"{site.speech}p1/")


def test_a_highlight_and_a_note_for_oneself(browser: Browser, site: Site) -> None:
    with profile(browser, site) as context, profile(browser, site) as strangers:
        page = context.new_page()
        sidebar = booted(page, site.speech)
        signed_in(page, sidebar, "reader")
        before = page.locator("hypothesis-highlight").count()
        saved: list[int] = []
        page.on(
            "response",
            lambda answer: (
                saved.append(answer.status) if answer.url.endswith("/api/annotations") else None
            ),
        )
        adder(page, "lessons", "Highlight", lambda: bool(saved))
        assert saved == [200]
        expect(page.locator("hypothesis-highlight")).to_have_count(before + 1)
        made = site.run(
            "from reader.models import Annotation\n"
            "last = Annotation.objects.order_by('-pk')[0]\n"
            "print(last.motivation, last.visibility, last.exact, last.author.username)"
        )
        assert made.split() == ["highlighting", "private", "lessons", "reader"]

        adder(page, "Dear compatriots", "Annotate", sidebar.locator("textarea").is_visible)
        sidebar.locator("textarea").fill("For my eyes")
        sidebar.locator("button[aria-haspopup]").last.click()
        sidebar.get_by_role("menuitemradio", name="Only Me").click()
        post(sidebar, "For my eyes")
        assert [one["visibility"] for one in stored(site, "For my eyes")] == ["private"]
        assert "For my eyes" not in shown_to(strangers, f"{site.speech}p1/")

        sidebar.get_by_role("button", name="Dana (demo reader)").click()
        sidebar.get_by_role("menuitem", name="Log out").click()
        expect(sidebar.get_by_text("Log in", exact=True)).to_be_visible()
        expect(sidebar.get_by_text("For my eyes")).to_have_count(0)
        ended = site.run(
            "from reader.models import OAuthGrant\n"
            "print(OAuthGrant.objects.filter(user__username='reader').order_by('-pk')[0].revoked_at)"
        )
        assert ended.strip() != "None"


def test_what_others_do_is_seen_at_once_and_moderators_decide(browser: Browser, site: Site) -> None:
    with (
        profile(browser, site) as context,
        profile(browser, site) as elsewhere,
        profile(browser, site) as desk,
    ):
        page = context.new_page()
        sidebar = booted(page, site.speech)
        signed_in(page, sidebar, "reader")
        other = elsewhere.new_page()
        writer = booted(other, site.speech)
        signed_in(other, writer, "reviewer")
        comment(other, writer, "Dear compatriots", "News from elsewhere")
        news = sidebar.get_by_role("button", name="update")
        expect(news).to_be_visible()
        news.click()
        written = card(sidebar, "News from elsewhere")
        with page.expect_response("**/flag"):
            written.get_by_role("button", name="Report this annotation").click()
        flags = site.run(
            "from reader.models import Flag\n"
            "print(Flag.objects.filter(annotation__body='News from elsewhere').count())"
        )
        assert flags.strip() == "1"

        third = desk.new_page()
        moderating = booted(third, site.speech)
        signed_in(third, moderating, "moderator")
        flagged = card(moderating, "News from elsewhere")
        with third.expect_response("**/moderation"):
            flagged.get_by_label("Moderation status").click()
            moderating.get_by_role("option", name="Declined").click()
        assert [one["status"] for one in stored(site, "News from elsewhere")] == ["denied"]
        expect(news).to_be_visible()
        news.click()
        expect(sidebar.get_by_text("News from elsewhere")).to_have_count(0)


@contextmanager
def another_site(port: int, body: str) -> Iterator[str]:
    """Serve one page at an origin of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode() if self.path == "/" else b"")

        def log_message(self, *_words: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_page_of_another_origin_is_annotated(
    browser: Browser, site: Site, host_port: int
) -> None:
    text = site.run(
        "from reader.models import Block\n"
        "from reader.models import Document\n"
        "edition = Document.objects.get(slug='address-january-2022').current_edition\n"
        "rows = Block.objects.filter(edition=edition)\n"
        "from html import escape\n"
        "print(''.join(f'<p>{escape(row.text)}</p>' for row in rows.order_by('start')))"
    )
    with profile(browser, site) as context:
        own = context.new_page()
        own.goto(site.speech)
        config = own.locator("script.js-hypothesis-config").inner_text()
        own.close()
        html = (
            f'<!doctype html><title>Copy</title><link rel="canonical" href="{site.speech}">'
            f'<script class="js-hypothesis-config" type="application/json">{config}</script>'
            f'<script src="{site.url}/embed.js" async></script><main id="text">{text}</main>'
        )
        with another_site(host_port, html) as address:
            page = context.new_page()
            sidebar = booted(page, address)
            signed_in(page, sidebar, "reader")
            comment(page, sidebar, "Dear compatriots", "From another site")
            [row] = stored(site, "From another site")
            assert row["exact"] == "Dear compatriots"
            page.close()
