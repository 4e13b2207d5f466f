"""A document's draft: its blocks, the decisions in it, and what hangs on it when it goes."""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from reader import policy
from reader.actions.errors import Invalid
from reader.actions.passages import attach
from reader.models import Anchor, Annotation, Block, Disposition, Document, Edition, User
from reader.queries.carrying import BATCH, carrier_between, carry, span_of
from reader.queries.dispositions import taken_up_by
from reader.text import blocks as text_blocks
from reader.text.anchoring import ORPHAN, Resolution, Verdict
from reader.text.blocks import locate, plain_text


def check_may_edit(editor: User | None, document: Document) -> None:
    """Pass silently when the editor, or the command line, may make editions of the document.

    Raises:
        policy.Refused: with the reason.
    """
    if editor is not None:
        policy.check_may_read_document(editor, document)
        policy.check_may_edit_document(editor, document)


def find_draft(document: Document) -> Edition | None:
    """Return the document's draft, whoever asks."""
    return document.editions.filter(published_at__isnull=True).first()


def still_draft(edition: Edition) -> Edition:
    """Return the draft as it is saved now, for the document that was locked.

    Raises:
        Invalid: it was published or discarded, or another edition became current.
    """
    document = edition.document
    draft = Edition.objects.filter(
        pk=edition.pk, published_at__isnull=True, based_on=document.current_edition_id
    ).first()
    if draft is None:
        message = _("This is no draft of the next edition any more. Nothing was changed.")
        raise Invalid("edition", message)
    draft.document = document
    return draft


class Ground:
    """An edition's blocks by their place: turns spans of its text into anchors."""

    def __init__(self, edition: Edition) -> None:
        """Read where the blocks begin; one query."""
        self._edition_id = edition.pk
        rows = Block.objects.filter(edition=edition).order_by("position")
        self._ids, self._starts, self._lengths = [], [], []
        places = rows.values_list("pk", "start")
        for pk, start in places:
            self._ids.append(pk)
            self._starts.append(start)
        ends = [start - len(text_blocks.SEPARATOR) for start in self._starts[1:]]
        ends.append(len(edition.text))
        self._lengths = [end - start for start, end in zip(self._starts, ends, strict=True)]

    def anchor(self, annotation_id: int, found: Resolution) -> Anchor:
        """Return an unsaved anchor where the annotation was found to stand.

        Raises:
            ValueError: there are no words in the span.
        """
        anchor = Anchor(
            annotation_id=annotation_id,
            edition_id=self._edition_id,
            verdict=found.verdict,
            score=found.score,
        )
        if found.start is not None and found.end is not None:
            first, start, last, end = locate(self._starts, self._lengths, found.start, found.end)
            anchor.first_block_id, anchor.start = self._ids[first], start
            anchor.last_block_id, anchor.end = self._ids[last], end
        return anchor


def make_draft(
    document: Document,
    blocks: Sequence[text_blocks.Block],
    *,
    origin: str,
    editor: User | None,
    label: str = "",
    note: str = "",
    source_name: str = "",
    source_sha256: str = "",
) -> Edition:
    """Save a draft of the document's next edition. There must be none yet."""
    newest = document.editions.order_by("-number").values_list("number", flat=True).first()
    draft = Edition.objects.create(
        document=document,
        number=(newest or 0) + 1,
        label=label,
        note=note,
        origin=origin,
        based_on_id=document.current_edition_id,
        source_name=source_name,
        source_sha256=source_sha256,
        text=plain_text(blocks),
        created_by=editor,
    )
    save_blocks(draft, blocks)
    return draft


def rewrite_draft(draft: Edition, blocks: Sequence[text_blocks.Block]) -> None:
    """Give the draft another text. What editors decided in it is kept where the words are."""
    before = draft.text
    decided = decisions(draft)
    rehome(draft)
    draft.anchors.all().delete()
    draft.blocks.all().delete()
    draft.text = plain_text(blocks)
    draft.save(update_fields=["text"])
    save_blocks(draft, blocks)
    keep_decisions(before, draft, decided)


def save_blocks(edition: Edition, blocks: Iterable[text_blocks.Block]) -> None:
    """Save the numbered blocks as the edition's."""
    Block.objects.bulk_create(
        (
            Block(
                edition=edition,
                position=position,
                ref=block.ref,
                number=block.number,
                kind=block.kind,
                level=block.level,
                text=block.text,
                inline=[mark.as_json() for mark in block.inline],
                start=block.start,
            )
            for position, block in enumerate(blocks)
        ),
        batch_size=BATCH,
    )


def blocks_as_text(edition: Edition) -> list[text_blocks.Block]:
    """Return the edition's blocks as the ground floor knows them."""
    return [
        text_blocks.Block(
            kind=text_blocks.BlockKind(row.kind),
            text=row.text,
            level=row.level,
            inline=tuple(text_blocks.InlineMark.from_json(mark) for mark in row.inline),
            ref=row.ref,
            number=row.number,
            start=row.start,
        )
        for row in Block.objects.filter(edition=edition).order_by("position")
    ]


def remove_draft(draft: Edition) -> None:
    """Delete the draft. Suggestions it had taken up wait for the next one."""
    rehome(draft)
    Disposition.objects.filter(addressed_in=draft).update(addressed_in=None)
    draft.delete()


def decisions(draft: Edition) -> list[tuple[Anchor, tuple[int, int] | None]]:
    """Return what editors have decided in the draft, with the spans in its text.

    Where accepted words stand is left out: that follows from the text.
    """
    rows = draft.anchors.filter(decided_at__isnull=False).select_related(
        "first_block", "last_block"
    )
    rows = rows.exclude(annotation__in=taken_up_by(draft).values("annotation_id"))
    # An acceptance that was taken back has left its anchor behind, with its own time.
    acceptances = Disposition.objects.filter(
        annotation=OuterRef("annotation"),
        outcome=Disposition.Outcome.ACCEPTED,
        decided_at=OuterRef("decided_at"),
    )
    return [(row, span_of(row)) for row in rows.exclude(Exists(acceptances))]


def keep_decisions(
    text: str, draft: Edition, decided: Sequence[tuple[Anchor, tuple[int, int] | None]]
) -> None:
    """Save the decisions of an earlier draft, of that text, for this one.

    A place is kept where the very words stand as they did; otherwise the machine is asked again.
    """
    if not decided:
        return
    carrier, ground = carrier_between(text, draft.text), Ground(draft)
    kept: list[Anchor] = []
    for row, span in decided:
        found = carry(carrier, span) if span else ORPHAN
        if span and (found.start is None or found.verdict is not Verdict.EXACT):
            continue
        place = ORPHAN if not span else Resolution(Verdict.CONFIRMED, 1.0, found.start, found.end)
        again = ground.anchor(row.annotation_id, place)
        again.decided_by_id, again.decided_at = row.decided_by_id, row.decided_at
        kept.append(again)
    Anchor.objects.bulk_create(kept, batch_size=BATCH)


def rehome(draft: Edition) -> None:
    """Let annotations made on the draft, when it was published, be of the edition it is based on.

    They have an anchor there since the publication was undone. Where they have no place in it,
    their quote alone is kept: positions would count in a text that is no more.
    """
    base = draft.based_on or draft.document.current_edition
    if base is None:
        return
    rows = Annotation.objects.filter(edition=draft)
    rows.filter(parent__isnull=False).update(edition=base)
    places = {
        row.annotation_id: span_of(row)
        for row in base.anchors.filter(annotation__edition=draft).select_related(
            "first_block", "last_block"
        )
    }
    for annotation in rows.filter(parent__isnull=True).iterator(chunk_size=BATCH):
        span = places.get(annotation.pk)
        if span:
            attach(annotation, base, span)
        else:
            annotation.edition, annotation.start, annotation.end = base, None, None
        annotation.save(update_fields=["edition", "exact", "prefix", "suffix", "start", "end"])
