"""A reviewer takes the speech from its first paragraph to its last, by keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import PATIENCE, Site, running_demo, sign_in
from tests.e2e.story import SPEECH

pytestmark = pytest.mark.browser

DESK = f"{SPEECH}review/"
RESPONSES = f"{SPEECH}responses/"
MOST_THREADS = 120  # more than there are: whoever comes that far goes in circles
ANSWERED, DECLINED, OUT_OF_SCOPE = "4", "3", "5"
LOOK = """
from reader.models import Annotation, Disposition
from reader import policy
open_ones = Annotation.objects.filter(policy.public_threads()).exclude(
    motivation__in=["highlighting", "bookmarking"], body=""
).exclude(pk__in=Disposition.objects.filter(withdrawn_at=None).values("annotation"))
print(open_ones.count(), Disposition.objects.filter(decided_by__username="reviewer").count())
"""


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo site of its own: afterwards everything in it is decided."""
    with running_demo(tmp_path_factory.mktemp("reviewed")) as running:
        yield running


@pytest.fixture
def desk(own_site: Site, browser: Browser) -> Iterator[Page]:
    """The desk in the reviewer's browser."""
    with browser.new_context(base_url=own_site.url) as context:
        context.set_default_timeout(PATIENCE)
        sign_in(context.new_page(), "reviewer")
        page = context.new_page()
        page.goto(DESK)
        yield page


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press the tabulator until the focus is on what the selector names."""
    for _press in range(most):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} was not reached")


def decide(page: Page, card: str, digit: str, reason: str) -> None:
    """Decide the thread that has the focus."""
    page.keyboard.press("d")
    form = page.locator(f"#{card} form.decide-form")
    expect(form.locator("input[type=radio]:focus")).to_have_count(1)
    page.keyboard.press(digit)
    expect(form.locator(f"input[data-digit='{digit}']")).to_be_checked()
    tab_to(page, "textarea[name=reason]")
    page.keyboard.type(reason)
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#{card}.is-decided")).to_contain_text(reason)


def next_undecided(page: Page) -> str:
    """Go to the next thread without a decision, over the pages; empty when none is left."""
    for _turn in range(MOST_THREADS):
        here = page.locator(".desk-card.is-undecided:focus")
        if here.count():
            return str(here.get_attribute("id"))
        if not page.locator("[data-do=undecided]").count():
            return ""  # the desk says that everything is decided
        page.keyboard.press("u")
        page.wait_for_timeout(200)
        page.wait_for_load_state()
    raise AssertionError("it goes in circles")


def test_every_thread_is_decided_and_the_responses_are_published(
    own_site: Site, browser: Browser, desk: Page
) -> None:
    expect(desk.locator(".review-progress")).to_contain_text("threads decided")
    assert violations(desk) == []
    card, number = next_undecided(desk), 0
    while card:
        number += 1
        assert number < MOST_THREADS
        digit = (ANSWERED, DECLINED, ANSWERED, OUT_OF_SCOPE)[number % 4]
        decide(desk, card, digit, f"Decided as number {number}.")
        card = next_undecided(desk)
    assert number > 40
    left, decided = own_site.run(LOOK).split()
    assert left == "0"
    assert int(decided) >= number
    desk.keyboard.press("m")
    desk.wait_for_url(f"**{RESPONSES}*")
    assert violations(desk) == []
    tab_to(desk, "form[action$='/responses/publish/'] [type=submit]", 200)
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    with browser.new_context(base_url=own_site.url) as anybody:
        check_matrix(anybody, number)


def check_matrix(anybody: BrowserContext, number: int) -> None:
    """Read the published matrix as anybody: each row has all its cells, each thread a decision."""
    page = anybody.new_page()
    page.goto(RESPONSES)
    rows = 0
    while True:
        expect(page.locator("table tbody")).not_to_contain_text("No decision yet")
        cells = page.locator("table tbody tr :is(td, th)")
        assert all(text.strip() for text in cells.all_inner_texts())
        rows += page.locator("table tbody tr").count()
        later = page.locator("a[rel=next]")
        if not later.count():
            break
        later.first.click()
        page.wait_for_load_state()
    assert rows >= number
    sheet = anybody.request.get(f"{SPEECH}responses.csv").text()
    assert "No decision yet" not in sheet
    assert sheet.count("Decided as number") == number
