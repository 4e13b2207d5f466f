"""TEI P5 XML: the text as it is, the annotations beside it in <standOff>.

A passage is named by TEI's pointer schemes, which count characters of the element that they name:
``string-range`` within one block, a ``range`` of two ``string-index`` across blocks.
"""

import re
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape, quoteattr

from reader.text.blocks import Block, BlockKind, InlineMark
from reader.text.exporters import words
from reader.text.exporters.bodies import LINKS, as_tei
from reader.text.exporters.records import Note, Person, Ruling, Section, Work
from reader.text.exporters.times import moment
from reader.text.segments import pieces

NAMESPACE = "http://www.tei-c.org/ns/1.0"
INLINE = {"em": "italic", "strong": "bold", "sup": "superscript", "sub": "subscript"}
_ADDRESS = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~]")


def write(work: Work, sections: Callable[[], Iterator[Section]]) -> Iterator[str]:
    """Yield the header, the text, and then the annotations in the order of the text."""
    yield _header(work)
    yield from _body(sections())
    opened = False
    for section in sections():
        for note in section.notes:
            yield "" if opened else "<standOff>\n<listAnnotation>\n"
            opened = True
            yield f"{_annotation(work, note)}\n"
    yield "</listAnnotation>\n</standOff>\n" if opened else ""
    yield "</TEI>\n"


def _header(work: Work) -> str:
    author = f"<author>{_text(work.author)}</author>" if work.author else ""
    rights = f"<p>{_text(work.rights)}</p>" if work.rights else "<p>No rights are stated.</p>"
    facts = "; ".join(f"{word}: {said}" for word, said in words.about(work))
    language = words.language(work.language)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="{NAMESPACE}" xml:lang="{language}">
<teiHeader>
<fileDesc>
<titleStmt><title>{_text(work.title)}</title>{author}</titleStmt>
<publicationStmt>{rights}</publicationStmt>
<sourceDesc><p>{_text(facts)}</p></sourceDesc>
</fileDesc>
<profileDesc><langUsage><language ident="{language}"/></langUsage></profileDesc>
</teiHeader>
"""


def _text(text: str) -> str:
    return escape(words.legal(text))


def _attribute(text: str) -> str:
    return quoteattr(words.one_line(text))


def _uri(address: str) -> str:
    """An address with whatever has no place in one written as UTF-8 bytes."""
    return _ADDRESS.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode(errors="replace")), address
    )


def _body(sections: Iterator[Section]) -> Iterator[str]:
    yield "<text>\n<body>\n"
    levels: list[int] = []
    in_list, is_empty = False, True
    for section in sections:
        block = section.block
        if block is None:
            continue
        is_item = block.kind is BlockKind.LIST_ITEM
        if in_list != is_item:
            yield "<list>\n" if is_item else "</list>\n"
        in_list, is_empty = is_item, False
        if block.kind is BlockKind.HEADING:
            while levels and levels[-1] >= block.level:
                levels.pop()
                yield "</div>\n"
            levels.append(block.level)
            yield "<div>\n"
        yield f"{_block(block)}\n"
    yield "</list>\n" if in_list else ""
    yield "</div>\n" * len(levels)
    yield "<p/>\n" if is_empty else ""
    yield "</body>\n</text>\n"


def _block(block: Block) -> str:
    space = ' xml:space="preserve"' if re.search(r"\s\s|\n|^\s|\s$", block.text) else ""
    number = f' n="{block.number}"' if block.number else ""
    named = f"xml:id={quoteattr(block.ref)}{number}{space}"
    inner = "".join(
        _inline(piece.text, piece.inline) for piece in pieces(block.text, (), block.inline)
    )
    if block.kind is BlockKind.HEADING:
        return f"<head {named}>{inner}</head>"
    if block.kind is BlockKind.LIST_ITEM:
        return f"<item {named}>{inner}</item>"
    if block.kind is BlockKind.QUOTATION:
        return f"<quote {named}>{inner}</quote>"
    if block.kind is BlockKind.VERSE:
        return f"<lg><l {named}>{inner}</l></lg>"
    rend = ' rend="preformatted"' if block.kind is BlockKind.PREFORMATTED else ""
    return f"<p {named}{rend}>{inner}</p>"


def _inline(text: str, marks: tuple[InlineMark, ...]) -> str:
    # A character that XML cannot hold must not shift those after it: the offsets count it.
    xml = escape("".join(char if words.legal(char) else "\ufffd" for char in text))
    for mark in reversed(marks):
        if mark.kind in INLINE:
            xml = f'<hi rend="{INLINE[mark.kind]}">{xml}</hi>'
        elif mark.kind == "code":
            xml = f'<hi rend="code">{xml}</hi>'
        elif mark.href.startswith(LINKS):
            xml = f"<ref target={quoteattr(_uri(mark.href))}>{xml}</ref>"
    return xml


def _annotation(work: Work, note: Note) -> str:
    head = f'<annotation xml:id="a-{note.uid}" motivation="{note.motivation}"'
    number = f' n="{note.number}"' if note.number and not note.depth else ""
    parts = [f"{head}{number} target={quoteattr(_target(work, note))}>"]
    parts += [_person(work, note.author, "author"), _history(note)]
    if note.withheld:
        parts.append(f'<note type="withheld">{words.WITHHELD.get(note.withheld, "")}</note>')
    if note.exact:
        parts.append(f'<note type="quote">{_text(note.exact)}</note>')
    if note.replacement is not None:
        parts.append(f'<note type="replacement">{_text(note.replacement)}</note>')
    if note.html:
        lang = f' xml:lang="{words.language(note.language)}"' if note.language else ""
        parts.append(f'<note type="body"{lang}>{as_tei(words.legal(note.html))}</note>')
    parts += [f'<note type="tag">{_text(tag)}</note>' for tag in note.tags]
    if note.agree or note.disagree:
        counts = f'<num n="agree">{note.agree}</num> <num n="disagree">{note.disagree}</num>'
        parts.append(f'<note type="reactions">{counts}</note>')
    parts += [_decision(work, ruling) for ruling in note.rulings]
    parts += [
        f'<note type="revision" n="{one.version}">{_text(one.body)}</note>'
        for one in note.revisions
    ]
    return "".join([*parts, "</annotation>"])


def _target(work: Work, note: Note) -> str:
    if note.parent:
        return f"#a-{note.parent}"
    spot = next((spot for spot in note.spots if spot.edition == work.edition), None)
    if spot is None or spot.start is None or spot.end is None:
        return _uri(work.edition_url(note.edition))
    if spot.first_ref == spot.last_ref:
        return f"#string-range({spot.first_ref},{spot.start},{spot.end - spot.start})"
    first = f"string-index({spot.first_ref},{spot.start})"
    return f"#range({first},string-index({spot.last_ref},{spot.end}))"


def _person(work: Work, person: Person | None, part: str) -> str:
    if person is None:
        return ""
    address = _uri(f"{work.base_url}/people/{person.username}/")
    named = f"<persName ref={quoteattr(address)}>{_text(words.one_line(person.name))}</persName>"
    return f"<respStmt><resp>{part}</resp>{named}</respStmt>"


def _history(note: Note) -> str:
    status = f" status={_attribute(note.status)}" if not note.withheld else ""
    edited = ""
    if note.edited_at:
        edited = f'<change when="{moment(note.edited_at)}" n="{note.version}">edited</change>'
    seen = words.VISIBILITIES.get(note.visibility, "public").format(group=note.group)
    created = f'<change when="{moment(note.created_at)}">written; {_text(seen)}</change>'
    return f"<revisionDesc{status}>{edited}{created}</revisionDesc>"


def _decision(work: Work, ruling: Ruling) -> str:
    said = _text(words.decision(work, ruling))
    reason = f"<p>{_text(ruling.reason)}</p>" if ruling.reason else ""
    back = f"<p>Taken back {moment(ruling.withdrawn_at)}.</p>" if ruling.withdrawn_at else ""
    kind = "decision-taken-back" if ruling.withdrawn_at else "decision"
    date = f'<date when="{moment(ruling.decided_at)}"/>'
    subtype = quoteattr(ruling.outcome)
    return f'<note type="{kind}" subtype={subtype}><p>{said} {date}</p>{reason}{back}</note>'
