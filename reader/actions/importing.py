"""Bringing in annotations that were made elsewhere, as notes by named guests.

Everything comes in public, with the words rendered anew as every write's are; authors are guests
and never accounts of this site, whatever the file says. What is there already is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import recording
from reader.actions.changes import batched
from reader.actions.drafting import Ground
from reader.actions.errors import Invalid
from reader.actions.import_report import Report
from reader.actions.passages import attach
from reader.actions.restored_people import guests_for
from reader.actions.tagging import tag_all
from reader.actions.wording import CleanWording, Wording, clean
from reader.models import (
    Anchor,
    Annotation,
    Document,
    Edition,
    Motivation,
    Status,
    User,
    Visibility,
)
from reader.text.anchoring import ORPHAN, Resolution, Verdict, resolve_selectors
from reader.text.importers import anything, foreign
from reader.text.importers.foreign import Incoming

AT_ONCE = 500
MAX_DEPTH = 100  # answers to answers
MAX_LIKENESS = 30_000_000  # characters of text searched for words that resemble a quote
UNKNOWN = "unknown:"
EVERYBODYS = Q(visibility=Visibility.PUBLIC, status=Status.APPROVED, deleted_at__isnull=True) & (
    Q(root__isnull=True) | Q(root__visibility=Visibility.PUBLIC, root__status=Status.APPROVED)
)
Answers = dict[str, list[Incoming]]


def bring_in(
    *,
    editor: User | None,
    document: Document,
    data: bytes,
    with_groups: bool = False,
    only_try: bool = False,
) -> Report:
    """Save the annotations in a file of the W3C's or of Hypothesis's making, in one transaction.

    Args:
        editor: who brings them; None for the command line.
        document: what they are about.
        data: the file.
        with_groups: also what was shared with a group only; what was private never comes in.
        only_try: say what would become of it, and save nothing.

    Raises:
        policy.Refused: the editor may not edit this document.
        Invalid: the file cannot be read at all, or a new edition was published while it was read.
            Nothing is saved then.
    """
    if editor is not None:
        policy.check_may_read_document(editor, document)
        policy.check_may_edit_document(editor, document)
    try:
        harvest = anything.read(data, timezone.now())
    except foreign.Malformed as error:
        raise Invalid("file", str(error)) from error
    report = Report()
    for name, reason in harvest.refused:
        report.refuse(name, reason)
    run = _Import(editor, document, report, with_groups=with_groups)
    run.prepare(harvest.notes)  # it takes its time, and holds up nobody
    with transaction.atomic():
        events.lock(document)
        run.save()
        transaction.set_rollback(only_try)
    return report


@dataclass(slots=True)
class _Row:
    """An annotation on its way in, with its words cleaned."""

    note: Incoming
    words: CleanWording
    found: Resolution = ORPHAN
    row: Annotation | None = None


class _Import:
    """One file on its way into one document."""

    def __init__(
        self, editor: User | None, document: Document, report: Report, *, with_groups: bool
    ) -> None:
        if document.current_edition is None:
            raise Invalid("file", _("This document has no text yet."))
        self.document, self.report = document, report
        self.edition: Edition = document.current_edition
        self.ground = Ground(self.edition)
        self.now: datetime = timezone.now()
        viewer = editor or User(is_superuser=True)
        self.status = policy.first_status(viewer, document, Visibility.PUBLIC)
        self.taken = {"public", "group"} if with_groups else {"public"}
        rows = Annotation.objects.filter(document=document)
        self.here = rows.select_related("root").only("pk", "uid", "foreign_id", "root_id")
        self.rows: dict[str, Annotation] = {}
        self.closed: set[str] = set()
        self.ready: dict[str, _Row] = {}
        self.patience = MAX_LIKENESS
        self.base = f"{settings.SITE_URL}/a/"

    def prepare(self, notes: Sequence[Incoming]) -> None:
        """Clean the words of all that is new, and look for its places; nothing is saved yet."""
        self._find_known(notes)
        sources = {_page(note.source) for note in notes if not note.parent} - {""}
        self.sources = self._own_pages() | (sources if len(sources) == 1 else set())
        rows = map(self._prepare, self._fresh(notes))
        self.ready = {row.note.name: row for row in rows if row is not None}

    def save(self) -> None:
        """Save what is ready, level by level from the roots down. The document is locked.

        Raises:
            Invalid: it has a new edition.
        """
        if self.document.current_edition_id != self.edition.pk:
            message = _("A new edition was published meanwhile. Bring the file in once more.")
            raise Invalid("file", message)
        notes = [row.note for row in self.ready.values()]
        self._find_known(notes)
        level, answers = self._ranked([note for note in notes if not self._is_known(note.name)])
        self.report.known += len(notes) - len(level) - sum(map(len, answers.values()))
        for _depth in range(MAX_DEPTH):
            for batch in batched(level, AT_ONCE):
                self._save([self.ready[note.name] for note in batch])
            reached = [note.name for note in level if note.name in self.rows]
            level = [answer for name in reached for answer in answers.pop(name, ())]
        for note in (note for waiting in [level, *answers.values()] for note in waiting):
            self.report.refuse(note.name, _("what it answers did not come in"))

    def _fresh(self, notes: Sequence[Incoming]) -> list[Incoming]:
        """Return the notes that are new here and were public; count the others."""
        fresh: dict[str, Incoming] = {}
        for note in notes:
            if self._is_known(note.name):
                self.report.known += 1
            elif note.name in fresh:
                self.report.refuse(note.name, _("it is in the file twice"))
            elif note.shared not in self.taken:
                self.report.refuse(note.name, _("it was not public where it was written"))
            else:
                fresh[note.name] = note
        return list(fresh.values())

    def _ranked(self, notes: Sequence[Incoming]) -> tuple[list[Incoming], Answers]:
        """Return what hangs on nothing in the file, and the rest by what it hangs on."""
        level: list[Incoming] = []
        answers: Answers = {}
        for note in notes:
            if note.parent and note.parent not in self.rows:
                answers.setdefault(note.parent, []).append(note)
            else:
                level.append(note)
        return level, answers

    def _find_known(self, notes: Sequence[Incoming]) -> None:
        names = {note.name for note in notes} | {note.parent for note in notes if note.parent}
        for batch in batched(sorted(names), AT_ONCE):
            uids = {
                name.removeprefix(self.base).rstrip("/"): name
                for name in batch
                if name.startswith(self.base)
            }
            for row in self.here.filter(foreign_id__in=batch):
                self.rows[row.foreign_id or ""] = row
            for row in self.here.filter(uid__in=list(uids)):
                self.rows[uids[row.uid]] = row
            # What everybody reads may be answered in public; the rest is only known to be here.
            for row in self.here.filter(uid__in=list(uids)).exclude(EVERYBODYS):
                self.closed.add(uids[row.uid])
                self.rows.pop(uids[row.uid])

    def _is_known(self, name: str) -> bool:
        return name in self.rows or name in self.closed

    def _own_pages(self) -> set[str]:
        own = {settings.SITE_URL + self.document.get_absolute_url(), self.document.source_url}
        editions = self.document.editions.values_list("number", flat=True)
        own |= {f"{settings.SITE_URL}/d/{self.document.slug}/e/{number}/" for number in editions}
        return {_page(address) for address in own if address} | {""}

    def _save(self, rows: Sequence[_Row]) -> None:
        guests = guests_for(
            {row.note.account or UNKNOWN: row.note.author or _("Unknown author") for row in rows}
        )
        for row in rows:
            row.row = self._annotation(row, guests[row.note.account or UNKNOWN])
        made = [row.row for row in rows if row.row is not None]
        Annotation.objects.bulk_create(made)
        self.rows.update((row.note.name, saved) for row, saved in zip(rows, made, strict=True))
        tag_all([(saved.pk, row.words.tags) for row, saved in zip(rows, made, strict=True)])
        self._save_anchors(rows)
        recording.changed_many(self.document, "imported", made)
        self.report.saved += len(made)
        self.report.replies += sum(bool(row.note.parent) for row in rows)
        self.report.cleaned += sum(row.note.cleaned for row in rows)

    def _prepare(self, note: Incoming) -> _Row | None:
        """Return the annotation with clean words and its place; None when it is refused."""
        exact = next((one["exact"] for one in note.selectors if one.get("exact")), "")
        wording = Wording(note.body, note.replacement, list(note.tags))
        try:
            words = clean(wording, note.motivation, exact)
        except Invalid as error:
            self.report.refuse(note.name, str(error))
            return None
        if note.parent:
            return _Row(note, words)
        found = self._place(note.selectors)
        if found.start is None and _page(note.source) not in self.sources:
            self.report.refuse(note.name, _("it is about another page"))
            return None
        return _Row(note, words, found)

    def _place(self, selectors: Sequence[Mapping[str, Any]]) -> Resolution:
        found = resolve_selectors(self.edition.text, selectors, fuzzy=self.patience > 0)
        if found.verdict in (Verdict.FUZZY, Verdict.ORPHANED):
            self.patience -= len(self.edition.text)
        if found.start is None or found.end is None:
            return ORPHAN
        words = self.edition.text[found.start : found.end]
        start = found.start + len(words) - len(words.lstrip())
        end = found.end - len(words) + len(words.rstrip())
        return replace(found, start=start, end=end) if start < end else ORPHAN

    def _annotation(self, row: _Row, guest: User) -> Annotation:
        note, created = row.note, row.note.created or self.now
        parent = self.rows[note.parent] if note.parent else None
        annotation = Annotation(
            document=self.document,
            edition=self.edition,
            author=guest,
            motivation=Motivation.REPLYING if parent else note.motivation,
            body=row.words.body,
            body_html=row.words.body_html,
            replacement=row.words.replacement,
            language=self.document.language,
            visibility=Visibility.PUBLIC,
            status=self.status,
            attention_since=self.now if self.status == Status.PENDING else None,
            parent=parent,
            root_id=(parent.root_id or parent.pk) if parent else None,
            created_at=created,
            edited_at=note.modified if note.modified and note.modified > created else None,
            foreign_id=note.name,
        )
        if parent is not None:
            return annotation
        if row.found.start is not None and row.found.end is not None:
            attach(annotation, self.edition, (row.found.start, row.found.end))
            self.report.elsewhere += row.found.verdict != Verdict.EXACT
        else:
            quote = next((one for one in note.selectors if one.get("exact")), {})
            annotation.exact = quote.get("exact", "")
            annotation.prefix, annotation.suffix = quote.get("prefix", ""), quote.get("suffix", "")
            self.report.orphans += 1
        return annotation

    def _save_anchors(self, rows: Sequence[_Row]) -> None:
        Anchor.objects.bulk_create(
            [
                self.ground.anchor(row.row.pk, row.found)
                for row in rows
                if row.row is not None and not row.note.parent
            ],
            batch_size=AT_ONCE,
        )


def _page(address: str) -> str:
    """Return an address without what leads to a place on its page."""
    return address.partition("#")[0].partition("?")[0].rstrip("/")
