"""What can be said of any page by reading its HTML: headings, labels, what must not be there."""

from html.parser import HTMLParser

UNLABELLED = {"hidden", "submit", "button"}


class Page(HTMLParser):
    """A page taken apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings = 0
        self.ids: list[str] = []
        self.inputs: list[dict[str, str]] = []
        self.described: list[str] = []
        self.labelled: set[str] = set()
        self.inline: list[str] = []
        self._inside_label = 0
        self.feed(html)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in pairs}
        self.headings += tag == "h1"
        self._inside_label += tag == "label"
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.described += attributes.get("aria-describedby", "").split()
        self.inline += [name for name in attributes if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self.inline.append(tag)
        if tag == "label" and "for" in attributes:
            self.labelled.add(attributes["for"])
        is_field = tag in {"input", "select", "textarea"}
        if is_field and attributes.get("type") not in UNLABELLED and not self._inside_label:
            self.inputs.append(attributes)

    def handle_endtag(self, tag: str) -> None:
        self._inside_label -= tag == "label"

    def problems(self) -> list[str]:
        """Return what is wrong with the page's build."""
        wrong = [] if self.headings == 1 else [f"{self.headings} first headings"]
        wrong += [f"inline {name}" for name in self.inline]
        wrong += [f"no label for {one}" for one in self.inputs if not self._has_label(one)]
        wrong += [f"nothing has the id {name}" for name in self.described if name not in self.ids]
        wrong += [f"twice the id {name}" for name in set(self.ids) if self.ids.count(name) > 1]
        return wrong

    def _has_label(self, field: dict[str, str]) -> bool:
        return field.get("id", "") in self.labelled or "aria-label" in field
