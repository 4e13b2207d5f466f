"""The whole story, told with the keyboard alone: nothing here clicks, fills or scrolls."""

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
    uid_of,
)

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
STORY = Story("keyboard", "p1", "Dear compatriots,", "p2", "The anti-terrorist operation")
IS_FOCUSED = "element => element === document.activeElement"


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


def _go_to(page: Page, target: Locator, *, by: str = "Tab", at_most: int = 40) -> None:
    """Press a key until the target has the focus."""
    expect(target).to_be_visible()
    for _press in range(at_most):
        if target.evaluate(IS_FOCUSED):
            return
        page.keyboard.press(by)
    raise AssertionError(f"{at_most} times {by} do not lead to {target}")


def _open_thread(page: Page, words: str) -> Locator:
    """From the text to the thread with these words, and into it."""
    page.goto(SPEECH)
    page.keyboard.press("j")
    page.keyboard.press("o")
    root = card(page, words)
    _go_to(page, root, by="n")
    opener = root.locator(".replies-link")
    _go_to(page, opener)
    page.keyboard.press("Enter")
    expect(root.get_by_label("Reply to Dana")).to_be_visible()
    expect(root).to_be_focused()
    return root


def _comment(page: Page) -> None:
    page.goto(SPEECH)
    expect(page.locator(".block-paragraph")).to_have_count(53)
    announcer = page.locator("#announcer")
    page.keyboard.press("j")
    expect(announcer).to_have_text(f"Paragraph 1. {STORY.first_words}")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(announcer).to_have_text(f"Paragraph 1. {STORY.first_words}")
    page.keyboard.press("J")
    page.keyboard.press("J")
    page.keyboard.press("K")
    expect(announcer).to_contain_text("Selected: Dear compatriots,")
    expect(announcer).to_contain_text("operation continues in our country.")
    page.keyboard.press("c")
    composer = page.locator(".composer")
    expect(composer.get_by_label("Your words")).to_be_focused()
    page.keyboard.type(STORY.comment)
    _go_to(page, composer.get_by_role("combobox", name="Tags"))
    page.keyboard.type(STORY.tag)
    _go_to(page, composer.get_by_role("button", name="Post comment"))
    page.keyboard.press("Enter")
    posted = card(page, STORY.comment)
    expect(posted.get_by_role("list", name="Tags")).to_have_text(STORY.tag)
    expect(posted).to_be_focused()
    expect_marked(page, STORY)


def _reply(page: Page) -> None:
    root = _open_thread(page, STORY.comment)
    _go_to(page, root.get_by_label("Reply to Dana"))
    page.keyboard.type(STORY.reply)
    _go_to(page, root.get_by_role("button", name="Post reply"))
    page.keyboard.press("Enter")
    answer = root.get_by_role("list", name="Replies").get_by_role("listitem")
    expect(answer).to_contain_text(STORY.reply)
    expect(answer.first).to_be_focused()


def _edit(page: Page) -> None:
    root = _open_thread(page, STORY.comment)
    _go_to(page, root.get_by_role("link", name="Edit"))
    page.keyboard.press("Enter")
    words = root.get_by_label("Your words")
    _go_to(page, words)
    page.keyboard.press("Control+a")
    page.keyboard.type(STORY.edited)
    _go_to(page, root.get_by_role("button", name="Save the changes"))
    page.keyboard.press("Enter")
    edited = card(page, STORY.edited)
    expect(edited).to_be_focused()
    _go_to(page, edited.get_by_role("link", name="edited"))
    page.keyboard.press("Enter")
    expect(page.locator(".versions")).to_contain_text(STORY.edited)
    expect(page.locator(".versions")).to_contain_text(STORY.comment)


def _report(page: Page) -> None:
    root = _open_thread(page, STORY.edited)
    _go_to(page, root.locator("summary").first)
    page.keyboard.press("Enter")
    _go_to(page, root.get_by_role("link", name="Report"))
    page.keyboard.press("Enter")
    _go_to(page, root.get_by_label("Spam or advertising"))
    off_topic = root.get_by_label("Not about this text")
    _go_to(page, off_topic, by="ArrowDown")
    expect(off_topic).to_be_checked()
    _go_to(page, root.get_by_role("button", name="Report to the moderators"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("moderators")


def _deny(page: Page) -> None:
    page.goto("/")
    _go_to(page, page.get_by_role("button", name="Saule"))
    page.keyboard.press("Enter")
    _go_to(page, page.get_by_role("link", name="Moderation"))
    page.keyboard.press("Enter")
    _go_to(page, page.get_by_role("link", name="reported by readers"))
    page.keyboard.press("Enter")
    case = page.get_by_role("article").filter(has_text=STORY.edited)
    _go_to(page, case.get_by_text("Deny…"), at_most=100)
    page.keyboard.press("Enter")
    reason = case.get_by_label("Reason, which its author will see")
    _go_to(page, reason)
    page.keyboard.type("Not about")
    expect(reason.locator("option:checked")).to_contain_text("Not about this text")
    _go_to(page, case.get_by_label("Words to the author"))
    page.keyboard.type(STORY.reason)
    _go_to(page, case.get_by_role("button", name="Deny it"))
    page.keyboard.press("Enter")
    expect(case).to_have_count(0)
