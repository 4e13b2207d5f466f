"""Putting back what an export of ours holds, as it was: for the operator, after a loss.

The document's editions are there already, with the texts that they had. Nothing that is there is
changed: what the document has under the same uid is passed over.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from reader import events
from reader.actions import recording
from reader.actions.changes import batched
from reader.actions.errors import Invalid
from reader.actions.restored_people import People
from reader.actions.tagging import tag_all
from reader.models import (
    Anchor,
    Annotation,
    AnnotationRevision,
    Block,
    Disposition,
    Document,
    Group,
    Motivation,
    Status,
    Visibility,
)
from reader.text import markup
from reader.text.exporters import Note, Spot
from reader.text.importers import foreign, own

AT_ONCE = 500
TOLD_EVERY = 2_000
Progress = Callable[[int, int], None]
WITHHELD = {"deleted": Status.APPROVED, "removed": Status.DENIED, "waiting": Status.PENDING}


@dataclass(slots=True)
class Restored:
    """What became of a file: counts, and each refusal with its reason."""

    saved: int = 0
    known: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@transaction.atomic
def restore(*, document: Document, data: bytes, progress: Progress | None = None) -> Restored:
    """Put back the annotations of an export, with authors, dates, decisions and all.

    Authors are found by their usernames; who is not there is made as a guest of that name.

    Raises:
        Invalid: the file is no whole export of ours. Nothing is saved then.
    """
    try:
        rows = own.rows_of(foreign.load(data, limit=2_000_000_000))
    except foreign.Malformed as error:
        raise Invalid("file", str(error)) from error
    events.lock(document)
    try:
        return _Restorer(document, progress).run(rows)
    except (IntegrityError, DataError) as error:
        raise Invalid("file", _("The file says what cannot be: %s") % error) from error


class _Restorer:
    """One file on its way into one document."""

    def __init__(self, document: Document, progress: Progress | None) -> None:
        self.document, self.progress = document, progress
        self.result = Restored()
        self.editions = dict(document.editions.values_list("number", "pk"))
        self.blocks: dict[int, dict[str, int]] = defaultdict(dict)
        blocks = Block.objects.filter(edition__document=document)
        for edition, ref, pk in blocks.values_list("edition__number", "ref", "pk"):
            self.blocks[edition][ref] = pk
        self.groups = dict(Group.objects.values_list("slug", "pk"))
        self.known = dict(Annotation.objects.filter(document=document).values_list("uid", "pk"))
        self.people = People()
        self.ids: dict[str, int] = {}
        self.roots: dict[str, str] = {}
        self.done = 0

    def run(self, rows: Sequence[Any]) -> Restored:
        """Save what can be saved, roots before what answers them."""
        levels = self._levels(rows)
        notes = [note for level in levels for note in level]
        self.people.find(_people_in(notes))
        for level in levels:
            for batch in batched(level, AT_ONCE):
                self._save(batch, len(notes))
        for batch in batched(notes, AT_ONCE):
            self._save_decisions(batch)
        return self.result

    def _levels(self, rows: Sequence[Any]) -> list[list[Note]]:
        """Return the notes that can be saved, by how deep they stand; in the order of the file."""
        depths: dict[str, int] = {}
        levels: list[list[Note]] = []
        for row in rows:
            name = str(row.get("id", ""))[: foreign.MAX_NAME] if isinstance(row, dict) else ""
            try:
                note = own.read(row)
                self._check(note)
                depth = self._depth(note, depths)
            except foreign.Unusable as error:
                self.result.refused.append((name, str(error)))
                continue
            depths[note.uid] = depth
            self.roots[note.uid] = self.roots[note.parent] if note.parent else note.uid
            if note.uid in self.known:
                self.result.known += 1
                self.ids[note.uid] = self.known[note.uid]
                continue
            while len(levels) <= depth:
                levels.append([])
            levels[depth].append(note)
        return levels

    def _depth(self, note: Note, depths: dict[str, int]) -> int:
        if note.uid in depths:
            raise foreign.Unusable("it is in the file twice")
        if not note.parent:
            return 0
        if note.parent not in depths:
            raise foreign.Unusable("what it answers is not in the file before it")
        return depths[note.parent] + 1

    def _check(self, note: Note) -> None:
        """Pass silently when the note can be a row.

        Raises:
            Unusable: with the reason.
        """
        if note.withheld and note.withheld not in WITHHELD:
            raise foreign.Unusable("why it is withheld is not known")
        if not note.withheld and note.status not in Status.values:
            raise foreign.Unusable("its status is not known")
        if note.motivation not in Motivation.values or bool(note.parent) != (
            note.motivation == Motivation.REPLYING
        ):
            raise foreign.Unusable("its motivation does not go with its target")
        if note.visibility not in Visibility.values:
            raise foreign.Unusable("its visibility is not known")
        if note.visibility == Visibility.GROUP and note.group not in self.groups:
            raise foreign.Unusable(f"there is no group {note.group}")
        if note.edition not in self.editions:
            raise foreign.Unusable(f"the document has no edition {note.edition}")
        if note.start is not None and (note.end is None or note.end <= note.start):
            raise foreign.Unusable("its passage ends before it begins")

    def _save(self, notes: Sequence[Note], total: int) -> None:
        made: list[tuple[Note, Annotation]] = []
        for note in notes:
            try:
                made.append((note, self._row(note)))
            except markup.MarkupError as error:
                self.result.refused.append((note.uid, str(error)))
        if Annotation.objects.filter(uid__in=[note.uid for note, _row in made]).exists():
            raise Invalid("file", _("Another document has annotations of these names."))
        Annotation.objects.bulk_create([row for _note, row in made])
        self.ids.update((row.uid, row.pk) for _note, row in made)
        tag_all([(row.pk, note.tags) for note, row in made])
        self._save_places(made)
        self._save_revisions(made)
        recording.changed_many(self.document, "restored", [row for _note, row in made])
        self.result.saved += len(made)
        self.done += len(notes)
        if self.progress:
            self.progress(self.done, total)

    def _row(self, note: Note) -> Annotation:
        status = WITHHELD.get(note.withheld, note.status)
        waits = status == Status.PENDING and note.visibility == Visibility.PUBLIC
        if note.parent and note.parent not in self.ids:
            raise markup.MarkupError("What it answers was refused.")
        return Annotation(
            uid=note.uid,
            document=self.document,
            edition_id=self.editions[note.edition],
            author_id=self.people.id_of(note.author),
            motivation=note.motivation,
            body=note.body,
            body_html=markup.render(note.body) if note.body else "",
            replacement=note.replacement,
            language=note.language,
            visibility=note.visibility,
            group_id=self.groups[note.group] if note.group else None,
            status=status,
            attention_since=note.created_at if waits and not note.withheld else None,
            parent_id=self.ids[note.parent] if note.parent else None,
            root_id=self.ids[self.roots[note.uid]] if note.parent else None,
            exact=note.exact,
            prefix=note.prefix,
            suffix=note.suffix,
            start=note.start,
            end=note.end,
            created_at=note.created_at,
            edited_at=note.edited_at,
            deleted_at=note.deleted_at,
            version=note.version,
            agree_count=note.agree,
            disagree_count=note.disagree,
            foreign_id=note.foreign_id or None,
        )

    def _save_places(self, made: Sequence[tuple[Note, Annotation]]) -> None:
        anchors = []
        for note, row in made:
            for spot in note.spots:
                anchor = self._anchor(row.pk, spot)
                if anchor is None:
                    words = _("%(uid)s: its place in edition %(number)d is not there.")
                    told = words % {"uid": note.uid, "number": spot.edition}
                    self.result.warnings.append(told)
                else:
                    anchors.append(anchor)
        Anchor.objects.bulk_create(anchors, batch_size=AT_ONCE)

    def _anchor(self, annotation: int, spot: Spot) -> Anchor | None:
        blocks = self.blocks.get(spot.edition, {})
        refs = [ref for ref in (spot.first_ref, spot.last_ref) if ref]
        if spot.edition not in self.editions or any(ref not in blocks for ref in refs):
            return None
        return Anchor(
            annotation_id=annotation,
            edition_id=self.editions[spot.edition],
            first_block_id=blocks.get(spot.first_ref),
            start=spot.start,
            last_block_id=blocks.get(spot.last_ref),
            end=spot.end,
            verdict=spot.verdict,
            score=spot.score,
            decided_at=spot.decided_at,
            decided_by_id=self.people.id_of(spot.decided_by),
        )

    def _save_revisions(self, made: Sequence[tuple[Note, Annotation]]) -> None:
        AnnotationRevision.objects.bulk_create(
            [
                AnnotationRevision(
                    annotation=row,
                    version=one.version,
                    body=one.body,
                    body_html=markup.render(one.body) if one.body else "",
                    replacement=one.replacement,
                    exact=one.exact,
                    written_at=one.written_at,
                    was_public=one.was_public,
                    for_group=row.group_id if one.was_public else None,
                )
                for note, row in made
                for one in note.revisions
            ],
            batch_size=AT_ONCE,
        )

    def _save_decisions(self, notes: Sequence[Note]) -> None:
        rows = []
        for note in notes:
            for one in note.rulings:
                twin = self.ids.get(one.duplicate_of)
                if note.uid not in self.ids or (one.outcome == "duplicate" and twin is None):
                    words = _("%(uid)s: the thread that it repeats is not there.")
                    self.result.warnings.append(words % {"uid": note.uid})
                    continue
                rows.append(
                    Disposition(
                        annotation_id=self.ids[note.uid],
                        outcome=one.outcome,
                        reason=one.reason,
                        addressed_in_id=self.editions.get(one.addressed_in or 0),
                        duplicate_of_id=twin,
                        decided_by_id=self.people.id_of(one.decided_by),
                        decided_at=one.decided_at,
                        withdrawn_by_id=self.people.id_of(one.withdrawn_by),
                        withdrawn_at=one.withdrawn_at,
                    )
                )
        Disposition.objects.bulk_create(rows, batch_size=AT_ONCE)


def _people_in(notes: Iterable[Note]) -> Iterable[Any]:
    for note in notes:
        yield note.author
        yield from (spot.decided_by for spot in note.spots)
        for one in note.rulings:
            yield one.decided_by
            yield one.withdrawn_by
