"""Reading what changed between two editions, and what lost its words, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser

MAKE = """
from reader.actions.annotations import create_annotation
from reader.actions.documents import About, import_document
from reader.actions.editions import add_draft
from reader.actions.passages import Passage
from reader.actions.publishing import publish_edition
from reader.actions.wording import Wording
from reader.models import User
old = ["Two editions"] + [f"Paragraph {n} has words of its own to offer." for n in range(60)]
old[9] = "Rivers" + "andlakes" * 30 + " are named here."
edition, is_new = import_document(
    data="\\n\\n".join(old).encode(), name="a.txt", about=About(slug="two-editions"))
document = edition.document
if is_new:
    words = "Paragraph 30 has words"
    start = edition.text.index(words)
    note = create_annotation(
        author=User.objects.get(username="reader"), document=document, motivation="commenting",
        passage=Passage(start=start, end=start + len(words), exact=words),
        wording=Wording("A note that loses its words."))
    new = [text.replace("offer", "give") if n in (5, 40) else text for n, text in enumerate(old)]
    del new[31]
    new[9] = new[9].replace("are named", "were named")
    draft = add_draft(
        editor=None, document=document, data="\\n\\n".join(new).encode(), name="b.txt")
    publish_edition(editor=None, edition=draft)
print(document.annotations.get().uid)
"""
COMPARISON = "/d/two-editions/compare/1..2/"


@pytest.fixture
def uid(site: Site) -> str:
    """The name of a note whose passage the second edition lacks."""
    return site.run(MAKE).strip()


@pytest.fixture
def open_page(open_browser: OpenBrowser, uid: str) -> Callable[..., Page]:
    """Return a function that opens an address of the site in a window of that width."""

    def opened(path: str, width: int = 1300, **options: Any) -> Page:
        viewport = {"width": width, "height": 800}
        page = open_browser(viewport=viewport, reduced_motion="reduce", **options).new_page()
        page.goto(path)
        return page

    return opened


def test_keys_and_links_lead_from_change_to_change(open_page: Callable[..., Page]) -> None:
    page = open_page(COMPARISON)
    for key, number in (("n", 1), ("n", 2), ("n", 3), ("p", 2)):
        page.keyboard.press(key)
        expect(page.locator(f"#change-{number}")).to_be_focused()
        expect(page.locator(f"#change-{number}")).to_be_in_viewport()
    page.get_by_role("link", name="Next change").nth(2).click()
    expect(page.locator("#change-4")).to_be_focused()


def test_a_fold_opens_in_its_place(open_page: Callable[..., Page]) -> None:
    page = open_page(COMPARISON)
    folds = page.locator(".fold")
    before = folds.count()
    hidden = page.get_by_text("Paragraph 15 has words").locator("visible=true")
    expect(hidden).to_have_count(0)
    folds.nth(1).get_by_role("link").click()
    expect(hidden.first).to_be_visible()
    expect(page.locator(".is-open")).to_be_focused()
    assert folds.count() == before - 1


def test_without_javascript_everything_is_a_link(open_page: Callable[..., Page]) -> None:
    page = open_page(COMPARISON, java_script_enabled=False)
    page.locator(".fold a").nth(1).click()
    expect(page.locator(".is-open")).to_contain_text("Paragraph 15 has words")
    page.get_by_role("link", name="In one text").click()
    expect(page.locator("ins").first).to_be_visible()
    expect(page.locator(".both")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize("view", ["", "?view=side", "?view=inline"])
def test_the_page_fits_its_window(open_page: Callable[..., Page], width: int, view: str) -> None:
    page = open_page(COMPARISON + view, width)
    columns = page.locator(".change .after").locator("visible=true")
    is_side = view == "?view=side" or (not view and width >= 960)
    assert (columns.count() > 0) == is_side
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [390, 1440])
def test_everybody_can_read_it(open_page: Callable[..., Page], uid: str, width: int) -> None:
    page = open_page("/d/two-editions/", width)
    here = (
        "/d/two-editions/editions/",
        COMPARISON,
        "/d/two-editions/e/1/",
        "/d/two-editions/orphans/",
        "/d/two-editions/p31/?edition=1",
        f"/a/{uid}/",
        f"/a/{uid}/history/",
    )
    found = []
    for path in here:
        page.goto(path)
        found += violations(page)
    assert found == []


def test_permalink_lands_on_the_note_that_lost_its_words(
    open_page: Callable[..., Page], uid: str
) -> None:
    page = open_page(f"/a/{uid}/")
    card = page.locator(f"#a-{uid}")
    expect(card).to_be_in_viewport()
    expect(card).to_contain_text("Paragraph 30 has words")
    page.get_by_role("link", name="Last stood in Edition 1, ¶ 31").click()
    expect(page.locator("#text mark").first).to_have_text("Paragraph 30 has words")
    expect(page.locator("textarea")).to_have_count(0)
