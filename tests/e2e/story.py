"""What the stories share: words, looks at the page, the pointer's path over text."""

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page, expect

SLUG = "address-january-2022"
SPEECH = f"/d/{SLUG}/"

# Where some words of a block stand in the window: the rectangles of their first and last letters.
WORDS_AT = """([ref, words]) => {
  const prose = document.querySelector(`#${ref} .prose`);
  const start = prose.textContent.indexOf(words);
  if (start < 0) throw new Error(`${ref} does not hold ${words}`);
  const letter = (offset) => {
    const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); offset -= node.length) {
      if (offset >= node.length) continue;
      const range = new Range();
      range.setStart(node, offset);
      range.setEnd(node, offset + 1);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      return { left, right, y: (top + bottom) / 2 };
    }
  };
  return [letter(start), letter(start + words.length - 1)];
}"""


@dataclass(frozen=True, slots=True)
class Story:
    """The words of one telling. Each telling has its own paragraphs, so that none meets another."""

    name: str
    first_ref: str
    first_words: str
    last_ref: str
    last_words: str

    @property
    def comment(self) -> str:
        """What the reader says first."""
        return f"Which of the two is meant, the {self.name} asks?"

    @property
    def edited(self) -> str:
        """What the reader makes of it."""
        return f"Is the second a promise, the {self.name} wonders?"

    @property
    def reply(self) -> str:
        """What the reviewer answers."""
        return f"The second one, says the {self.name}."

    @property
    def reason(self) -> str:
        """What the moderator tells the author."""
        return f"Please ask about the words, {self.name}."

    @property
    def tag(self) -> str:
        """The tag that the reader gives."""
        return f"{self.name}-tag"


def drag(page: Page, story: Story) -> None:
    """Press at the first word, move over the text in steps, release after the last word."""
    page.locator(f"#{story.first_ref}").scroll_into_view_if_needed()
    page.locator(f"#{story.last_ref}").scroll_into_view_if_needed()
    first, _ = page.evaluate(WORDS_AT, [story.first_ref, story.first_words])
    _, last = page.evaluate(WORDS_AT, [story.last_ref, story.last_words])
    page.mouse.move(first["left"] + 1, first["y"])
    page.mouse.down()
    page.mouse.move(last["right"], last["y"], steps=8)
    page.mouse.up()


def card(page: Page, words: str) -> Locator:
    """The card, or open thread, that says these words."""
    return page.locator(".card:not(.composer)", has_text=words)


def toolbar(page: Page) -> Locator:
    """The toolbar for the selected words."""
    return page.get_by_role("toolbar", name="The selected words")


def expect_marked(page: Page, story: Story) -> None:
    """See that real marks cover the words of both paragraphs."""
    for ref, words in ((story.first_ref, story.first_words), (story.last_ref, story.last_words)):
        marks = page.locator(f"#{ref} mark.mine")
        expect(marks.first).to_be_attached()
        assert words in "".join(marks.all_text_contents())


def uid_of(page: Page, words: str) -> str:
    """Return the uid of the annotation with these words on the page."""
    uid = card(page, words).first.get_attribute("data-uid")
    assert uid
    return uid


def expect_gone(stranger: BrowserContext, story: Story, uid: str) -> None:
    """See that a stranger finds the denied words nowhere, and the permalink not at all."""
    page = stranger.new_page()
    for path in (
        SPEECH,
        f"{SPEECH}{story.first_ref}/",
        f"{SPEECH}{story.last_ref}/",
        f"{SPEECH}{story.first_ref}/threads/",
        "/people/reader/",
    ):
        answer = page.goto(path)
        assert answer
        assert answer.ok, path
        assert story.edited not in page.content(), path
        assert story.comment not in page.content(), path
    answer = page.goto(f"/a/{uid}/")
    assert answer
    assert story.edited not in page.content()


def expect_reason(author: Page, story: Story, uid: str) -> None:
    """See that the author still finds the words, and why others do not."""
    author.goto(f"/a/{uid}/")
    denied = card(author, story.edited)
    expect(denied).to_contain_text("Taken down by the moderators")
    expect(denied).to_contain_text("Not about this text")
    expect(denied).to_contain_text(story.reason)
