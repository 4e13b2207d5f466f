"""Markdown: the text, and below it the notes as numbered footnotes.

Nothing that anybody wrote is copied as it is: the text and the notes are written anew, with every
sign escaped that Markdown might take for its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from reader.text.blocks import Block, BlockKind
from reader.text.exporters import words
from reader.text.exporters.bodies import as_markdown, escaped
from reader.text.exporters.records import Mark, Note, Section, Work

INDENT = "    "
HIGHEST, LOWEST = 2, 6


def write(work: Work, sections: Callable[[], Iterator[Section]]) -> Iterator[str]:
    """Yield the text block by block, after each block its notes."""
    yield f"# {_line(work.title)}\n\n"
    if work.description:
        yield f"{_line(work.description)}\n\n"
    for word, said in words.about(work):
        yield f"- {word}: {_line(said)}\n"
    yield "\n"
    for section in sections():
        if section.block is None:
            yield f"## {words.NOWHERE}\n\n"
            yield from _rest(work, section.notes)
            continue
        yield f"{_block(section.block, section.marks)}\n\n"
        yield from _notes(work, section.notes)
    yield f"* * *\n\n{words.END}\n"


def _line(text: str) -> str:
    return escaped(words.one_line(text))


def _block(block: Block, marks: Sequence[Mark]) -> str:
    text = _with_references(block, marks)
    number = f"**¶{block.number}** " if block.number else ""
    if block.kind is BlockKind.HEADING:
        return f"{'#' * min(max(block.level + 1, HIGHEST), LOWEST)} {' '.join(text.split())}"
    lines = text.split("\n")
    lines[0] = number + lines[0]
    # Two spaces keep the line's end; no line may begin with space, which would make it code.
    whole = "  \n".join(line.strip() for line in lines)
    if block.kind is BlockKind.LIST_ITEM:
        return "- " + whole.replace("\n", "\n  ")
    if block.kind is BlockKind.QUOTATION:
        return "> " + whole.replace("\n", "\n> ")
    return whole


def _with_references(block: Block, marks: Sequence[Mark]) -> str:
    ending: dict[int, list[int]] = {}
    for mark in marks:
        if mark.ends_here and mark.number:
            ending.setdefault(min(mark.end, len(block.text)), []).append(mark.number)
    parts, at = [], 0
    for end in sorted(ending):
        parts.append(_after(at, escaped(words.legal(block.text[at:end]))))
        parts.extend(f"[^{number}]" for number in sorted(ending[end]))
        at = end
    return "".join([*parts, _after(at, escaped(words.legal(block.text[at:])))])


def _after(at: int, text: str) -> str:
    """The text that follows a reference, which must not become a link or a definition by it."""
    return f"\\{text}" if at and text.startswith(("(", ":")) else text


def _notes(work: Work, notes: Iterable[Note]) -> Iterator[str]:
    shown = False
    for note in notes:
        if not note.depth:
            shown = note.number > 0
        if shown:
            lead = f"[^{note.number}]: " if not note.depth else INDENT
            yield lead + f"\n{INDENT}".join(_said(work, note)).replace(f"\n{INDENT}\n", "\n\n")
            yield "\n\n"


def _rest(work: Work, notes: Iterable[Note]) -> Iterator[str]:
    """Yield notes that no footnote can be hung on: as an ordinary list."""
    shown = False
    for note in notes:
        if not note.depth:
            shown = note.number > 0
        if shown:
            said = _said(work, note, quotes=not note.depth)
            lead = "- " if not note.depth else "  "
            yield lead + "\n  ".join(said) + "\n\n"


def _said(work: Work, note: Note, *, quotes: bool = False) -> list[str]:
    """The note in lines, replies with how deep they answer."""
    depth = f"{'↳ ' * min(note.depth, 4)}" if note.depth else ""
    lines = [depth + " · ".join(_line(part) for part in words.heading(note))]
    if note.withheld:
        return [*lines, "", words.WITHHELD.get(note.withheld, "")]
    if quotes and note.exact:
        lines += ["", f"“{_line(note.exact)}”"]
    if note.replacement is not None:
        new = _line(note.replacement) or "(nothing)"
        lines += ["", f"Instead of “{_line(note.exact)}”: “{new}”"]
    if note.html:
        lines += ["", *as_markdown(words.legal(note.html))]
    if note.tags:
        lines += ["", " ".join(_line(f"#{tag}") for tag in note.tags)]
    for ruling in note.rulings:
        said = f"**{_line(words.decision(work, ruling))}**"
        back = f" (taken back {words.day(ruling.withdrawn_at)})" if ruling.withdrawn_at else ""
        lines += ["", f"{said}{back} {_line(ruling.reason)}".rstrip()]
    return lines
