"""Two people read in a group of their own; nobody else sees anything, nor who was removed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenBrowser, Site
from tests.e2e.story import card

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
SLUG = "lighthouse"
READ = f"/d/{SLUG}/"
NAME = "Lighthouse keepers"

ERASE = f"""
from reader.models import Anchor, Annotation, Document, Group
there = Document.objects.filter(slug="{SLUG}")
there.update(current_edition=None)
Anchor.objects.filter(edition__document__in=there).delete()
Annotation.objects.filter(document__in=there, parent__isnull=False).delete()
Annotation.objects.filter(document__in=there).delete()
there.delete()
Group.objects.filter(name="{NAME}").delete()
"""

MAKE = f"""{ERASE}
from tests.factories import make_document
make_document(
    "The lamp was lit at dusk, and nobody asked by whom.",
    "In the morning the oil was gone and the glass was black.",
    slug="{SLUG}",
)
"""


@pytest.fixture(autouse=True)
def _made(site: Site) -> Iterator[None]:
    site.run(MAKE)
    yield
    site.run(ERASE)


def test_a_group_reads_and_writes_among_itself(open_browser: OpenBrowser) -> None:
    owner = open_browser("reader", viewport=WIDE).new_page()
    second = open_browser("reviewer", viewport=WIDE).new_page()
    third = open_browser("admin", viewport=WIDE).new_page()

    link = _make_and_invite(owner)
    _come_in(second, link)
    _write(owner, "p1", "Who lit it?")
    _write(second, "p2", "Soot, I suppose.")
    _highlight(owner, "p2")
    _see_each_other(owner)
    _see_nothing(third)
    _remove(owner)
    _see_nothing(second, left="Soot, I suppose.")
    _see_each_other(owner)


def _make_and_invite(page: Page) -> str:
    page.goto("/")
    page.get_by_role("button", name="Dana").click()
    page.get_by_role("link", name="Groups").click()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("What it is for").fill("Who keeps the light.")
    assert violations(page) == []
    page.get_by_role("button", name="Make the group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    page.get_by_role("radio", name="One day").check()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Pass this link on")
    expect(link).to_be_focused()
    assert violations(page) == []
    return link.input_value()


def _come_in(page: Page, link: str) -> None:
    page.goto("/groups/join/" + link.rsplit("/groups/join/")[1])
    expect(page.get_by_text(NAME)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Join as").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.get_by_role("heading", name="2 members")).to_be_visible()


def _write(page: Page, ref: str, words: str) -> None:
    page.goto(READ)
    page.get_by_label("Which annotations are shown").get_by_role("link", name=NAME).click()
    page.wait_for_url(re.compile(r"\?for=lighthouse-keepers-"))
    page.locator(f"#{ref} .prose").click(click_count=3)
    page.get_by_role("toolbar", name="The selected words").get_by_role(
        "button", name="Comment"
    ).click()
    composer = page.locator(".composer")
    expect(composer.get_by_role("radio", name=NAME)).to_be_checked()
    composer.get_by_label("Your words").fill(words)
    composer.get_by_role("button", name="Post comment").click()
    expect(card(page, words)).to_contain_text(NAME)
    expect(page.locator(f"#{ref} mark").first).to_be_attached()


def _highlight(page: Page, ref: str) -> None:
    """Highlight where the switch stands on the group: for the group, and not for oneself."""
    page.locator(f"#{ref} .prose").click(click_count=3)
    with page.expect_response("**/annotations/"):
        page.get_by_role("toolbar", name="The selected words").get_by_role(
            "button", name="Highlight"
        ).click()
    # Whoever leaves before it is saved finds it waiting as a draft.
    expect(page.locator(".composer")).to_have_count(0)
    expect(page.get_by_text(f"Saved for {NAME}.").last).to_be_visible()


def _see_each_other(page: Page) -> None:
    page.goto(READ)
    for words in ("Who lit it?", "Soot, I suppose."):
        expect(card(page, words)).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Which annotations are shown").get_by_role("link", name="Public").click()
    expect(page.locator("#text .prose").first).to_be_visible()
    expect(page.locator("#margin .card:not(.composer)")).to_have_count(0)
    expect(page.locator("#text mark")).to_have_count(0)


def _see_nothing(page: Page, left: str = "") -> None:
    """See nothing of the group; ``left`` is what somebody wrote who has been removed."""
    page.goto(READ)
    expect(page.locator("#text .prose").first).to_be_visible()
    expect(page.locator("#margin .card:not(.composer)")).to_have_count(1 if left else 0)
    expect(card(page, "Who lit it?")).to_have_count(0)
    page.goto("/search/?q=lit")
    expect(page.get_by_text("Who lit it?")).to_have_count(0)
    page.goto("/groups/")
    expect(page.get_by_role("link", name=NAME)).to_have_count(0)


def _remove(page: Page) -> None:
    page.goto("/groups/")
    page.get_by_role("link", name=NAME).click()
    page.locator("details.manage summary").last.click()
    page.get_by_role("button", name="Remove from the group").last.click()
    expect(page.get_by_role("heading", name="1 member")).to_be_visible()
