"""Two reviewers at one desk see each other, and neither undoes the other's work unseen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import PATIENCE, OpenBrowser, Site

pytestmark = pytest.mark.browser

SLUG = "ferries"
DESK = f"/d/{SLUG}/review/"
SOON = PATIENCE  # in which what one does has reached the other

ERASE = f"""
from reader.models import Anchor, Annotation, Disposition, Document, Edition
there = Document.objects.filter(slug="{SLUG}")
there.update(current_edition=None)
Disposition.objects.filter(annotation__document__in=there).delete()
Anchor.objects.filter(edition__document__in=there).delete()
Annotation.objects.filter(document__in=there, parent__isnull=False).delete()
Annotation.objects.filter(document__in=there).delete()
there.delete()
"""

MAKE = f"""{ERASE}
from reader.models import DocumentRole, User
from tests.factories import make_annotation, make_document
document = make_document(
    "The old ferry crosses the sound twice a day, and nobody pays for it.",
    "In winter it stays on the other side until the ice is gone.",
    slug="{SLUG}",
)
reviewer = User.objects.get(username="reviewer")
DocumentRole.objects.create(user=reviewer, document=document, role="reviewer")
author = User.objects.get(username="reader")
for words, body in (
    ("twice a day", "Three times, by now."),
    ("nobody pays", "Somebody pays."),
    ("the other side", "Which one?"),
):
    make_annotation(author, document, words, body=body)
"""


@pytest.fixture(autouse=True)
def _made(site: Site) -> Iterator[None]:
    site.run(MAKE)
    yield
    site.run(ERASE)


@pytest.fixture
def rita(open_browser: OpenBrowser) -> Page:
    """The desk in a reviewer's browser."""
    page = open_browser("reviewer").new_page()
    page.goto(DESK)
    return page


@pytest.fixture
def adam(open_browser: OpenBrowser) -> Page:
    """The desk in the administrator's browser."""
    page = open_browser("admin").new_page()
    page.goto(DESK)
    return page


def card(page: Page, words: str) -> Locator:
    """Return the card of the thread with these words."""
    return page.locator("article.card", has_text=words)


def decide(page: Page, words: str) -> Locator:
    """Open the form for a decision on the thread, and return it."""
    card(page, words).get_by_role("link", name="Decide").click()
    form = card(page, words).locator("form.decide-form")
    expect(form.locator("input[type=radio]").first).to_be_focused()
    return form


def test_reviewers_see_each_other_and_each_others_decisions(rita: Page, adam: Page) -> None:
    card(adam, "Somebody pays.").focus()
    here = card(rita, "Somebody pays.").locator(".presence")
    expect(here).to_contain_text("is here", timeout=SOON)
    assert violations(rita) == []

    form = decide(adam, "Somebody pays.")
    adam.keyboard.press("3")
    expect(form.get_by_label("Declined")).to_be_checked()
    form.get_by_label("Reason").fill("Not the ferry’s matter.")
    adam.keyboard.press("Control+Enter")
    done = card(adam, "Somebody pays.")
    expect(done).to_contain_text("Declined by")
    expect(adam.locator("article.card:focus")).to_have_count(1)  # not lost with the form

    seen = card(rita, "Somebody pays.")
    expect(seen).to_contain_text("Not the ferry’s matter.", timeout=SOON)
    expect(seen).to_contain_text("Declined by")
    card(adam, "Which one?").focus()
    expect(here).to_have_count(0, timeout=SOON)
    expect(card(rita, "Which one?").locator(".presence")).to_be_visible(timeout=SOON)


def test_the_second_decision_is_refused_with_both_shown(rita: Page, adam: Page) -> None:
    form = decide(rita, "Three times")
    rita.keyboard.press("4")
    form.get_by_label("Reason").fill("Rita’s own words.")

    decide(adam, "Three times")
    adam.keyboard.press("1")
    card(adam, "Three times").get_by_label("Reason").fill("Adam’s reason.")
    adam.keyboard.press("Control+Enter")
    expect(card(adam, "Three times")).to_contain_text("Accepted by")

    # Rita is writing: she is told, and her words stay as they are.
    changed = card(rita, "Three times").locator(".changed")
    expect(changed).to_contain_text("Changed by somebody else", timeout=SOON)
    expect(form.get_by_label("Reason")).to_have_value("Rita’s own words.")
    form.get_by_label("Reason").focus()
    rita.keyboard.press("Control+Enter")
    form = card(rita, "Three times").locator("form.decide-form")
    expect(form).to_contain_text("What happened meanwhile")
    expect(form).to_contain_text("Adam’s reason.")
    expect(form.get_by_label("Reason")).to_have_value("Rita’s own words.")
    expect(form.get_by_label("Answered")).to_be_checked()
    assert violations(rita) == []
    form.get_by_role("button", name="Decide all the same").click()
    expect(card(rita, "Three times")).to_contain_text("Answered by")
    expect(card(adam, "Three times")).to_contain_text("Rita’s own words.", timeout=SOON)


def test_looking_at_what_changed_keeps_the_open_form(rita: Page, adam: Page) -> None:
    form = decide(rita, "Which one?")
    form.get_by_label("Reason").fill("Half a thought")
    decide(adam, "Which one?")
    adam.keyboard.press("4")
    adam.keyboard.press("Control+Enter")
    card(rita, "Which one?").get_by_role("button", name="look").click(timeout=SOON)
    expect(card(rita, "Which one?")).to_contain_text("Answered by")
    expect(form.get_by_label("Reason")).to_have_value("Half a thought")


def test_new_threads_are_announced_and_wait(site: Site, rita: Page) -> None:
    expect(card(rita, "Which one?")).to_be_visible()
    site.run(
        "from reader.models import Document, User\n"
        "from tests.factories import make_annotation\n"
        f'document = Document.objects.get(slug="{SLUG}")\n'
        'author = User.objects.get(username="reader")\n'
        'make_annotation(author, document, "the ice", body="How thick?")\n'
    )
    link = rita.get_by_role("link", name="1 new thread")
    expect(link).to_be_visible(timeout=SOON)
    assert violations(rita) == []
    link.click()
    expect(card(rita, "How thick?")).to_be_visible()


def test_the_forms_on_their_own_pages_can_be_used_by_everybody(rita: Page) -> None:
    uid = card(rita, "Which one?").get_attribute("data-uid")
    for act in ("decide", "reopen", "assign", "labels", "review/reply"):
        rita.goto(f"/a/{uid}/{act}/")
        assert violations(rita) == []
    rita.goto(f"/a/{uid}/decide/")
    rita.keyboard.press("6")
    expect(rita.get_by_role("radio", name="Duplicate")).to_be_checked()
    rita.keyboard.press("Control+Enter")
    expect(rita.get_by_text("Say which thread it repeats")).to_be_visible()
    assert violations(rita) == []
    rita.goto("/notifications/")
    assert violations(rita) == []


def test_without_javascript_the_same_forms_decide(open_browser: OpenBrowser) -> None:
    page = open_browser("reviewer", java_script_enabled=False).new_page()
    page.goto(DESK)
    card(page, "Which one?").get_by_role("link", name="Decide").click()
    page.get_by_label("Answered").check()
    page.get_by_label("Reason").fill("The far one.")
    page.get_by_role("button", name="Save the decision").click()
    expect(card(page, "Which one?")).to_contain_text("Answered by")
    assert page.url.split("#")[0].startswith(page.url.split("/d/")[0] + DESK)
