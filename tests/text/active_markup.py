"""A second opinion on rendered HTML, by the standard library's parser and its own lists."""

from html.parser import HTMLParser

ALLOWED_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "a", "hr"} | {
    "blockquote",
    "ul",
    "ol",
    "li",
}
VOID_TAGS = {"br", "hr"}
ALLOWED_STARTS = ("http://", "https://", "mailto:")
REL = "nofollow ugc noopener"
Event = tuple[str, str, tuple[tuple[str, str | None], ...]]


class _Listener(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[Event] = []
        self.oddities: list[str] = []
        self.open_tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append(("start", tag, tuple(sorted(attrs))))
        if tag not in VOID_TAGS:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append(("start", tag, tuple(sorted(attrs))))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("end", tag, ()))
        if not self.open_tags or self.open_tags.pop() != tag:
            self.oddities.append(f"</{tag}> out of place")

    def handle_data(self, data: str) -> None:
        if self.events and self.events[-1][0] == "text":
            data = self.events.pop()[1] + data
        self.events.append(("text", data, ()))

    def handle_comment(self, data: str) -> None:
        self.oddities.append(f"comment {data!r}")

    def handle_decl(self, decl: str) -> None:
        self.oddities.append(f"declaration {decl!r}")

    def unknown_decl(self, data: str) -> None:
        self.oddities.append(f"declaration {data!r}")

    def handle_pi(self, data: str) -> None:
        self.oddities.append(f"instruction {data!r}")


def _heard(html: str) -> _Listener:
    listener = _Listener()
    listener.feed(html)
    listener.close()
    return listener


def events_of(html: str) -> list[Event]:
    """Tags, attributes and text in order, the same for every way of writing the same HTML."""
    return _heard(html).events


def complaints(html: str) -> list[str]:
    """Everything in rendered HTML that is not on the lists above; nothing for safe HTML."""
    listener = _heard(html)
    found = [*listener.oddities, *(f"<{tag}> left open" for tag in listener.open_tags)]
    for kind, tag, attributes in listener.events:
        if kind == "text":
            continue
        if tag not in ALLOWED_TAGS:
            found.append(f"<{tag}>")
        if kind == "start":
            found += _attribute_complaints(tag, dict(attributes))
    return found


def _attribute_complaints(tag: str, attributes: dict[str, str | None]) -> list[str]:
    if tag != "a":
        return [f"<{tag} {name}>" for name in attributes]
    href = attributes.get("href") or ""
    found = [f"<a {name}>" for name in attributes if name not in {"href", "rel"}]
    if not href.lower().startswith(ALLOWED_STARTS) or any(char in href for char in "\\ \t\n"):
        found.append(f"href {href!r}")
    if attributes.get("rel") != REL:
        found.append(f"rel {attributes.get('rel')!r}")
    return found
