"""What one does is on the other's open page, without a reload and without disturbing them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE, OpenBrowser, Site, running_demo
from tests.e2e.story import SLUG, SPEECH, Story, card, drag, toolbar

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
SOON = PATIENCE
# Paragraphs that the demo leaves bare: what is new is among the threads that are shown at once.
PASSAGE = Story("live", "p37", "It seems", "p37", "leadership")
WRITTEN_ON = Story("written on", "p41", "If such materials", "p41", "measures")
DESK = f"{SPEECH}review/"
STREAM = "**/live/**"
SILENCE = 1_500  # milliseconds in which news would have come

PRELUDE = f"""
from reader.actions import changes, dispositions, moderation
from reader.actions.wording import Wording
from reader.models import Annotation, Document, User
from tests.factories import make_annotation, make_reply
people = {{user.username: user for user in User.objects.all()}}
document = Document.objects.get(slug="{SLUG}")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo of its own, which these tests fill with threads."""
    with running_demo(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(scope="module")
def sign_ins() -> dict[str, object]:
    """Sign-ins of that demo."""
    return {}


def do(site: Site, code: str) -> None:
    """Have somebody do something beside the site, on its database."""
    site.run(PRELUDE + code)


def opened(page: Page, path: str = SPEECH) -> Page:
    """Open a page and wait until its stream is open."""
    with page.expect_request(STREAM):
        page.goto(path)
    return page


def begin(page: Page, story: Story, words: str) -> Locator:
    """Begin to comment on a passage in a browser; return the field with the words."""
    drag(page, story)
    toolbar(page).get_by_role("button", name="Comment").click()
    field = page.locator(".composer").get_by_label("Your words")
    expect(field).to_be_focused()
    page.keyboard.type(words)
    return field


def write(page: Page, words: str) -> None:
    """Comment on the passage in a browser."""
    begin(page, PASSAGE, words)
    page.locator(".composer").get_by_role("button", name="Post comment").click()
    expect(card(page, words)).to_have_count(1)


def test_what_others_write_edit_and_take_down_is_seen(
    site: Site, open_browser: OpenBrowser
) -> None:
    mine = opened(open_browser("reader", viewport=WIDE).new_page())
    theirs = opened(open_browser(viewport=WIDE).new_page())
    write(mine, "Seen by all who read.")
    expect(card(theirs, "Seen by all who read.")).to_have_count(1, timeout=SOON)
    expect(theirs.locator("#p37 mark").first).to_be_attached()
    mine.wait_for_timeout(SILENCE)
    expect(card(mine, "Seen by all who read.")).to_have_count(1)  # and not twice

    card(theirs, "Seen by all who read.").locator(".replies-link").click()
    thread = theirs.locator(".card-open", has_text="Seen by all who read.")
    expect(thread).to_be_visible()
    theirs.evaluate("document.activeElement.blur()")
    do(
        site,
        "root = Annotation.objects.get(body='Seen by all who read.')\n"
        "make_reply(people['reviewer'], root, 'An answer comes in.')\n",
    )
    expect(thread).to_contain_text("An answer comes in.", timeout=SOON)  # still open
    do(
        site,
        "root = Annotation.objects.get(body='Seen by all who read.')\n"
        "changes.edit_annotation(editor=people['reader'], annotation=root,"
        " wording=Wording('Said otherwise.'), version=root.version)\n",
    )
    expect(card(theirs, "Said otherwise.")).to_have_count(1, timeout=SOON)
    do(
        site,
        "root = Annotation.objects.get(body='Said otherwise.')\n"
        "moderation.decide(moderator=people['moderator'], annotation=root, act='deny',"
        " reason='spam')\n",
    )
    expect(card(theirs, "Said otherwise.")).to_have_count(0, timeout=SOON)


def test_the_page_of_one_paragraph_follows_too(site: Site, open_browser: OpenBrowser) -> None:
    page = opened(open_browser(viewport=WIDE).new_page(), f"{SPEECH}p30/")
    threads = page.locator("#t-p30")
    head = threads.locator("h2").inner_text()
    code = (
        "words = document.current_edition.blocks.get(ref='p30').text[:12]\n"
        "make_annotation(people['reader'], document, words, body='Under one paragraph.')\n"
    )
    do(site, code)
    expect(threads).to_contain_text("Under one paragraph.", timeout=SOON)
    expect(threads.locator("h2")).not_to_have_text(head)
    root = "root = Annotation.objects.get(body__in=('Under one paragraph.', 'Reworded.'))\n"
    do(site, f"{root}make_reply(people['reviewer'], root, 'A reply to it.')\n")
    expect(threads).to_contain_text("A reply to it.", timeout=SOON)
    do(
        site,
        f"{root}changes.edit_annotation(editor=people['reader'], annotation=root,"
        " wording=Wording('Reworded.'), version=root.version)\n",
    )
    expect(threads).to_contain_text("Reworded.", timeout=SOON)
    do(
        site,
        f"{root}ruling = dispositions.Ruling('answered', 'Settled here.')\n"
        "dispositions.decide_thread(reviewer=people['reviewer'], root=root, ruling=ruling)\n",
    )
    expect(threads).to_contain_text("Settled here.", timeout=SOON)
    do(
        site,
        f"{root}moderation.decide(moderator=people['moderator'], annotation=root, act='deny',"
        " reason='spam')\n",
    )
    expect(threads.get_by_text("Reworded.")).to_have_count(0, timeout=SOON)


def test_a_mark_that_moves_leaves_where_it_was(site: Site, open_browser: OpenBrowser) -> None:
    words = "words = lambda ref: document.current_edition.blocks.get(ref=ref).text[:9]\n"
    do(
        site,
        f"{words}make_annotation(people['reader'], document, words('p36'), body='',"
        " motivation='highlighting')",
    )
    page = opened(open_browser(viewport=WIDE).new_page())
    here, there = page.locator("#p36 mark"), page.locator("#p38 mark")
    (marked, before) = (here.count(), there.count())
    assert marked
    do(
        site,
        f"{words}from tests.factories import passage_of\n"
        "mark = Annotation.objects.filter(motivation='highlighting').latest('pk')\n"
        "changes.adjust_passage(editor=people['reader'], annotation=mark,"
        " passage=passage_of(document, words('p38')), version=mark.version)",
    )
    expect(there).not_to_have_count(before, timeout=SOON)
    expect(here).not_to_have_count(marked, timeout=SOON)


def test_the_counts_and_the_strip_follow(site: Site, open_browser: OpenBrowser) -> None:
    page = opened(open_browser(viewport=WIDE).new_page())
    life = page.locator("#life").inner_text()
    bar = page.locator('#density a[href="#p31"] title')
    before = bar.text_content() or ""
    code = (
        "words = document.current_edition.blocks.get(ref='p31').text[:12]\n"
        "make_annotation(people['reader'], document, words, body='Counted in.')\n"
    )
    do(site, code)
    expect(page.locator("#life")).not_to_have_text(life, timeout=SOON)
    expect(bar).not_to_have_text(before, timeout=SOON)


def test_a_private_note_is_seen_by_nobody_else(site: Site, open_browser: OpenBrowser) -> None:
    mine = opened(open_browser("reader", viewport=WIDE).new_page())
    theirs = opened(open_browser("moderator", viewport=WIDE).new_page())
    fetched: list[str] = []
    theirs.on("request", lambda request: fetched.append(request.url))
    do(
        site,
        "make_annotation(people['reader'], document, 'The tragic events', body='canary-mine',"
        " visibility='private')\n",
    )
    expect(card(mine, "canary-mine")).to_have_count(1, timeout=SOON)  # in my other window
    theirs.wait_for_timeout(SILENCE)
    assert fetched == []
    assert "canary-mine" not in theirs.content()


def test_who_writes_is_not_disturbed(site: Site, open_browser: OpenBrowser) -> None:
    page = opened(open_browser("reader", viewport=WIDE).new_page())
    words = begin(page, WRITTEN_ON, "Half a tho")
    place = page.evaluate("scrollY")
    do(
        site,
        "make_annotation(people['reviewer'], document, 'If such materials', body='In between.')",
    )
    note = page.locator("#t-p41 .live-note")
    expect(note).to_contain_text("1 new here", timeout=SOON)
    expect(card(page, "In between.")).to_have_count(0)
    page.keyboard.type("ught")
    expect(words).to_be_focused()
    expect(words).to_have_value("Half a thought")
    assert page.evaluate("scrollY") == place
    note.click()
    expect(card(page, "In between.")).to_have_count(1, timeout=SOON)
    expect(words).to_have_value("Half a thought")


def test_the_page_stays_where_it_is_and_says_politely_what_is_new(
    site: Site, open_browser: OpenBrowser
) -> None:
    page = opened(open_browser(viewport=WIDE).new_page())
    page.locator("#p52").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    at = "document.querySelector('#p52').getBoundingClientRect().top"
    before = page.evaluate(at)
    do(
        site,
        "make_annotation(people['reader'], document, 'The tragic events', body='Up there.')\n"
        "make_annotation(people['reader'], document, 'Despite provocations', body='Down here.')\n",
    )
    expect(card(page, "Down here.")).to_have_count(1, timeout=SOON)
    expect(card(page, "Up there.")).to_have_count(1, timeout=SOON)
    page.wait_for_timeout(300)
    assert abs(page.evaluate(at) - before) < 2
    expect(page.locator("#announcer")).to_contain_text("New on this page")


def test_without_a_stream_a_reload_shows_all(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(viewport=WIDE).new_page()
    page.route(STREAM, lambda route: route.abort())
    opened(page)
    do(site, "make_annotation(people['reader'], document, 'Despite provocations', body='Unheard.')")
    page.wait_for_timeout(SILENCE)
    expect(card(page, "Unheard.")).to_have_count(0)
    page.reload()
    expect(card(page, "Unheard.")).to_have_count(1)


def test_a_hidden_page_listens_not_and_catches_up(site: Site, open_browser: OpenBrowser) -> None:
    page = opened(open_browser(viewport=WIDE).new_page())
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    do(site, "make_annotation(people['reader'], document, 'The tragic events', body='Meanwhile.')")
    page.wait_for_timeout(SILENCE)
    expect(card(page, "Meanwhile.")).to_have_count(0)
    page.evaluate(hide, False)
    expect(card(page, "Meanwhile.")).to_have_count(1, timeout=SOON)


def test_readers_of_one_paragraph_see_how_many_they_are(
    site: Site, open_browser: OpenBrowser
) -> None:
    at = f"{SPEECH}#p20"
    mine = opened(open_browser("reader", viewport=WIDE).new_page(), at)
    theirs = opened(open_browser("reviewer", viewport=WIDE).new_page(), at)
    stranger = opened(open_browser(viewport=WIDE).new_page(), at)
    note = mine.locator(".beside")
    expect(note).to_have_text("1 other is reading this", timeout=SOON)
    expect(theirs.locator(".beside")).to_have_text("1 other is reading this", timeout=SOON)
    expect(stranger.locator(".beside")).to_have_count(0)
    box, here = note.bounding_box(), mine.locator(".block:has(.beside) .prose").bounding_box()
    assert box is not None
    assert here is not None
    assert box["y"] >= here["y"] + here["height"] - 1  # it covers no words
    theirs.locator("#p45").evaluate("block => block.scrollIntoView()")  # they read on
    expect(note).to_have_count(0, timeout=SOON)
    theirs.locator("#p20").evaluate("block => block.scrollIntoView()")
    expect(note).to_have_count(1, timeout=SOON)
    theirs.close()
    expect(note).to_have_count(0, timeout=SOON)


def test_who_does_not_want_to_be_counted_is_not(site: Site, open_browser: OpenBrowser) -> None:
    asked: list[str] = []
    browser = open_browser("reviewer", viewport=WIDE)
    theirs = browser.new_page()
    theirs.on("request", lambda request: asked.append(request.url))
    theirs.goto("/preferences/")
    form = theirs.locator("main form.preferences")
    form.get_by_role("group", name="How many read the same").get_by_label("Off").check()
    form.get_by_role("button", name="Use these").click()
    mine = opened(open_browser("reader", viewport=WIDE).new_page(), f"{SPEECH}#p22")
    opened(theirs, f"{SPEECH}#p22")
    mine.wait_for_timeout(SILENCE + 1_000)
    expect(mine.locator(".beside")).to_have_count(0)
    expect(theirs.locator(".beside")).to_have_count(0)
    assert [url for url in asked if "/live/" in url and not url.endswith("&at=")] == []


def test_desks_hear_of_threads_and_of_each_other(site: Site, open_browser: OpenBrowser) -> None:
    asked: list[str] = []
    desk = opened(open_browser("reviewer", viewport=WIDE).new_page(), DESK)
    other = opened(open_browser("admin", viewport=WIDE).new_page(), DESK)
    desk.wait_for_timeout(SILENCE)
    desk.on("request", lambda request: asked.append(request.url))
    desk.wait_for_timeout(5_000)
    assert asked == []  # it does not ask while it is told
    code = "make_annotation(people['reader'], document, 'Dear compatriots', body='For the desk.')"
    do(site, code)
    expect(desk.locator(".live.news").first).to_contain_text("1 new thread", timeout=SOON)
    first = other.locator("article.card").first
    first.focus()
    uid = first.get_attribute("data-uid")
    expect(desk.locator(f"#r-{uid} .presence")).to_contain_text("is here", timeout=SOON)
