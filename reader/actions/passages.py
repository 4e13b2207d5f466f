"""From what somebody pointed at to a span of an edition's text, and to its anchor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from reader.actions.errors import Invalid
from reader.actions.wording import clean_text
from reader.models import Anchor, Annotation, Block, Edition
from reader.queries.layouts import layout_of
from reader.text.anchoring import (
    ORPHAN,
    Resolution,
    Verdict,
    find_quoted,
    resolve,
    resolve_selectors,
)
from reader.text.blocks import locate
from reader.text.selectors import TextPositionSelector, TextQuoteSelector, describe

SLACK = 1_000  # characters, for white space that was not copied


@dataclass(frozen=True, slots=True)
class Passage:
    """What somebody pointed at.

    With ``start`` and ``end`` (code points of the edition's plain text) it was selected on the
    page; without, the words in ``exact`` were copied by hand from the block ``ref``, and no words
    mean the whole block. Words without a block stand anywhere in the text, once.
    """

    ref: str = ""
    start: int | None = None
    end: int | None = None
    exact: str = ""
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Selectors:
    """Other software's selectors for one passage, in their JSON form: alternatives, best first.

    They may name nothing in the text, or the page as a whole: then the annotation stands nowhere.
    """

    rows: Sequence[Mapping[str, Any]] = ()


def find_place(edition: Edition, passage: "Passage | Selectors") -> Resolution:
    """Return where the passage stands in the edition's plain text.

    Raises:
        Invalid: somebody selected it on the page, and it is not there.
    """
    if isinstance(passage, Passage):
        return Resolution(Verdict.EXACT, 1.0, *find_span(edition, passage))
    found = resolve_selectors(edition.text, passage.rows)
    if found.start is None or found.end is None:
        return ORPHAN
    words = edition.text[found.start : found.end]
    start = found.start + len(words) - len(words.lstrip())
    end = found.end - len(words) + len(words.rstrip())
    return replace(found, start=start, end=end) if start < end else ORPHAN


def find_span(edition: Edition, passage: Passage) -> tuple[int, int]:
    """Return the passage's span in the edition's plain text, without space at its ends.

    Raises:
        Invalid: the passage is not in the text, with the field and what to do about it.
    """
    if passage.start is None or passage.end is None:
        start, end = _find_by_hand(edition, passage)
    else:
        start, end = _find_selected(edition.text, passage, passage.start, passage.end)
    words = edition.text[start:end]
    start += len(words) - len(words.lstrip())
    end -= len(words) - len(words.rstrip())
    if start >= end:
        raise Invalid("exact", _("There are no words in this passage. Select some text."))
    return start, end


def _find_selected(text: str, passage: Passage, start: int, end: int) -> tuple[int, int]:
    if end <= start:
        raise Invalid("exact", _("The passage ends before it begins. Select it again."))
    if start < 0 or end > len(text):
        raise Invalid("exact", _("The passage lies outside the text. Select it again."))
    if not passage.exact:
        return start, end
    quote = TextQuoteSelector(passage.exact, passage.prefix, passage.suffix)
    found = resolve(text, quote, TextPositionSelector(start, end))
    if found.start is None or found.end is None:
        raise Invalid("exact", _("These words do not occur in the text. Select them again."))
    return found.start, found.end


def _find_by_hand(edition: Edition, passage: Passage) -> tuple[int, int]:
    first, last = 0, len(edition.text)
    if passage.ref or not passage.exact.strip():
        block = Block.objects.filter(edition=edition, ref=passage.ref).first()
        if block is None:
            raise Invalid("exact", _("There is no such paragraph in this edition."))
        first, last = block.start, block.end
    if not passage.exact.strip():
        return first, last
    quoted = clean_text("exact", passage.exact)
    # A passage runs on for as long as what was copied; beyond that there is nothing to find.
    reach = min(len(edition.text), last + 2 * len(quoted) + SLACK)
    found = find_quoted(edition.text, quoted, first, reach)
    found = [span for span in found if span[0] < last]
    if not found and passage.ref:
        message = _("These words do not occur in this paragraph. Copy them from the text.")
        raise Invalid("exact", message)
    if not found:
        raise Invalid("exact", _("These words do not occur in the text. Copy them from it."))
    if len(found) > 1:
        message = _("These words occur %(count)d times here. Add the words around them.")
        raise Invalid("exact", message % {"count": len(found)})
    return found[0]


def attach(annotation: Annotation, edition: Edition, span: tuple[int, int]) -> None:
    """Write the span's selectors onto the (unsaved) annotation."""
    quote, position = describe(edition.text, *span)
    annotation.edition = edition
    annotation.exact, annotation.prefix, annotation.suffix = quote.exact, quote.prefix, quote.suffix
    annotation.start, annotation.end = position.start, position.end


def attach_loosely(annotation: Annotation, edition: Edition, passage: Selectors) -> None:
    """Write the quote that was sent onto the (unsaved) annotation, which stands nowhere."""
    annotation.edition = edition
    quote = next((row for row in passage.rows if isinstance(row.get("exact"), str)), {})
    for name in ("exact", "prefix", "suffix"):
        words = quote.get(name)
        setattr(annotation, name, clean_text("exact", words if isinstance(words, str) else ""))


def anchor_at(annotation: Annotation, edition: Edition, found: Resolution) -> Anchor:
    """Save where a new annotation stands in the edition, or that it stands nowhere."""
    if found.start is not None and found.end is not None:
        place = _place(edition, (found.start, found.end))
    else:
        place = {"verdict": found.verdict, "score": found.score}
    return Anchor.objects.create(annotation=annotation, edition=edition, **place)


def anchor(annotation: Annotation, edition: Edition, span: tuple[int, int]) -> Anchor:
    """Save where the annotation stands in the edition, replacing where it stood before."""
    undecided = {"decided_by": None, "decided_at": None}
    placed, _created = Anchor.objects.update_or_create(
        annotation=annotation, edition=edition, defaults={**_place(edition, span), **undecided}
    )
    return placed


def _place(edition: Edition, span: tuple[int, int]) -> dict[str, Any]:
    layout = layout_of(edition)
    first, start, last, end = locate(layout.starts, layout.lengths, *span)
    return {
        "first_block_id": layout.pks[first],
        "start": start,
        "last_block_id": layout.pks[last],
        "end": end,
        "verdict": Verdict.EXACT,
        "score": 1.0,
    }
