"""Which formats there are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reader.text.exporters import jsonld, markdown, page, tei
from reader.text.exporters.records import Section, Work

Sections = Callable[[], Iterator[Section]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what files in it are called, and what writes them.

    ``everything``: it also holds threads that the chosen edition's text knows nothing of.
    """

    name: str
    extension: str
    content_type: str
    write: Callable[[Work, Sections], Iterator[str]]
    everything: bool = False


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format("html", "html", "text/html; charset=utf-8", page.write),
        Format(
            "jsonld",
            "jsonld",
            'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"; charset=utf-8',
            jsonld.write,
            everything=True,
        ),
        Format("markdown", "md", "text/markdown; charset=utf-8", markdown.write),
        Format("tei", "xml", "application/tei+xml; charset=utf-8", tei.write),
    )
}
