"""Publishing what many have written about: a page that grows, without any script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenBrowser, Site
from tests.e2e.story import SPEECH

pytestmark = pytest.mark.browser

SLUG = "much-discussed"

ERASE = f"""
from reader.models import Anchor, Annotation, Document
there = Document.objects.filter(slug="{SLUG}")
there.update(current_edition=None)
Anchor.objects.filter(edition__document__in=there).delete()
Annotation.objects.filter(document__in=there).delete()
there.delete()
"""

MAKE = f"""{ERASE}
from reader.actions.drafting import Ground
from reader.actions.passages import attach
from reader.models import User
from reader.text.anchoring import Resolution, Verdict
from tests.editions import make_draft
from tests.factories import make_document
text = [f"Paragraph {{n}} of a text that many have marked." for n in range(30)]
document = make_document(*text, slug="{SLUG}")
edition = document.current_edition
roots = []
for n in range(2_001):
    root = Annotation(
        document=document, author=User.objects.get(username="reader"), motivation="highlighting")
    attach(root, edition, (n % 900, n % 900 + 40))
    roots.append(root)
Annotation.objects.bulk_create(roots)
ground = Ground(edition)
Anchor.objects.bulk_create(
    ground.anchor(root.pk, Resolution(Verdict.EXACT, 1.0, root.start, root.end)) for root in roots)
make_draft(document, *text, "One more paragraph.")
"""

# A page that has arrived as far as this: its paragraphs, its main part and itself are still open.
HALF_ARRIVED = """() => {
  const styles = [...document.querySelectorAll("link[rel=stylesheet]")];
  const head = styles.map((link) => link.outerHTML).join("");
  document.open();
  document.write(`<!doctype html><html lang="en"><head>${head}</head><body class="page"><main>
    <div class="desk-steps">
      <p class="step">Working it out</p>
      <p class="step">2,000 of 6,000</p>
      <p class="step">4,000 of 6,000</p>`);
}"""


@pytest.fixture
def _much_discussed(site: Site) -> Iterator[None]:
    site.run(MAKE)
    yield
    site.run(ERASE)


@pytest.mark.usefixtures("_much_discussed")
@pytest.mark.parametrize("has_scripts", [True, False])
def test_it_ends_with_where_to_go_on(open_browser: OpenBrowser, has_scripts: bool) -> None:
    page = open_browser("admin", java_script_enabled=has_scripts).new_page()
    page.goto(f"/d/{SLUG}/e/2/desk/")
    page.get_by_role("button", name="Publish edition 2").click()
    steps = page.locator(".step")
    expect(steps.locator("visible=true")).to_have_text("Edition 2 is published.")
    assert steps.count() >= 4
    if has_scripts:
        assert violations(page) == []
    page.get_by_role("link", name="Read it").click()
    expect(page.locator("#text")).to_contain_text("One more paragraph.")


def test_while_it_arrives_the_last_step_is_the_one_that_shows(open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    page.goto(f"{SPEECH}compare/1..2/")
    page.evaluate(HALF_ARRIVED)
    shown = page.locator(".step").locator("visible=true")
    expect(shown).to_have_text(["4,000 of 6,000"])
    page.evaluate("document.write('<p class=step>6,000 of 6,000</p>')")
    expect(shown).to_have_text(["6,000 of 6,000"])
