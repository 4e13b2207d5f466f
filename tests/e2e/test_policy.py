"""A strict policy that nobody offends, and hostile words that only show."""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request, expect

from tests.e2e.conftest import OpenBrowser, Site
from tests.e2e.story import SLUG, SPEECH

pytestmark = pytest.mark.browser

REF = "p52"
OWN = [
    "<style>body { display: none }",
    "<!-- never closed",
    "</div></article></section></main></form><h1>Outside</h1>",
    "\u202etxet desrever\u202c and \u202e never ended",
    '<b hx-get="/preview/?canary" hx-trigger="load">x</b>',
    '<p data-hx-get="/preview/?canary" data-hx-trigger="load">x</p>',
    '<div hx-ext="sse" sse-connect="/preview/?canary">x</div>',
    "<img src=/preview/?canary onerror=alert(1)>",
    "![x](/preview/?canary)",
    "[x](javascript:alert(1))",
]
# Kinds of trouble, each told by words that its payloads hold.
KINDS = (
    "<script", "onerror", "onfocus", "<svg", "<math", "<iframe", "<object", "<meta",
    "<link", "<base", "<template", "<noscript", "<textarea", "<title", "srcdoc", "javascript:",
    "data:text", "<form", "<video", "hx-",
)  # fmt: skip
CRAWL = [
    "/", SPEECH, f"{SPEECH}e/1/", f"{SPEECH}p34/", f"{SPEECH}map/", "/preferences/",
    "/people/timur/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/",
    "/accounts/settings/", "/accounts/erase/", "/nowhere/", "/a/2222222222222222222222/",
    "/admin/", "/admin/reader/queueitem/", "/admin/reader/decision/", "/admin/reader/document/",
    "/admin/reader/document/1/change/", "/admin/reader/annotation/", "/admin/reader/user/",
    "/search/",
]  # fmt: skip


def hostile() -> list[str]:
    """Return our own bodies and, where the collection is, one of each kind from it."""
    root = os.environ.get("POSTIL_CONFORMANCE")
    path = Path(root) / "xss.jsonl" if root else None
    if path is None or not path.exists():
        return OWN
    payloads = [json.loads(line)["payload"] for line in path.read_text("utf-8").splitlines()]
    short = [text for text in payloads if 10 < len(text) < 500]
    return OWN + [next(text for text in short if kind in text.lower()) for kind in KINDS]


def test_every_page_has_a_strict_policy(open_browser: OpenBrowser) -> None:
    # The fixture fails the test for every violation that the console reports.
    page = open_browser("admin").new_page()
    for path in CRAWL:
        answer = page.goto(path)
        assert answer
        assert answer.status in {200, 404}, path
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy, path
        assert "unsafe-inline" not in policy, path
        assert "unsafe-eval" not in policy, path


def _post(context: BrowserContext, bodies: list[str]) -> list[str]:
    """Write one comment a body through the form; return their addresses."""
    addresses = []
    page = context.new_page()
    page.goto(f"{SPEECH}{REF}/")
    token = page.locator("#annotate [name=csrfmiddlewaretoken]").input_value()
    for body in bodies:
        answer = context.request.post(
            f"/d/{SLUG}/annotations/",
            form={
                "csrfmiddlewaretoken": token,
                "ref": REF,
                "motivation": "commenting",
                "body": body,
                "visibility": "public",
            },
            headers={"Referer": page.url},
        )
        assert answer.status in {200, 422}, body
        if answer.ok:
            addresses.append(answer.url.split("#")[-1].removeprefix("a-"))
    page.close()
    return addresses


def _watch(context: BrowserContext, site: Site) -> list[str]:
    """Remember what must not happen: dialogs, requests that words asked for."""
    troubles: list[str] = []

    def hear(dialog: Dialog) -> None:
        troubles.append(dialog.message)
        dialog.dismiss()

    def see(request: Request) -> None:
        if "canary" in request.url or not request.url.startswith((site.url, "data:")):
            troubles.append(request.url)

    context.on("dialog", hear)
    context.on("request", see)
    return troubles


def _expect_whole(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_timeout(
        600
    )  # what words would start, they start now; the stream of news stays open
    assert page.locator("body").is_visible(), path
    assert page.locator(".body :is(script, style, iframe, form, img, svg)").count() == 0, path
    assert page.locator(".body [style], .body [id], .body [onerror]").count() == 0, path
    assert page.locator("h1", has_text="Outside").count() == 0, path


def test_hostile_words_only_show(open_browser: OpenBrowser, site: Site) -> None:
    author = open_browser("reviewer")
    uids = _post(author, [*hostile(), "The comment after them."])
    troubles = _watch(author, site)
    page = author.new_page()
    for path in (f"{SPEECH}{REF}/", SPEECH, "/people/reviewer/"):
        _expect_whole(page, path)
    for number in range(1, 4):
        page.goto(f"{SPEECH}{REF}/?sort=newest&page={number}")
    page.goto(f"{SPEECH}{REF}/?sort=newest")
    after = page.locator(".card", has_text="The comment after them.")
    expect(after.get_by_label("Reply to")).to_be_visible()
    expect(after.locator("form.reply-form")).to_have_attribute("method", "post")

    for uid in uids[:8]:
        page.goto(f"/a/{uid}/edit/")
        body = page.get_by_label("Your words")
        assert body.input_value() != ""
        page.get_by_role("button", name="Preview").click()
        expect(page.locator(".preview")).not_to_be_empty()
        assert page.locator(".preview :is(script, style, iframe, img, svg)").count() == 0
    assert troubles == []
    _expect_safe_queue(open_browser, site, uids[:8])


def _expect_safe_queue(open_browser: OpenBrowser, site: Site, uids: list[str]) -> None:
    site.run(
        "from django.utils import timezone; from reader.models import Annotation;"
        f"Annotation.objects.filter(uid__in={uids!r})"
        ".update(status='pending', attention_since=timezone.now())"
    )
    moderator = open_browser("moderator")
    troubles = _watch(moderator, site)
    page = moderator.new_page()
    _expect_whole(page, "/admin/reader/queueitem/?why=pending")
    assert page.get_by_role("article").count() >= len(uids)
    assert troubles == []
