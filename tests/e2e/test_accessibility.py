"""axe finds nothing on any kind of page, with everything opened that a page can open."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenBrowser
from tests.e2e.story import SPEECH, Story, drag, toolbar

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
FOR_EVERYBODY = [
    "/",
    SPEECH,
    f"{SPEECH}p34/",
    f"{SPEECH}p34/?motivation=editing&sort=newest",
    f"{SPEECH}map/",
    f"{SPEECH}map/?order=contested",
    f"{SPEECH}export/",
    f"{SPEECH}search/?q=is:undecided",
    "/search/?q=promise",
    "/people/timur/",
    "/preferences/",
    "/d/nothing-of-this-name/",
]
SIGNED_OUT = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
REVIEWING = [
    f"{SPEECH}review/",
    f"{SPEECH}review/?state=undecided&in=p29..p34",
    f"{SPEECH}review/?tag=nothing",
    f"{SPEECH}review/filters/?state=undecided",
    f"{SPEECH}responses/",
    "/notifications/",
]
EDITING = [f"{SPEECH}people/", f"{SPEECH}import/"]
SIGNED_IN = [
    "/notifications/",
    "/people/reader/",
    "/accounts/settings/",
    "/accounts/tokens/",
    "/accounts/erase/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
ADMIN = [
    "/admin/",
    "/admin/reader/queueitem/",
    "/admin/reader/decision/",
    "/admin/reader/annotation/",
    "/admin/reader/document/",
    "/admin/reader/user/",
    "/admin/reader/flag/",
]


def _check(context: BrowserContext, paths: list[str]) -> None:
    page = context.new_page()
    found: list[str] = []
    for path in paths:
        page.goto(path)
        found += violations(page)
    assert found == []


def _link(page: Page, path: str, selector: str) -> str:
    """Return where the first such link of a page leads."""
    page.goto(path)
    address = page.locator(selector).first.get_attribute("href")
    assert address
    return address


def test_pages_for_somebody_signed_out(open_browser: OpenBrowser) -> None:
    context = open_browser(viewport=WIDE)
    _check(context, [*FOR_EVERYBODY, *SIGNED_OUT])


def test_pages_for_somebody_signed_in(open_browser: OpenBrowser) -> None:
    _check(open_browser("reader", viewport=WIDE), [*FOR_EVERYBODY, *SIGNED_IN])


def test_pages_on_which_a_program_is_let_in(open_browser: OpenBrowser) -> None:
    context = open_browser("reader", viewport={"width": 475, "height": 430})
    page = context.new_page()
    page.goto("/")
    origin = page.evaluate("location.origin")
    sent = {"client_id": "postil", "response_mode": "web_message", "response_type": "code"}
    asked = "/oauth/authorize?" + urlencode({**sent, "state": "x", "origin": origin})
    _check(context, [asked, "/oauth/authorize"])
    page.goto(asked)
    expect(page.get_by_role("button", name="Continue")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    assert violations(page) == []


def test_pages_for_reviewers_and_editors(open_browser: OpenBrowser) -> None:
    _check(open_browser("reviewer", viewport=WIDE), REVIEWING)
    _check(open_browser("reviewer", color_scheme="dark", **PHONE), REVIEWING)
    _check(open_browser("admin", viewport=WIDE), EDITING)


def test_forms_on_their_own_pages(open_browser: OpenBrowser) -> None:
    context = open_browser("reader", viewport=WIDE)
    page = context.new_page()
    mine = _link(page, "/people/reader/", ".card:not(.m-replying) a.when")
    others = _link(page, "/people/timur/", ".card:not(.m-replying) a.when")
    own_forms = [f"{mine}{act}/" for act in ("edit", "passage", "delete", "history")]
    _check(context, [*own_forms, f"{others}reply/", f"{others}report/"])


def test_forms_with_errors(open_browser: OpenBrowser) -> None:
    page = open_browser(viewport=WIDE).new_page()
    page.goto("/accounts/signup/")
    page.locator("main form").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert violations(page) == []


def test_the_admin(open_browser: OpenBrowser) -> None:
    context = open_browser("admin", viewport=WIDE)
    page = context.new_page()
    document = _link(page, "/admin/reader/document/", "#result_list th a")
    item = _link(page, "/admin/reader/queueitem/", "a[href*='/queueitem/'][href$='/change/']")
    decision = _link(page, "/admin/reader/decision/", "#result_list th a")
    person = _link(page, "/admin/reader/user/", "#result_list th a")
    _check(context, [*ADMIN, document, item, decision, person])
    _check(open_browser("moderator", viewport=WIDE), ["/admin/", "/admin/reader/queueitem/"])


def test_toolbar_composer_and_thread(open_browser: OpenBrowser) -> None:
    page = open_browser("reader", viewport=WIDE).new_page()
    page.goto(SPEECH)
    drag(page, Story("axe", "p44", "specific decisions", "p45", "Now I want"))
    expect(toolbar(page)).to_be_visible()
    assert violations(page) == []

    toolbar(page).get_by_role("button", name="Edit").click()
    composer = page.locator(".composer")
    expect(composer).to_be_visible()
    composer.get_by_role("button", name="Post suggestion").click()
    expect(composer.locator(".errors, .field-error").first).to_be_visible()
    assert violations(page) == []
    composer.get_by_role("button", name="Cancel").click()

    page.locator("#t-p34 .replies-link").first.click()
    page.locator(".card-open summary").first.click()
    assert violations(page) == []

    page.get_by_role("button", name=re.compile("Keyboard")).click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reading preferences").click()
    assert violations(page) == []


def test_sheet_and_composer_on_a_phone(open_browser: OpenBrowser) -> None:
    page = open_browser("reader", **PHONE).new_page()
    page.goto(SPEECH)
    assert violations(page) == []
    page.locator("#p34 a.count").tap()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator(".card").nth(3)).to_be_visible()
    assert violations(page) == []
    sheet.locator(".replies-link").first.tap()
    expect(sheet.locator(".card-open")).to_be_visible()
    assert violations(page) == []


def test_focus_is_seen_wherever_it_goes(open_browser: OpenBrowser) -> None:
    page = open_browser("reader", viewport=WIDE).new_page()
    for path in ("/", SPEECH, f"{SPEECH}p34/", "/accounts/settings/"):
        page.goto(path)
        for _press in range(25):
            page.keyboard.press("Tab")
            is_seen = page.evaluate(SHOWS_FOCUS)
            assert is_seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


# An outline or a ring around what has the focus, or beside it where a label stands for it.
# After the last stop the focus is nowhere on the page, which is no stop.
SHOWS_FOCUS = """() => {
  const focused = document.activeElement;
  const isRinged = (element) => {
    if (!element || !element.getBoundingClientRect().width) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
  };
  const { nextElementSibling, parentElement } = focused;
  return focused === document.body ||
    [focused, nextElementSibling, parentElement].some(isRinged);
}"""
