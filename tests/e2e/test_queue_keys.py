"""A moderator clears a long queue by keys: one by one, many at once, and takes one back."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser

SLUG = "long-queue"
WAITING, A_PAGE = 200, 25
QUEUE = "/admin/reader/queueitem/"

ERASE = f"""
from reader.models import Anchor, Annotation, Document
there = Document.objects.filter(slug="{SLUG}")
there.update(current_edition=None)
Anchor.objects.filter(edition__document__in=there).delete()
Annotation.objects.filter(document__in=there).delete()
there.delete()
"""
MAKE = f"""{ERASE}
from django.utils import timezone
from reader.models import Annotation
from reader.models import User
from tests.factories import make_annotation, make_document
document = make_document(slug="{SLUG}", annotating="reviewed")
first = make_annotation(User.objects.get(username="reader"), document, body="Number 0")
made = []
for number in range(1, {WAITING}):
    columns = [field.attname for field in first._meta.concrete_fields]
    fields = {{name: getattr(first, name) for name in columns if name not in ("id", "uid")}}
    made.append(Annotation(**{{**fields, "body": f"Number {{number}}"}}))
Annotation.objects.bulk_create(made)
Annotation.objects.filter(document=document).update(
    status="pending", attention_since=timezone.now()
)
print(document.pk)
"""
LOOK = f"""
import json
from collections import Counter
from reader.models import Annotation, Decision
from reader.queries.decision_log import first_fault
rows = Annotation.objects.filter(document__slug="{SLUG}")
acts = Decision.objects.filter(document__slug="{SLUG}")
print(json.dumps([
    Counter(rows.values_list("status", flat=True)),
    Counter(acts.values_list("act", flat=True)),
    rows.filter(attention_since__isnull=False).count(),
    str(first_fault()),
]))
"""


@pytest.fixture(autouse=True, scope="module")
def _erased(site: Site) -> Iterator[None]:
    yield
    site.run(ERASE)


@pytest.fixture
def queue(site: Site, open_browser: OpenBrowser) -> Page:
    """The queue of one document, in the moderator's browser."""
    document = site.run(MAKE).strip()
    page = open_browser("moderator").new_page()
    page.goto(f"{QUEUE}?document={document}")
    return page


def found(site: Site) -> list[object]:
    told: list[object] = json.loads(site.run(LOOK))
    return told


def cards(page: Page) -> int:
    return page.locator(".case").count()


def test_two_hundred_by_keys(queue: Page, site: Site) -> None:
    expect(queue.locator(".case")).to_have_count(A_PAGE)
    assert violations(queue) == []
    queue.keyboard.press("j")
    for nth in range(A_PAGE):  # a whole page, one by one
        keys = (["a"], ["s"], ["d", "3"])[nth % 3]
        for key in keys:
            queue.keyboard.press(key)
        if nth < A_PAGE - 1:
            expect(queue.locator(".case")).to_have_count(A_PAGE - 1 - nth)
    expect(queue.locator(".case")).to_have_count(A_PAGE)  # the next page has come by itself
    assert found(site)[:3] == [
        {"approved": 9, "spam": 8, "denied": 8, "pending": 175},
        {"approve": 9, "spam": 8, "deny": 8},
        175,
    ]

    queue.keyboard.press("u")  # the last one
    expect(queue.locator(".messagelist")).to_contain_text("undone")
    assert found(site)[0] == {"approved": 8, "spam": 8, "denied": 8, "pending": 176}

    for _page in range(WAITING // A_PAGE):  # the rest, a page at once
        many = cards(queue)
        for _card in range(many):
            queue.keyboard.press("j")
            queue.keyboard.press("x")
        with queue.expect_navigation():
            queue.keyboard.press("A")
        if queue.get_by_text("Nothing", exact=False).count() and not cards(queue):
            break
    assert found(site) == [
        {"approved": 184, "spam": 8, "denied": 8},
        {"approve": 185, "spam": 8, "deny": 8, "undo": 1},
        0,
        "None",
    ]


def test_keys_can_be_turned_off_and_leave_words_alone(queue: Page, site: Site) -> None:
    queue.keyboard.press("j")
    queue.keyboard.press("d")
    note = queue.locator(".case-deny[open] textarea")
    note.fill("")
    note.press_sequentially("a sad dad")
    expect(note).to_have_value("a sad dad")
    queue.get_by_text("Keys", exact=True).click()
    queue.get_by_label("Use these keys").uncheck()
    queue.reload()
    queue.keyboard.press("j")
    queue.keyboard.press("a")
    expect(queue.locator(".case")).to_have_count(A_PAGE)
    queue.get_by_text("Keys", exact=True).click()
    queue.get_by_label("Use these keys").check()


def test_two_moderators_do_not_begin_with_the_same(queue: Page, open_browser: OpenBrowser) -> None:
    queue.keyboard.press("j")
    expect(queue.locator(".case").first).to_be_focused()
    title = queue.locator(".case").first.get_attribute("id")
    other = open_browser("admin").new_page()
    with other.expect_response("**/queueitem/**"):
        other.goto(queue.url)
    expect(other.locator(f"#{title}")).to_have_count(0)
    expect(other.locator(".queue-taken")).to_be_visible()
    other.locator(".queue-taken a").first.click()
    other.get_by_role("button", name="Take it over").click()
    other.get_by_role("button", name="Approve").first.click()
    expect(other.locator(".messagelist")).to_contain_text("Approved")
    queue.keyboard.press("a")
    expect(queue.locator(".case").first).to_contain_text("has decided on this meanwhile: Approved")
