"""The whole story, told with a finger on a screen of 390 px, where threads open in a sheet."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import OpenBrowser
from tests.e2e.story import (
    SPEECH,
    Story,
    card,
    expect_gone,
    expect_marked,
    expect_reason,
    toolbar,
    uid_of,
)

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
STORY = Story("phone", "p40", "inflammatory appeals.", "p41", "If such materials appear")

# A long press selects one word at most, and the handles that widen the selection belong to the
# phone's own system, which a test has not. So the selection is made by script; the page hears of
# it as of any other, by selectionchange.
SELECT = """([firstRef, firstWords, lastRef, lastWords]) => {
  const place = (ref, words, isEnd) => {
    const prose = document.querySelector(`#${ref} .prose`);
    let offset = prose.textContent.indexOf(words) + (isEnd ? words.length : 0);
    const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); offset -= node.length)
      if (offset <= node.length) return [node, offset];
  };
  getSelection().setBaseAndExtent(
    ...place(firstRef, firstWords, false), ...place(lastRef, lastWords, true));
}"""


def test_the_whole_story(open_browser: OpenBrowser) -> None:
    reader = open_browser("reader", **PHONE).new_page()
    reviewer = open_browser("reviewer", **PHONE).new_page()
    moderator = open_browser("moderator", **PHONE).new_page()
    stranger = open_browser(**PHONE)

    _comment(reader)
    uid = uid_of(reader, STORY.comment)
    _reply(reviewer)
    _edit(reader)
    _report(reviewer)
    _deny(moderator)
    expect_gone(stranger, STORY, uid)
    expect_reason(reader, STORY, uid)


def _expect_to_fit(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def _comment(page: Page) -> None:
    page.goto(SPEECH)
    expect(page.locator(".block-paragraph")).to_have_count(53)
    _expect_to_fit(page)
    page.locator("#p40").scroll_into_view_if_needed()
    page.evaluate(SELECT, [STORY.first_ref, STORY.first_words, STORY.last_ref, STORY.last_words])
    toolbar(page).get_by_role("button", name="Comment").tap()
    sheet = page.get_by_role("dialog")
    words = sheet.get_by_label("Your words")
    expect(words).to_be_focused()
    page.keyboard.type(STORY.comment)
    sheet.get_by_role("combobox", name="Tags").tap()
    page.keyboard.type(STORY.tag)
    sheet.get_by_role("button", name="Post comment").tap()
    posted = card(page, STORY.comment)
    expect(posted.get_by_role("list", name="Tags")).to_have_text(STORY.tag)
    expect(posted).to_be_visible()
    _expect_to_fit(page)
    sheet.get_by_role("button", name="Close").tap()
    expect_marked(page, STORY)


def _open_thread(page: Page, words: str) -> Locator:
    """Tap the passage, then the thread in the sheet."""
    page.goto(SPEECH)
    page.locator("#p41 a.count, #p40 a.count").first.tap()
    root = page.get_by_role("dialog").locator(card(page, words))
    root.locator(".replies-link").tap()
    expect(root.get_by_label("Reply to Dana")).to_be_visible()
    return root


def _reply(page: Page) -> None:
    root = _open_thread(page, STORY.comment)
    root.get_by_label("Reply to Dana").tap()
    page.keyboard.type(STORY.reply)
    root.get_by_role("button", name="Post reply").tap()
    expect(root.get_by_role("list", name="Replies")).to_contain_text(STORY.reply)
    _expect_to_fit(page)


def _edit(page: Page) -> None:
    root = _open_thread(page, STORY.comment)
    root.get_by_role("link", name="Edit").tap()
    root.get_by_label("Your words").tap()
    page.keyboard.press("Control+a")
    page.keyboard.type(STORY.edited)
    root.get_by_role("button", name="Save the changes").tap()
    card(page, STORY.edited).get_by_role("link", name="edited").tap()
    expect(page.locator(".versions")).to_contain_text(STORY.edited)
    expect(page.locator(".versions")).to_contain_text(STORY.comment)


def _report(page: Page) -> None:
    root = _open_thread(page, STORY.edited)
    root.locator("summary").first.tap()
    root.get_by_role("link", name="Report").tap()
    root.get_by_label("Not about this text").tap()
    root.get_by_role("button", name="Report to the moderators").tap()
    expect(page.get_by_role("status")).to_contain_text("moderators")


def _deny(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="reported by readers").tap()
    case = page.get_by_role("article").filter(has_text=STORY.edited)
    case.get_by_text("Deny…").tap()
    _expect_to_fit(page)
    case.get_by_label("Reason, which its author will see").select_option("off_topic")
    case.get_by_label("Words to the author").tap()
    page.keyboard.type(STORY.reason)
    case.get_by_role("button", name="Deny it").tap()
    expect(case).to_have_count(0)
