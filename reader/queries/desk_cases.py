"""The cases of the editor's desk as they are shown: notes, passages, candidates.

Only what the viewer may read is shown. The caller has checked that they may edit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case as Choose
from django.db.models import Count, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Anchor, Annotation, Edition, User
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.desk import Desk, Entry
from reader.queries.desk_excerpts import Excerpt, Ground, quoted
from reader.queries.dispositions import STANDING
from reader.queries.threads import Note
from reader.text.anchoring import places_in
from reader.text.diff import Words, compare_words

CANDIDATES = 3
SOUGHT = 1_000  # characters of lost words that candidates are compared with
SURE = 99  # percent; from here on nobody needs to be told
ADOPTED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Option:
    """Another place in the text that resembles the old words, in percent."""

    place: Excerpt
    percent: int


@dataclass(frozen=True, slots=True)
class Case:
    """An entry with all that is needed to decide it. ``decider`` did so, where they are known."""

    entry: Entry
    note: Note
    reply_count: int
    was: Excerpt
    here: Excerpt | None = None
    changed: Sequence[Words] = field(default_factory=tuple)
    options: Sequence[Option] = field(default_factory=tuple)
    decider: User | None = None

    @property
    def percent(self) -> int | None:
        """How sure the present place is, where that is worth saying."""
        percent = int(self.entry.resolution.score * 100)
        is_told = self.here is not None and not self.entry.is_decided and percent < SURE
        return percent if is_told else None


def cases_of(viewer: Viewer, desk: Desk, entries: Sequence[Entry]) -> list[Case]:
    """Return the entries with their notes, passages and candidates, in constant queries."""
    if desk.base is None or not entries:
        return []
    notes = _notes(viewer, [entry.annotation_id for entry in entries])
    deciders = _deciders(desk.edition, notes)
    old, new = Ground(desk.base), Ground(desk.edition)
    return [
        _case(viewer, entry, notes[entry.annotation_id], deciders, old, new)
        for entry in entries
        if entry.annotation_id in notes
    ]


def adopted_in(viewer: Viewer, desk: Desk) -> list[Note]:
    """Return the first suggestions that the edition takes up, in the order they were made."""
    pks = sorted(desk.adopted)[:ADOPTED_SHOWN]
    notes = _notes(viewer, pks) if pks else {}
    return [thread_queries.as_note(viewer, notes[pk]) for pk in pks if pk in notes]


def _notes(viewer: Viewer, pks: Sequence[int]) -> dict[int, Any]:
    answers = Annotation.objects.filter(
        policy.annotations_visible_to(viewer), root=OuterRef("pk")
    ).order_by()
    counted = answers.values("root").annotate(n=Count("pk")).values("n")
    rows = (
        Annotation.objects.filter(policy.threads_visible_to(viewer), pk__in=pks)
        .annotate(
            readable=Choose(
                When(policy.annotations_visible_to(viewer), Value(True)), default=False
            ),
            reply_count=Coalesce(Subquery(counted), 0),
        )
        .select_related("author")
        .prefetch_related("tags", thread_queries.DENIALS, STANDING)
    )
    return {row.pk: row for row in rows}


def _deciders(edition: Edition, notes: dict[int, Any]) -> dict[int, User | None]:
    rows = Anchor.objects.filter(edition=edition, annotation__in=notes, decided_at__isnull=False)
    return {row.annotation_id: row.decided_by for row in rows.select_related("decided_by")}


def _case(
    viewer: Viewer,
    entry: Entry,
    row: Any,
    deciders: dict[int, User | None],
    old: Ground,
    new: Ground,
) -> Case:
    was = old.excerpt(*entry.was) if entry.was else quoted(row)
    start, end = entry.resolution.start, entry.resolution.end
    here = None if start is None or end is None else new.excerpt(start, end)
    words = was.words if was.is_whole else ""
    changed: Sequence[Words] = ()
    if here is not None and words and here.is_whole and words != here.words:
        changed = compare_words(words, here.words)
    return Case(
        entry=entry,
        note=thread_queries.as_note(viewer, row),
        reply_count=row.reply_count,
        was=was,
        here=here,
        changed=changed,
        options=() if entry.is_decided else _options(new, was.words[:SOUGHT], start, end),
        decider=deciders.get(entry.annotation_id),
    )


def _options(ground: Ground, words: str, start: int | None, end: int | None) -> list[Option]:
    """Return other places that resemble the words, the present one left out."""
    found = places_in(ground.text).like(words, CANDIDATES + 1)
    others = [
        place
        for place in found
        if start is None or end is None or place.end <= start or end <= place.start
    ]
    return [
        Option(ground.excerpt(place.start, place.end), int(place.score * 100))
        for place in others[:CANDIDATES]
    ]
