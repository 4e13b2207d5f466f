"""The editor's whole way: upload, compare, decide, publish, look at a thread's history, undo."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import ROOT, OpenBrowser, Site
from tests.e2e.story import card

pytestmark = pytest.mark.browser

SLUG = "speech-to-correct"
SPEECH = f"/d/{SLUG}/"
WIDE = {"width": 1440, "height": 900}
TRANSCRIPT = (ROOT / "seeds" / "transcript.txt").read_text("utf-8")

SLIP, MENDED = "terrorists continue tocause damage", "terrorists continue to cause damage"
READY = "Law enforcement forces are morally and technically ready to perform this task."
ELSEWHERE = "I was told that our troops are morally, and also technically, ready for that."
RESEMBLES = "morally, and also technically"
CHOSEN = "our troops are morally"
LAW = "Let me remind you that the law on peaceful assemblies of citizens was adopted"
ON_SLIP, ON_READY, ON_LAW, ON_OTHER = (
    "A slip of the typist?",
    "Says who?",
    "Which law is that?",
    "A word to all.",
)

MAKE = f"""
from pathlib import Path
from reader.actions.documents import About, import_document
from reader.actions.demo import PASSWORD
from reader.models import User
from tests.factories import make_annotation, make_user, promote
data = Path("seeds/transcript.txt").read_bytes() + b"\\n\\nAs it was taken down."
edition, _is_new = import_document(data=data, name="transcript.txt", about=About(slug="{SLUG}"))
reader = User.objects.get(username="reader")
for words, body in (
    ("{SLIP}", "{ON_SLIP}"),
    ("morally and technically ready", "{ON_READY}"),
    ("law on peaceful assemblies", "{ON_LAW}"),
    ("Dear compatriots", "{ON_OTHER}"),
):
    make_annotation(reader, edition.document, words, body=body)
editor = make_user("editor-of-the-speech", is_staff=True)
editor.set_password(PASSWORD)
editor.save()
promote(editor, "document:editor", edition.document)
print(edition.document_id)
"""

ERASE = f"""
from reader.models import Anchor, Annotation, Document, User
there = Document.objects.filter(slug="{SLUG}")
there.update(current_edition=None)
Anchor.objects.filter(edition__document__in=there).delete()
Annotation.objects.filter(document__in=there).delete()
there.delete()
User.objects.filter(username="editor-of-the-speech").delete()
"""

# Where words on one line stand in the window: left, middle, right.
WORDS_IN = """(element, words) => {
  const text = element.firstChild;
  const start = text.data.indexOf(words);
  const range = new Range();
  range.setStart(text, start);
  range.setEnd(text, start + words.length);
  const { left, right, top, bottom } = range.getBoundingClientRect();
  return [left, (top + bottom) / 2, right];
}"""


def corrected() -> str:
    """Return the speech with a slip mended, a sentence said elsewhere, and a paragraph gone."""
    paragraphs = TRANSCRIPT.strip().split("\n\n")
    changed = [text.replace(SLIP, MENDED) for text in paragraphs if not text.startswith(LAW)]
    changed.remove(READY)
    return "\n\n".join([*changed, ELSEWHERE, "As it was taken down."])


def test_the_whole_story(site: Site, open_browser: OpenBrowser, tmp_path: Path) -> None:
    pk = site.run(MAKE).strip()
    editor = open_browser("editor-of-the-speech", viewport=WIDE).new_page()
    reader = open_browser("reader", viewport=WIDE).new_page()
    try:
        _reads_the_old_text(reader)
        _uploads(editor, pk, tmp_path)
        _reads_the_old_text(reader)
        assert reader.goto(f"{SPEECH}e/2/").status == 404  # type: ignore[union-attr]  # it is an HTTP address
        _compares(editor)
        _decides(editor)
        _publishes(editor)
        _reads_the_new_text(reader)
        _looks_at_the_history(editor)
        _undoes(editor)
        _reads_the_old_text(reader)
    finally:
        site.run(ERASE)


def _marks(page: Page) -> str:
    """Return the words that are marked in the text, one passage a line."""
    return "\n".join(page.locator("#text mark").all_text_contents())


def _reads_the_old_text(page: Page) -> None:
    page.goto(SPEECH)
    expect(page.locator("#text")).to_contain_text(SLIP)
    expect(page.locator("#text")).not_to_contain_text(ELSEWHERE)
    expect(page.locator(".orphans")).to_have_count(0)
    marks = _marks(page)
    for words in (SLIP, "morally and technically ready", "law on peaceful assemblies"):
        assert words in marks
    for words in (ON_SLIP, ON_READY, ON_LAW, ON_OTHER):
        expect(card(page, words).first).to_be_attached()


def _uploads(page: Page, pk: str, folder: Path) -> None:
    """Try the text that is there already, then bring in the corrected one, from a file."""
    file = folder / "corrected.txt"
    page.goto(f"/admin/reader/document/{pk}/change/")
    page.get_by_role("link", name="Add an edition").click()
    page.get_by_label("Label").fill("Corrected")
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_text("Choose a file or paste the text.")).to_be_visible()
    expect(page.get_by_label("Label")).to_have_value("Corrected")
    file.write_text(corrected(), "utf-8")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Show what it changes").click()
    page.wait_for_url(f"**{SPEECH}e/2/desk/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Corrected")


def _compares(page: Page) -> None:
    expect(page.locator(".desk-sums")).to_contain_text("2 deleted")
    page.get_by_role("link", name="Compare the texts").click()
    page.wait_for_url("**/compare/1..2/")
    changed = page.locator(".change", has_text="However, terrorists")
    expect(changed.locator("ins:visible").first).to_be_visible()
    expect(page.locator(".change", has_text=ELSEWHERE).first).to_be_visible()
    page.go_back()


def _case(page: Page, words: str) -> Locator:
    return page.locator(".case", has_text=words)


def _press(page: Page, key: str, then: str) -> None:
    """Press the key, and wait until a case with these words has the focus."""
    page.keyboard.press(key)
    expect(page.locator(".case:is(:focus, :focus-within)")).to_contain_text(then)


def _decides(page: Page) -> None:
    """By key: confirm one case, put one on a candidate and then elsewhere, leave the third."""
    expect(page.locator(".case.is-open")).to_have_count(3)
    for width in (390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []
    _press(page, "j", ON_SLIP)
    expect(_case(page, ON_SLIP).locator("ins")).to_contain_text("to cause")
    _press(page, "c", ON_READY)
    expect(_case(page, ON_READY)).to_contain_text(RESEMBLES)
    _press(page, "1", ON_LAW)
    _press(page, "o", ON_LAW)
    expect(page.locator(".case.is-open")).to_have_count(0)
    _thinks_again(page)
    expect(page.locator(".case.is-open")).to_have_count(0)
    expect(page.locator("#desk-counts")).to_contain_text("2 placed by an editor")


def _thinks_again(page: Page) -> None:
    """Take a decision back, and select the words in the new text."""
    _case(page, ON_READY).focus()
    _press(page, "u", "Is it here?")
    page.keyboard.press("m")
    case = _case(page, ON_READY)
    # It begins where the sentence was; the words are in the last paragraphs.
    expect(case.locator(".is-near")).to_be_visible()
    expect(case.get_by_role("region", name="The new text")).to_contain_text(
        "They must be eliminated"
    )
    while not case.locator(".desk-block", has_text=ELSEWHERE).count():
        last = case.locator(".desk-block").last.inner_text()
        case.get_by_role("link", name="Later paragraphs").click()
        expect(case.locator(".desk-blocks")).not_to_contain_text(last)
        expect(case.get_by_role("region", name="The new text")).to_be_focused()
    block = case.locator(".desk-block", has_text=ELSEWHERE)
    block.scroll_into_view_if_needed()
    x, y, right = block.locator(".prose").evaluate(WORDS_IN, CHOSEN)
    page.mouse.move(x + 1, y)
    page.mouse.down()
    page.mouse.move(right, y, steps=5)
    page.mouse.up()
    expect(case.get_by_label("Words, copied from there")).to_have_value(CHOSEN)
    assert violations(page) == []
    case.get_by_role("button", name="Put it there").click()
    expect(case).to_contain_text(CHOSEN)


def _publishes(page: Page) -> None:
    page.get_by_role("button", name="Publish edition 2").click()
    page.wait_for_url(f"**{SPEECH}")
    expect(page.get_by_role("status")).to_contain_text("is published")


def _reads_the_new_text(page: Page) -> None:
    page.goto(SPEECH)
    expect(page.locator("#text")).to_contain_text(MENDED)
    marks = _marks(page)
    assert MENDED in marks
    assert CHOSEN in marks
    assert "Dear compatriots" in marks
    orphans = page.locator(".orphans")
    expect(orphans).to_contain_text("1 note on a passage that is no longer in this edition")
    expect(orphans).to_contain_text(ON_LAW)
    expect(orphans).to_contain_text("law on peaceful assemblies")
    page.goto(f"{SPEECH}e/1/")
    expect(page.locator("#text")).to_contain_text(SLIP)
    assert SLIP in _marks(page)


def _looks_at_the_history(page: Page) -> None:
    uid = card(page, ON_READY).first.get_attribute("data-uid")
    page.goto(f"/a/{uid}/history/")
    stood = page.locator("#stood")
    expect(stood.locator("mark").filter(has_text="morally and technically ready")).to_be_visible()
    expect(stood.locator("mark").filter(has_text=CHOSEN)).to_be_visible()
    expect(stood).to_contain_text("Corrected")
    expect(stood).to_contain_text("editor")


def _undoes(page: Page) -> None:
    page.goto(f"{SPEECH}e/2/desk/")
    page.get_by_role("link", name="Undo publication").click()
    page.get_by_role("button", name="Undo publication").click()
    page.wait_for_url(f"**{SPEECH}e/2/desk/")
    expect(page.get_by_role("button", name="Publish edition 2")).to_be_visible()
    expect(page.locator(".case.is-open")).to_have_count(0)
