"""An editor decides case after case by single keys, and publishes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser

SLUG = "harbours"
DESK = f"/d/{SLUG}/e/2/desk/"

ERASE = f"""
from reader.models import Anchor, Annotation, Document, Edition
there = Document.objects.filter(slug="{SLUG}")
there.update(current_edition=None)
Anchor.objects.filter(edition__document__in=there).delete()
Annotation.objects.filter(document__in=there).delete()
there.delete()
"""

MAKE = f"""{ERASE}
from reader.models import User
from tests.editions import make_draft
from tests.factories import make_annotation, make_document
text = [
    "The old harbour lies open to the sea, and every ship that comes in is greeted by the bell.",
    "Nobody keeps the lighthouse now, although its lamp still turns at night by itself.",
    "This remark about herrings will be gone from the next edition altogether, and for good.",
    "In winter the whole town smells of smoke, of tar and of the wet ropes on the quay.",
]
document = make_document(*text, slug="{SLUG}")
author = User.objects.get(username="reader")
for words, body in (
    ("open to the sea", "First case."),
    ("its lamp still turns", "Second case."),
    ("remark about herrings", "Third case."),
    ("smells of smoke", "Stays where it is."),
):
    make_annotation(author, document, words, body=body)
new = [
    text[0].replace("open to the sea", "open wide to the sea"),
    text[1].replace("its lamp still turns", "its lamp now turns"),
    text[3],
    "Elsewhere people still talk about the herrings, in a paragraph of their own.",
]
make_draft(document, *new)
"""

LOOK = f"""
from reader.models import Anchor, Document
document = Document.objects.select_related("current_edition").get(slug="{SLUG}")
edition = document.current_edition
rows = Anchor.objects.filter(edition__document=document, edition__number=2)
rows = rows.select_related("annotation", "first_block").order_by("annotation__pk")
print(edition.number, *(
    f"{{row.annotation.body}} {{row.verdict}} "
    f"{{row.first_block.text[row.start : row.end] if row.first_block else None}}"
    for row in rows
), sep="|")
"""


@pytest.fixture(autouse=True, scope="module")
def _erased(site: Site) -> Iterator[None]:
    yield
    site.run(ERASE)


@pytest.fixture
def desk(site: Site, open_browser: OpenBrowser) -> Page:
    """The desk of a draft with three cases, in the administrator's browser."""
    site.run(MAKE)
    page = open_browser("admin").new_page()
    page.goto(DESK)
    return page


def focused(page: Page) -> str:
    """Return the words of the case that has the focus."""
    return str(page.evaluate("document.activeElement.closest('.case')?.innerText ?? ''"))


def press(page: Page, key: str, then: str) -> None:
    """Press the key, and wait until the focus is on a case with these words."""
    page.keyboard.press(key)
    expect(page.locator(".case:is(:focus, :focus-within)")).to_contain_text(then)


def test_three_cases_are_decided_by_key_and_published(site: Site, desk: Page) -> None:
    press(desk, "j", "First case.")
    press(desk, "j", "Second case.")
    press(desk, "k", "First case.")
    press(desk, "c", "Second case.")
    expect(desk.locator(".desk-filters [aria-current] .n")).to_have_text("2")
    press(desk, "o", "Third case.")
    desk.keyboard.press("1")
    expect(desk.locator(".case.is-open")).to_have_count(0)
    assert "herrings" in focused(desk)  # the focus is not lost with the last one
    assert violations(desk) == []

    # A second thought about the lamp.
    desk.locator(".case").nth(1).focus()
    desk.keyboard.press("u")
    expect(desk.locator(".case.is-open:focus")).to_contain_text("Second case.")
    desk.keyboard.press("m")
    desk.keyboard.type("2")
    desk.keyboard.press("Tab")
    desk.keyboard.type("its lamp now")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.locator(".case.is-open")).to_have_count(0)

    desk.get_by_role("button", name="Publish edition 2").click()
    desk.wait_for_url(f"**/d/{SLUG}/")
    assert site.run(LOOK).strip().split("|") == [
        "2",
        "First case. confirmed open wide to the sea",
        "Second case. confirmed its lamp now",
        "Third case. confirmed talk about the herrings",
        "Stays where it is. exact smells of smoke",
    ]


def test_what_is_wrong_in_the_form_gets_the_focus_and_keeps_the_words(desk: Page) -> None:
    press(desk, "j", "First case.")
    desk.keyboard.press("m")
    desk.keyboard.press("Tab")
    desk.keyboard.type("no such words")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    box = desk.get_by_label("Words, copied from there").first
    expect(box).to_be_focused()
    expect(box).to_have_value("no such words")
    assert violations(desk) == []
    desk.keyboard.press("Escape")
    press(desk, "j", "Second case.")


def test_single_letters_can_be_turned_off(desk: Page) -> None:
    desk.evaluate("document.documentElement.dataset.keys = 'off'")
    desk.locator(".case").first.focus()
    desk.keyboard.press("o")
    desk.keyboard.press("j")
    assert "First case." in focused(desk)
    expect(desk.locator(".case.is-open")).to_have_count(3)


def test_the_list_of_keys_names_those_of_the_desk(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("next, previous case")


def test_without_javascript_the_same_forms_decide(site: Site, open_browser: OpenBrowser) -> None:
    site.run(MAKE)
    page = open_browser("admin", java_script_enabled=False).new_page()
    page.goto(DESK)
    page.get_by_role("button", name="Confirm this place").first.click()
    expect(page.locator(".case:target")).to_contain_text("Second case.")
    expect(page.locator(".case.is-open")).to_have_count(2)
    page.get_by_role("button", name="Leave as orphan").first.click()
    expect(page.locator(".case.is-open")).to_have_count(1)
