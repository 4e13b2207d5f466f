"""A book in the browser: from part to part, and a link to a paragraph finds its part."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser

MAKE = """
from reader.actions.documents import About, import_document
parts = ["# A book"]
for n in range(8):
    parts += [f"# Chapter {n}", *(f"Words {n} {m} of a book." for m in range(60))]
data = "\\n\\n".join(parts).encode()
import_document(data=data, name="book.md", about=About(slug="book"))
"""


PUT_AWAY = """
from reader.models import Document
Document.objects.filter(slug="book").update(is_published=False)
"""


@pytest.fixture
def _book(site: Site) -> Iterator[None]:
    """A book in the library that the other tests read in, while this one runs."""
    site.run(MAKE)
    yield
    site.run(PUT_AWAY)


@pytest.mark.usefixtures("_book")
def test_a_book_is_read_from_part_to_part(open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    page.goto("/d/book/")
    numbers = page.locator(".text .block").count()
    assert numbers < 130
    page.get_by_role("navigation", name="Parts of the text").get_by_role("link").last.click()
    page.wait_for_url("**/d/book/part/2/")
    assert page.locator(".sections .where").first.inner_text().startswith("Part 2 of ")

    page.goto("/d/book/#p400")
    page.wait_for_url("**/part/*/#p400")
    assert page.locator("#p400").is_visible()
    assert page.evaluate("document.querySelector('#p400').getBoundingClientRect().top") < 900

    page.locator(".contents-fold summary").click()
    contents = page.get_by_role("navigation", name="Contents")
    contents.get_by_role("link", name="Chapter 3").click()
    page.wait_for_url("**/part/*/#h*")
    assert page.get_by_role("heading", name="Chapter 3").is_visible()
