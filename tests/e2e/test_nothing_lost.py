"""Words survive what goes wrong between writing and saving, and none is left behind for others."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from reader.actions.demo import PASSWORD
from tests.e2e.conftest import OpenBrowser
from tests.e2e.story import SPEECH, Story, card, drag, toolbar

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
POSTS = "**/annotations/"
STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
PASSAGE = Story("draft", "p50", "All the demands", "p50", "peaceful terms")


def _write(page: Page, words: str) -> None:
    """Open the composer on the passage and write, without sending."""
    page.goto(SPEECH)
    drag(page, PASSAGE)
    toolbar(page).get_by_role("button", name="Comment").click()
    expect(page.locator(".composer").get_by_label("Your words")).to_be_focused()
    page.keyboard.type(words)


def _send(page: Page) -> None:
    page.locator(".composer").get_by_role("button", name="Post comment").click()


def _expect_words(page: Page, words: str) -> None:
    expect(page.locator(".composer").get_by_label("Your words")).to_have_value(words)


def _remove_draft(page: Page) -> None:
    page.locator(".composer").get_by_role("button", name="Cancel").click()


def test_the_server_is_away(open_browser: OpenBrowser) -> None:
    page = open_browser("reader", viewport=WIDE).new_page()
    _write(page, "Written while the line was down.")
    page.route(POSTS, lambda route: route.abort())
    _send(page)
    expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    _expect_words(page, "Written while the line was down.")
    page.reload()
    _expect_words(page, "Written while the line was down.")
    page.unroute(POSTS)
    _send(page)
    expect(card(page, "Written while the line was down.")).to_have_count(1)
    expect(page.locator(".composer")).to_have_count(0)


def test_the_server_fails(open_browser: OpenBrowser) -> None:
    page = open_browser("reader", viewport=WIDE).new_page()
    _write(page, "Written before the failure.")
    page.route(POSTS, lambda route: route.fulfill(status=500, body="broken"))
    _send(page)
    expect(page.get_by_role("alert")).to_contain_text("went wrong")
    _expect_words(page, "Written before the failure.")
    page.unroute(POSTS)
    _send(page)
    expect(card(page, "Written before the failure.")).to_have_count(1)


def test_the_sign_in_has_expired(open_browser: OpenBrowser) -> None:
    context = open_browser("reader", viewport=WIDE)
    page = context.new_page()
    _write(page, "Written by somebody signed out.")
    context.clear_cookies(name="sessionid")
    _send(page)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("signed out")
    alert.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username or e-mail").fill("reader")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    _expect_words(page, "Written by somebody signed out.")
    _send(page)
    expect(card(page, "Written by somebody signed out.")).to_have_count(1)


def test_the_tab_is_closed(open_browser: OpenBrowser) -> None:
    context = open_browser("reader", viewport=WIDE)
    page = context.new_page()
    _write(page, "Half a thought")
    page.close(run_before_unload=True)
    again = context.new_page()
    again.goto(SPEECH)
    _expect_words(again, "Half a thought")
    _remove_draft(again)
    again.reload()
    expect(again.locator(".composer")).to_have_count(0)


def test_a_double_click_makes_one(open_browser: OpenBrowser) -> None:
    page = open_browser("reader", viewport=WIDE).new_page()
    _write(page, "Sent by two clicks.")
    page.locator(".composer").get_by_role("button", name="Post comment").dblclick()
    expect(card(page, "Sent by two clicks.")).to_have_count(1)
    # The reader's page shows a paragraph's first few threads; its own page shows all of them.
    page.goto(f"{SPEECH}{PASSAGE.first_ref}/")
    expect(card(page, "Sent by two clicks.")).to_have_count(1)


def test_two_tabs_do_not_overwrite_each_other(open_browser: OpenBrowser) -> None:
    context = open_browser("reader", viewport=WIDE)
    page = context.new_page()
    _write(page, "As first written, to edit twice.")
    _send(page)
    uid = card(page, "As first written, to edit twice.").get_attribute("data-uid")
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto(f"/a/{uid}/edit/")
    _save(first, "What the first tab says.")
    expect(first.locator("main")).to_contain_text("What the first tab says.")
    _save(second, "What the second tab says.")
    expect(second.get_by_role("heading", name="Saved meanwhile")).to_be_visible()
    expect(second.locator(".theirs")).to_contain_text("What the first tab says.")
    expect(second.get_by_label("Your words")).to_have_value("What the second tab says.")
    second.get_by_role("button", name="Save mine instead").click()
    second.wait_for_url(lambda url: "/edit/" not in url)
    second.goto(f"/a/{uid}/history/")
    expect(second.locator(".versions")).to_contain_text("What the first tab says.")
    expect(second.locator(".versions")).to_contain_text("What the second tab says.")


def _save(page: Page, words: str) -> None:
    page.get_by_label("Your words").fill(words)
    page.get_by_role("button", name="Save the changes").click()


def test_signing_out_leaves_nothing(open_browser: OpenBrowser) -> None:
    context = open_browser("reader", own_session=True, viewport=WIDE)
    page = context.new_page()
    _write(page, "A private thought.")
    page.locator(".composer").get_by_label("Only me").check()
    _send(page)
    expect(card(page, "A private thought.")).to_have_count(1)
    _write(page, "A thought never sent.")
    page.wait_for_timeout(600)  # drafts are kept a moment after the last key
    assert "never sent" in page.evaluate(STORED)

    _sign_out(page)
    assert "thought" not in page.evaluate(STORED)
    page.go_back()
    expect(page.locator(".block-paragraph")).to_have_count(53)
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert "A private thought." not in page.content()
    assert "never sent" not in page.content()
    _expect_no_private_words(context)


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="Dana").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def _expect_no_private_words(context: BrowserContext) -> None:
    page = context.new_page()
    for path in (SPEECH, f"{SPEECH}p50/", "/people/reader/"):
        page.goto(path)
        assert "A private thought." not in page.content()
    assert "thought" not in page.evaluate(STORED)
