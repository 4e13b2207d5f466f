"""Every word that pages say by themselves goes through gettext.

Translation is replaced by putting brackets around each message; a word outside brackets that is
not somebody's content was written into a template by hand.
"""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from reader.models import Document, User
from tests.factories import make_annotation, make_reply

# Elements whose text is somebody's content, or the same in every language.
CONTENT = {"prose", "body", "quote", "author", "description", "tags", "suggestion", "neighbour"}
CONTENT |= {"when", "site-name", "who", "number", "volume-title", "aa", "by", "selected-quote"}
TEXTUAL = ("aria-label", "title", "placeholder", "alt")
VOID = {"meta", "link", "input", "br", "img", "hr", "use", "rect", "path"}
SAME_EVERYWHERE = {"Postil", "UTC"}


class Untranslated(HTMLParser):
    """Gathers the words of a page that stand outside brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[bool] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element's attributes and remember whether it holds content."""
        values = {name: value or "" for name, value in attrs}
        is_content = tag in {"script", "style", "time", "option", "kbd", "code", "textarea"}
        is_content |= bool(CONTENT & set(values.get("class", "").split())) or "lang" in values
        if not (is_content and tag != "html") and not any(self.stack):
            for name in TEXTUAL:
                self.look_at(values.get(name, ""))
        if tag not in VOID:
            self.stack.append(is_content and tag != "html")

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        if tag not in VOID and self.stack:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        """Look at text that is not content."""
        if not any(self.stack):
            self.look_at(data)

    def look_at(self, text: str) -> None:
        """Note the words outside brackets."""
        bare = re.sub(r"⟦[^⟦⟧]*⟧", "", re.sub(r"⟦[^⟦⟧]*⟧", "", text))
        words = re.findall(r"[^\W\d_]{2,}", bare)
        self.found += [word for word in words if word not in SAME_EVERYWHERE]


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put brackets around everything that is translated."""

    def mark(message: object) -> str:
        return f"⟦{message}⟧" if message else ""

    trans = translation._trans  # type: ignore[attr-defined]  # Django's switch between real and none
    monkeypatch.setattr(trans, "gettext", mark, raising=False)
    monkeypatch.setattr(
        trans, "ngettext", lambda one, many, n: mark(one if n == 1 else many), raising=False
    )
    monkeypatch.setattr(trans, "pgettext", lambda _context, text: mark(text), raising=False)


@pytest.mark.parametrize("who", ["anonymous", "author"])
@pytest.mark.usefixtures("bracketed")
def test_no_word_is_written_into_a_template(
    client: Client, author: User, stranger: User, document: Document, who: str
) -> None:
    note = make_annotation(author, document, tags=("wording",))
    make_reply(stranger, note)
    make_annotation(author, document, "Nobody", motivation="editing", replacement="No one")
    theirs = make_annotation(stranger, document, "A promise", motivation="questioning")
    pages = [
        reverse("library"),
        reverse("document", args=[document.slug]),
        reverse("map", args=[document.slug]),
        reverse("paragraph", args=[document.slug, "p1"]),
        reverse("history", args=[note.uid]),
        reverse("reply", args=[theirs.uid]),
        reverse("profile", args=[author.username]),
        reverse("preferences"),
        "/nowhere/",
    ]
    if who == "author":
        client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
        names = ("edit", "adjust", "delete")
        pages += [reverse(name, args=[note.uid]) for name in names]
        pages += [reverse("flag", args=[theirs.uid]), reverse("settings"), reverse("erase")]
    else:
        pages += [reverse("account_login"), reverse("account_signup")]
    names_and_titles = f"{document.title} {author.name} {stranger.name}"
    found = {}
    for page in pages:
        parser = Untranslated()
        parser.feed(client.get(page).content.decode())
        if words := set(parser.found) - set(names_and_titles.split()):
            found[page] = sorted(words)
    assert found == {}
