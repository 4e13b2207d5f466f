"""A paragraph with 300 threads: counts first, threads when asked for, a margin in order."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenBrowser, Site
from tests.e2e.story import SPEECH, WORDS_AT

pytestmark = pytest.mark.browser

REF = "p14"
WORDS = "highlight the problems"
WRITE = f"""
from reader.models import Anchor, Annotation, Block, Document, User
edition = Document.objects.get(slug="address-january-2022").current_edition
block = Block.objects.get(edition=edition, ref="{REF}")
start = block.text.index("{WORDS}")
end = start + len("{WORDS}")
people = list(User.objects.filter(is_demo=True))
made = Annotation.objects.bulk_create(
    Annotation(
        document=edition.document, edition=edition, author=people[n % len(people)],
        motivation="commenting", body=f"Thread {{n}} of many.", body_html=f"<p>Thread {{n}}.</p>",
        visibility="public", status="approved", exact="{WORDS}",
        start=block.start + start, end=block.start + end,
    )
    for n in range(300)
)
Anchor.objects.bulk_create(
    Anchor(
        annotation=one, edition=edition, first_block=block, start=start,
        last_block=block, end=end, verdict="exact", score=1,
    )
    for one in made
)
"""
TOLD = """
from django.db.models import F
from reader.models import Document
# As actions tell: what is kept under the number of the last event is old now.
Document.objects.filter(slug="address-january-2022").update(last_event=F("last_event") + 1)
"""
ERASE = """
from reader.models import Anchor, Annotation
many = Annotation.objects.filter(body__endswith="of many.")
Anchor.objects.filter(annotation__in=many).delete()
many.delete()
"""
# Pairs of margin cards that lie on each other, by their boxes.
OVERLAPS = """() => {
  const shown = [...document.querySelectorAll("#margin .threads > :is(.card, .more)")];
  const boxes = shown.map((card) => card.getBoundingClientRect()).filter(({ height }) => height);
  return boxes.flatMap((one, i) => boxes.slice(i + 1).filter(
    (other) => one.top < other.bottom - 1 && other.top < one.bottom - 1)).length;
}"""
SETTLED = """async () => {
  await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  const moves = document.querySelector("#margin").getAnimations({ subtree: true });
  await Promise.allSettled(moves.map((move) => move.finished));
}"""


@pytest.fixture(autouse=True, scope="module")
def _many(site: Site) -> Iterator[None]:
    site.run(WRITE + TOLD)
    yield
    site.run(ERASE + TOLD)


def _expect_order(page: Page) -> None:
    page.wait_for_function(f"() => ({OVERLAPS})() === 0")  # arranged when htmx has settled
    page.evaluate(SETTLED)
    assert page.evaluate(OVERLAPS) == 0  # and it stays so


def test_the_margin_stays_in_order(open_browser: OpenBrowser) -> None:
    page = open_browser("reader", viewport={"width": 1440, "height": 900}).new_page()
    page.goto(SPEECH)
    expect(page.locator(f"#{REF} a.count")).to_have_text("300 threads", use_inner_text=False)
    section = page.locator(f"#t-{REF}")
    assert section.locator(".card").count() <= 5
    _expect_order(page)

    section.locator(".more").click()
    expect(section.locator(".card")).to_have_count(20)
    _expect_order(page)
    section.locator(".more").click()
    expect(section.locator(".card")).to_have_count(40)
    _expect_order(page)

    page.locator(f"#{REF} mark").first.click()
    _expect_order(page)
    words, _ = page.evaluate(WORDS_AT, [REF, WORDS])
    active = page.locator(f"#t-{REF} .card").first.bounding_box()
    line = page.locator(f"#{REF} mark").first.bounding_box()
    assert active
    assert line
    assert abs(active["y"] - line["y"]) <= 2
    assert line["y"] <= words["y"] <= line["y"] + line["height"]


def test_a_phone_shows_counts_and_a_sheet(open_browser: OpenBrowser) -> None:
    page = open_browser(
        "reader", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ).new_page()
    page.goto(SPEECH)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(f"#{REF} a.count").tap()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator(".card")).to_have_count(20)
    sheet.locator(".more").tap()
    expect(sheet.locator(".card")).to_have_count(40)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
