"""A stand-alone HTML page: the text, its marked passages, and the threads as side notes.

One file that needs nothing else: it opens with the network off, runs nothing and loads nothing,
which its own policy says to the browser as well.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from reader.text.blocks import Block, BlockKind, InlineMark
from reader.text.exporters import words
from reader.text.exporters.html_style import CSS
from reader.text.exporters.records import Mark, Note, Ruling, Section, Work
from reader.text.segments import Piece, Span, pieces

DEEPEST = 4
HIGHEST, LOWEST = 2, 4  # headings of the text, below the title
LINKS = ("https://", "http://", "mailto:")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write(work: Work, sections: Callable[[], Iterator[Section]]) -> Iterator[str]:
    """Yield the page in pieces; its last words say that it is complete."""
    yield _head(work)
    has_rest = False
    for section in sections():
        if section.block is not None:
            yield from _row(work, section, section.block)
        else:
            has_rest = True
            yield f'<h2 class="rest">{words.NOWHERE}</h2>\n<div class="notes nowhere">\n'
            yield from _notes(work, section.notes, quotes=True)
    yield "</div>\n" if has_rest else ""
    yield f"</main>\n<footer><p>{words.END}</p></footer>\n</body>\n</html>\n"


def _head(work: Work) -> str:
    facts = "".join(f"<dt>{word}</dt><dd>{_fact(said)}</dd>" for word, said in words.about(work))
    title = _plain(words.one_line(work.title))
    about = f"<p>{_plain(words.one_line(work.description))}</p>\n" if work.description else ""
    return f"""<!doctype html>
<html lang="{words.language(work.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{CSS}</style>
</head>
<body>
<header>
<h1>{title}</h1>
{about}<dl>{facts}</dl>
</header>
<main>
"""


def _fact(said: str) -> str:
    if said.startswith(LINKS):
        return f'<a href="{escape(said)}" rel="noopener noreferrer">{_plain(said)}</a>'
    return _plain(said)


def _plain(text: str) -> str:
    return escape(words.legal(text))


def _row(work: Work, section: Section, block: Block) -> Iterator[str]:
    number = f"¶{block.number}" if block.number else ""
    yield f'<div class="row" id="{escape(block.ref)}">'
    yield f'<a class="no" href="#{escape(block.ref)}">{number}</a>' if number else "<span></span>"
    tag = _element(block)
    yield f'<{tag} class="text {block.kind}" dir="auto">{_marked(block, section.marks)}</{tag}>\n'
    opened = False
    for piece in _notes(work, section.notes):
        yield piece if opened else f'<aside class="notes">\n{piece}'
        opened = True
    yield "</aside></div>\n" if opened else "</div>\n"


def _element(block: Block) -> str:
    if block.kind is BlockKind.HEADING:
        return f"h{min(max(block.level + 1, HIGHEST), LOWEST)}"
    return "pre" if block.kind is BlockKind.PREFORMATTED else "p"


def _marked(block: Block, marks: Sequence[Mark]) -> str:
    spans = (Span(mark.start, mark.end, key) for key, mark in enumerate(marks))
    ending: dict[int, list[int]] = {}
    for mark in marks:
        if mark.ends_here and mark.number:
            ending.setdefault(min(mark.end, len(block.text)), []).append(mark.number)
    parts, at = [], 0
    for piece in pieces(block.text, spans, block.inline):
        at += len(piece.text)
        parts.append(_piece(piece, marks))
        parts.extend(_reference(number) for number in sorted(ending.get(at, ())))
    return "".join(parts)


def _reference(number: int) -> str:
    return f'<sup><a id="m{number}" href="#n{number}">{number}</a></sup>'


def _piece(piece: Piece, marks: Sequence[Mark]) -> str:
    html = _plain(piece.text)
    for inline in reversed(piece.inline):
        html = _inline(inline, html)
    if not piece.keys:
        return html
    return f'<mark class="{escape(marks[piece.keys[-1]].motivation)}">{html}</mark>'


def _inline(inline: InlineMark, html: str) -> str:
    if inline.kind != "link":
        return f"<{inline.kind}>{html}</{inline.kind}>"
    if not inline.href.startswith(LINKS):
        return html
    return f'<a href="{escape(inline.href)}" rel="noopener noreferrer">{html}</a>'


def _notes(work: Work, notes: Iterable[Note], *, quotes: bool = False) -> Iterator[str]:
    """Yield the threads: each root with its replies; bare highlights are marks in the text only."""
    root: Note | None = None
    for note in notes:
        if note.depth:
            if root is not None:
                yield _reply(note)
            continue
        if root is not None:
            yield f"{_decisions(work, root)}</article>\n"
        root = note if note.number else None
        if root is not None:
            yield _root(note, quotes=quotes)
    if root is not None:
        yield f"{_decisions(work, root)}</article>\n"


def _root(note: Note, *, quotes: bool) -> str:
    back = f'<a href="#m{note.number}">{note.number}</a> ' if not quotes else f"{note.number} "
    quoted = ""
    if quotes and note.exact:
        quoted = f'<p class="passage" dir="auto">“{_plain(words.one_line(note.exact))}”</p>'
    head = f'<article class="note {escape(note.motivation)}" id="n{note.number}">'
    return f'{head}<p class="by">{back}{_by(note)}</p>{quoted}{_said(note)}'


def _reply(note: Note) -> str:
    depth = min(note.depth, DEEPEST)
    return f'<div class="reply d{depth}"><p class="by">{_by(note)}</p>{_said(note)}</div>'


def _by(note: Note) -> str:
    return " · ".join(f"<bdi>{_plain(part)}</bdi>" for part in words.heading(note))


def _said(note: Note) -> str:
    if note.withheld:
        return f'<p class="by">{words.WITHHELD.get(note.withheld, "")}</p>'
    # Sealed by text.markup when it was saved, as on the site's own pages.
    html = f'<div class="body" dir="auto">{words.legal(note.html)}</div>' if note.html else ""
    if note.replacement is not None:
        old, new = _plain(note.exact), _plain(note.replacement)
        inserted = f" <ins>{new}</ins>" if new else ""
        html = f'<p class="change" dir="auto"><del>{old}</del>{inserted}</p>{html}'
    if note.tags:
        tags = " ".join(f"<bdi>#{_plain(words.one_line(tag))}</bdi>" for tag in note.tags)
        html += f'<p class="tags">{tags}</p>'
    return html


def _decisions(work: Work, note: Note) -> str:
    return "".join(_decision(work, ruling) for ruling in note.rulings)


def _decision(work: Work, ruling: Ruling) -> str:
    said = _plain(words.decision(work, ruling))
    reason = f" <bdi>{_plain(ruling.reason)}</bdi>" if ruling.reason else ""
    if ruling.withdrawn_at is not None:
        taken_back = f" (taken back {words.day(ruling.withdrawn_at)})"
        return f'<p class="decision was"><s>{said}{reason}</s>{taken_back}</p>'
    return f'<p class="decision"><strong>{said}</strong>{reason}</p>'
