"""The whole story, told with ordinary forms and links: the browser runs no script."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenBrowser
from tests.e2e.story import (
    SPEECH,
    Story,
    card,
    expect_gone,
    expect_marked,
    expect_reason,
    uid_of,
)

pytestmark = pytest.mark.browser

STORY = Story("scriptless", "p48", "civic consciousness.", "p49", "I thank the residents")


def test_the_whole_story(open_browser: OpenBrowser) -> None:
    reader = open_browser("reader", java_script_enabled=False).new_page()
    reviewer = open_browser("reviewer", java_script_enabled=False).new_page()
    moderator = open_browser("moderator", java_script_enabled=False).new_page()
    stranger = open_browser(java_script_enabled=False)

    _comment(reader)
    uid = uid_of(reader, STORY.comment)
    _reply(reviewer)
    _edit(reader, uid)
    _report(reviewer)
    _deny(moderator)
    expect_gone(stranger, STORY, uid)
    expect_reason(reader, STORY, uid)


def _comment(page: Page) -> None:
    page.goto(SPEECH)
    expect(page.locator(".block-paragraph")).to_have_count(53)
    opener = page.locator("#p48 summary")
    expect(opener).to_have_text("Annotate paragraph 48")
    opener.click()
    form = page.locator("#p48 form.annotate")
    # What copying out of both paragraphs gives.
    form.get_by_label("Words of the paragraph").fill(f"{STORY.first_words}\n\n{STORY.last_words}")
    form.get_by_label("Your words").fill(STORY.comment)
    form.get_by_label("Tags").fill(STORY.tag)
    form.get_by_role("button").click()
    expect(card(page, STORY.comment).get_by_role("list", name="Tags")).to_have_text(STORY.tag)
    page.goto(SPEECH)
    expect_marked(page, STORY)


def _reply(page: Page) -> None:
    page.goto(SPEECH)
    page.locator(f"#{STORY.first_ref} a.number").click()
    root = card(page, STORY.comment)
    root.get_by_label("Reply to Dana").fill(STORY.reply)
    root.get_by_role("button", name="Post reply").click()
    expect(card(page, STORY.comment)).to_contain_text(STORY.reply)


def _edit(page: Page, uid: str) -> None:
    page.goto(f"/a/{uid}/")
    root = card(page, STORY.comment)
    expect(root).to_contain_text(STORY.reply)
    root.get_by_role("link", name="Edit").click()
    page.get_by_label("Your words").fill(STORY.edited)
    page.get_by_role("button", name="Save the changes").click()
    card(page, STORY.edited).get_by_role("link", name="edited").click()
    expect(page.locator(".versions")).to_contain_text(STORY.edited)
    expect(page.locator(".versions")).to_contain_text(STORY.comment)


def _report(page: Page) -> None:
    page.goto(f"{SPEECH}{STORY.first_ref}/")
    root = card(page, STORY.edited)
    root.locator("summary").first.click()
    root.get_by_role("link", name="Report").click()
    page.get_by_label("Not about this text").check()
    page.get_by_role("button", name="Report to the moderators").click()
    expect(page.get_by_role("status")).to_contain_text("moderators")


def _deny(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="reported by readers").click()
    case = page.get_by_role("article").filter(has_text=STORY.edited)
    case.get_by_text("Deny…").click()
    case.get_by_label("Reason, which its author will see").select_option("off_topic")
    case.get_by_label("Words to the author").fill(STORY.reason)
    case.get_by_role("button", name="Deny it").click()
    expect(case).to_have_count(0)
