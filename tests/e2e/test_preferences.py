"""How somebody likes to read stays so, and times are told in the reader's own zone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenBrowser
from tests.e2e.story import SPEECH

pytestmark = pytest.mark.browser


def _expect_chosen(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-face", "sans")


def test_choices_hold_at_once_and_after_a_reload(open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    page.goto(SPEECH)
    page.get_by_role("button", name="Reading preferences").click()
    menu = page.locator("#reading-preferences")
    for name, value in (("theme", "dark"), ("face", "sans"), ("size", "xl")):
        with page.expect_response("**/preferences/"):
            menu.locator(f"label:has([name={name}][value={value}])").click()
    _expect_chosen(page)
    page.reload()
    _expect_chosen(page)
    expect(page.locator("html")).to_have_attribute("data-size", "xl")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.goto("/")
    _expect_chosen(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper


def test_choices_hold_without_javascript(open_browser: OpenBrowser) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto("/preferences/")
    for name, value in (("theme", "dark"), ("face", "sans")):
        page.locator(f"main label:has([name={name}][value={value}])").click()
    page.locator("main").get_by_role("button", name="Use these").click()
    page.goto(SPEECH)
    _expect_chosen(page)
    page.reload()
    _expect_chosen(page)


def test_times_are_in_the_zone_of_the_browser(open_browser: OpenBrowser) -> None:
    shown = {}
    for zone in ("Asia/Almaty", "America/Lima"):
        page = open_browser(timezone_id=zone).new_page()
        page.goto(SPEECH)  # it tells the server the zone
        page.reload()
        stamp = page.locator(".card time").first
        shown[zone] = stamp.get_attribute("datetime") or ""
        expect(stamp).to_have_attribute("title", page.evaluate(CLOCK, shown[zone]))
    assert shown["Asia/Almaty"].endswith("+05:00")
    assert shown["America/Lima"].endswith("-05:00")


# The browser's own idea of that moment, written as the page writes it.
CLOCK = """(stamp) => {
  const at = new Date(stamp);
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  return `${day}, ${at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}"""
