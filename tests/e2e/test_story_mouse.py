"""The whole story, told with a mouse on a wide screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenBrowser
from tests.e2e.story import (
    SPEECH,
    Story,
    card,
    drag,
    expect_gone,
    expect_marked,
    expect_reason,
    toolbar,
    uid_of,
)

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
STORY = Story("mouse", "p46", "public order", "p47", "Despite provocations")


def test_the_whole_story(open_browser: OpenBrowser) -> None:
    reader = open_browser("reader", viewport=WIDE).new_page()
    reviewer = open_browser("reviewer", viewport=WIDE).new_page()
    moderator = open_browser("moderator", viewport=WIDE).new_page()
    stranger = open_browser(viewport=WIDE)

    _comment(reader)
    uid = uid_of(reader, STORY.comment)
    _reply(reviewer)
    _edit(reader)
    _report(reviewer)
    _deny(moderator)
    expect_gone(stranger, STORY, uid)
    expect_reason(reader, STORY, uid)


def _comment(page: Page) -> None:
    page.goto(SPEECH)
    expect(page.locator(".block-paragraph")).to_have_count(53)
    drag(page, STORY)
    toolbar(page).get_by_role("button", name="Comment").click()
    composer = page.locator(".composer")
    expect(composer.locator(".selected-quote")).to_contain_text(STORY.last_words)
    expect(composer.get_by_label("Your words")).to_be_focused()
    page.keyboard.type(STORY.comment)
    composer.get_by_role("combobox", name="Tags").click()
    page.keyboard.type(STORY.tag)
    composer.get_by_role("button", name="Post comment").click()
    expect(card(page, STORY.comment).get_by_role("list", name="Tags")).to_have_text(STORY.tag)
    expect_marked(page, STORY)


def _reply(page: Page) -> None:
    page.goto(SPEECH)
    page.locator(f"#{STORY.last_ref} mark").first.click()
    root = card(page, STORY.comment)
    expect(root).to_be_focused()
    root.get_by_role("link", name="Reply").click()
    root.get_by_label("Reply to Dana").click()
    page.keyboard.type(STORY.reply)
    root.get_by_role("button", name="Post reply").click()
    expect(root.get_by_role("list", name="Replies")).to_contain_text(STORY.reply)


def _edit(page: Page) -> None:
    page.goto(SPEECH)
    root = card(page, STORY.comment)
    root.get_by_role("link", name="1 reply").click()
    expect(root).to_contain_text(STORY.reply)
    root.get_by_role("link", name="Edit").click()
    root.get_by_label("Your words").click(click_count=3)  # selects the line
    page.keyboard.type(STORY.edited)
    root.get_by_role("button", name="Save the changes").click()
    edited = card(page, STORY.edited)
    edited.get_by_role("link", name="edited").click()
    expect(page.get_by_role("heading", name="Earlier wordings")).to_be_visible()
    expect(page.locator(".versions")).to_contain_text(STORY.edited)
    expect(page.locator(".versions")).to_contain_text(STORY.comment)


def _report(page: Page) -> None:
    page.goto(SPEECH)
    root = card(page, STORY.edited)
    root.get_by_role("link", name="1 reply").click()
    root.locator("summary").first.click()
    root.get_by_role("link", name="Report").click()
    root.get_by_label("Not about this text").click()
    root.get_by_label("Anything the moderators should know").click()
    page.keyboard.type("It does not ask about the text.")
    root.get_by_role("button", name="Report to the moderators").click()
    expect(page.get_by_role("status")).to_contain_text("moderators")


def _deny(page: Page) -> None:
    page.goto(SPEECH)
    page.get_by_role("button", name="Saule").click()
    page.get_by_role("link", name="Moderation").click()
    page.get_by_role("link", name="reported by readers").click()
    case = page.get_by_role("article").filter(has_text=STORY.edited)
    expect(case).to_contain_text("It does not ask about the text.")
    expect(case.locator(".case-passage mark")).to_contain_text(STORY.last_words)
    case.get_by_text("Deny…").click()
    case.get_by_label("Reason, which its author will see").select_option("off_topic")
    case.get_by_label("Words to the author").click()
    page.keyboard.type(STORY.reason)
    case.get_by_role("button", name="Deny it").click()
    expect(case).to_have_count(0)
    expect(page.get_by_role("form", name="Your last act")).to_contain_text("Not about this text")
