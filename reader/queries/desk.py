"""The editor's desk: what an edition does to the text and to every annotation, case by case.

Only what the viewer may read is shown or counted. The caller has checked that they may edit.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Case as When_
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Anchor, Annotation, Block, Disposition, Edition
from reader.policy import Viewer
from reader.queries import threads as thread_queries
from reader.queries.carrying import BATCH, Span
from reader.queries.desk_excerpts import Excerpt, Ground, quoted
from reader.queries.desk_plan import places_in, plan_of
from reader.queries.dispositions import STANDING
from reader.queries.threads import Note
from reader.text.anchoring import Resolution, Verdict
from reader.text.diff import Words, compare_words

CANDIDATES = 3
SOUGHT = 1_000  # characters of lost words that candidates are compared with
COMPARED = 4_000  # characters of a passage whose words are compared
SURE = 99  # percent; from here on nobody needs to be told
DOUBTFUL = (Verdict.FUZZY, Verdict.ORPHANED)


class Show(StrEnum):
    """Which cases are shown."""

    OPEN = "open"
    FUZZY = "fuzzy"
    ORPHANED = "orphaned"
    DECIDED = "decided"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Entry:
    """A root whose place an editor should look at, or has looked at.

    ``was`` is its span in the text before. ``is_old``: an editor left it without a passage in an
    earlier edition, and nothing has come back since.
    """

    annotation_id: int
    resolution: Resolution
    was: Span | None
    is_decided: bool
    is_old: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it waits for an editor."""
        return not self.is_decided and not self.is_old

    def is_in(self, show: Show) -> bool:
        """Whether the filter shows it."""
        if show == Show.ALL:
            return True
        if self.is_decided:
            return show == Show.DECIDED
        if show == Show.OPEN:
            return self.is_open
        return self.resolution.verdict == str(show)


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on the desk for one edition.

    ``entries`` are in the order of the text before, decided ones last. ``counts`` says how many
    annotations get which verdict, without the ``adopted`` ones: suggestions that the text takes up.
    """

    edition: Edition
    base: Edition | None
    entries: Sequence[Entry]
    counts: dict[str, int]
    adopted: int

    def shown(self, show: Show) -> list[Entry]:
        """Return the entries that the filter shows."""
        return [entry for entry in self.entries if entry.is_in(show)]

    def tally(self) -> dict[str, int]:
        """Return how many entries each filter shows."""
        return {str(show): len(self.shown(show)) for show in Show}

    @property
    def total(self) -> int:
        """How many annotations there are."""
        return sum(self.counts.values()) + self.adopted


@dataclass(frozen=True, slots=True)
class Option:
    """Another place in the text that resembles the old words, in percent."""

    place: Excerpt
    percent: int


@dataclass(frozen=True, slots=True)
class Case:
    """An entry with all that is needed to decide it."""

    entry: Entry
    note: Note
    reply_count: int
    was: Excerpt
    here: Excerpt | None = None
    changed: Sequence[Words] = field(default_factory=tuple)
    options: Sequence[Option] = field(default_factory=tuple)

    @property
    def percent(self) -> int | None:
        """How sure the present place is, where that is worth saying."""
        percent = int(self.entry.resolution.score * 100)
        is_told = self.here is not None and not self.entry.is_decided and percent < SURE
        return percent if is_told else None


def edition_before(edition: Edition) -> Edition | None:
    """Return the published edition whose annotations were carried to this one."""
    document = edition.document
    if edition.is_draft:
        return document.current_edition
    earlier = document.editions.filter(published_at__isnull=False, number__lt=edition.number)
    by_likelihood = When_(When(pk=edition.based_on_id or 0, then=Value(0)), default=Value(1))
    return earlier.order_by(by_likelihood, "-number").first()


def desk_of(viewer: Viewer, edition: Edition) -> Desk:
    """Return what lies on the desk for a draft or the current edition, in constant queries."""
    base = edition_before(edition)
    if base is None:
        return Desk(edition, None, [], {}, 0)
    adopted, entries, counted = (_of_draft if edition.is_draft else _of_published)(
        viewer, edition, base
    )
    entries.sort(key=lambda entry: (entry.is_decided, *_in_text(entry)))
    counts = {str(verdict): counted[str(verdict)] for verdict in Verdict}
    return Desk(edition, base, entries, counts, adopted)


def _in_text(entry: Entry) -> tuple[bool, int, int]:
    return entry.was is None, entry.was[0] if entry.was else 0, entry.annotation_id


_Found = tuple[int, list[Entry], Counter[str]]


def _readable(viewer: Viewer, edition: Edition) -> QuerySet[Annotation]:
    return Annotation.objects.filter(
        policy.threads_visible_to(viewer), document=edition.document_id
    )


def _taken_up(edition: Edition) -> set[int]:
    """Return the suggestions whose words are in the edition: their place follows from the text."""
    rows = Disposition.objects.filter(addressed_in=edition, withdrawn_at__isnull=True)
    return set(rows.values_list("annotation_id", flat=True))


def _left_before(base: Edition) -> set[int]:
    """Return what editors left without a passage in the edition before."""
    rows = Anchor.objects.filter(
        edition=base, first_block__isnull=True, decided_at__isnull=False
    )
    return set(rows.values_list("annotation_id", flat=True))


def _of_draft(viewer: Viewer, draft: Edition, base: Edition) -> _Found:
    planned = plan_of(draft)
    left, adopted = _left_before(base), _taken_up(draft) | planned.adopted
    counted: Counter[str] = Counter()
    entries: list[Entry] = []
    taken = 0
    rows = _readable(viewer, draft).values_list("pk", flat=True)
    for pk in rows.iterator(chunk_size=BATCH):
        one = planned.carried.get(pk)
        if one is None:
            continue
        if pk in adopted:
            taken += 1
            continue
        found = one.resolution
        counted[str(found.verdict)] += 1
        if one.decided or found.verdict in DOUBTFUL:
            is_old = not one.decided and found.start is None and pk in left
            entries.append(Entry(pk, found, one.was, one.decided, is_old))
    return taken, entries, counted


def _of_published(viewer: Viewer, edition: Edition, base: Edition) -> _Found:
    here = Anchor.objects.filter(edition=edition, annotation__in=_readable(viewer, edition))
    taken_up = _taken_up(edition)
    adopted = here.filter(annotation__in=taken_up)
    others = here.exclude(annotation__in=taken_up)
    counted = Counter(dict(others.order_by().values_list("verdict").annotate(n=Count("pk"))))
    cases = others.filter(Q(verdict__in=DOUBTFUL) | Q(decided_at__isnull=False))
    before = Anchor.objects.filter(edition=base, annotation__in=cases.values("annotation"))
    was = {pk: span for pk, span, *_rest in _spans(before)}
    left = _left_before(base)
    entries = []
    for pk, span, verdict, score, is_decided in _spans(cases):
        resolution = Resolution(Verdict(verdict), score, *(span or (None, None)))
        is_old = not is_decided and span is None and pk in left
        entries.append(Entry(pk, resolution, was.get(pk), is_decided, is_old))
    return adopted.count(), entries, counted


def _spans(anchors: QuerySet[Anchor]) -> Iterable[tuple[int, Span | None, str, float, bool]]:
    rows = anchors.annotate(
        at=F("first_block__start") + F("start"), until=F("last_block__start") + F("end")
    ).values_list("annotation_id", "at", "until", "verdict", "score", "decided_at")
    for pk, at, until, verdict, score, decided_at in rows:
        span = None if at is None else (at, until)
        yield pk, span, verdict, score, decided_at is not None


def cases_of(viewer: Viewer, desk: Desk, entries: Sequence[Entry]) -> list[Case]:
    """Return the entries with their notes, passages and candidates, in constant queries."""
    if desk.base is None or not entries:
        return []
    notes = _notes(viewer, [entry.annotation_id for entry in entries])
    old, new = Ground(desk.base), Ground(desk.edition)
    Ground.read(old, new)
    return [
        _case(viewer, entry, notes[entry.annotation_id], old, new)
        for entry in entries
        if entry.annotation_id in notes
    ]


def _notes(viewer: Viewer, pks: Sequence[int]) -> dict[int, Any]:
    answers = Annotation.objects.filter(
        policy.annotations_visible_to(viewer), root=OuterRef("pk")
    ).order_by()
    counted = answers.values("root").annotate(n=Count("pk")).values("n")
    rows = (
        Annotation.objects.filter(policy.threads_visible_to(viewer), pk__in=pks)
        .annotate(
            readable=When_(When(policy.annotations_visible_to(viewer), Value(True)), default=False),
            reply_count=Coalesce(Subquery(counted), 0),
        )
        .select_related("author")
        .prefetch_related("tags", thread_queries.DENIALS, STANDING)
    )
    return {row.pk: row for row in rows}


def _case(viewer: Viewer, entry: Entry, row: Any, old: Ground, new: Ground) -> Case:
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
